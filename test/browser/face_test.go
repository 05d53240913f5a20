package browser_test

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// TestFace: the photo of a passport is compared, in the page, with who is before
// the camera. Of its holder the device says yes, and the enrolment is bound to its
// key; of somebody else no, and a person may look. What left the browser meanwhile
// is all looked at.
func TestFace(t *testing.T) {
	t.Parallel()
	engine(t)
	models := faceModels(t)
	photo, err := filepath.Abs("testdata/portrait.jpg")
	if err != nil {
		t.Fatal(err)
	}
	site := sandboxtest.Start(t, "--face", models, "--portrait", photo)
	f, err := os.Open(photo)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	code := started(t, site, "--virtual", "adult-passport", "--data", site.Data)
	t.Run("camera", func(t *testing.T) { facesBefore(t, site, models, f, code) })
	if out, errs, _ := site.Run("face", "filing", "--data", site.Data); !strings.Contains(out, "left included): 1, since") {
		t.Errorf("who used the step was not counted: %s%s", out, errs)
	}
}

func facesBefore(t *testing.T, site *sandboxtest.Sandbox, models string, photo io.Reader, code string) {
	for locale, before := range map[string]image.Image{"zh-CN": picture(t, photo), "en": somebody(t, models)} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			c, heard := looksIn(t, site, before, locale, code)
			if locale == "en" {
				c.differs(heard)
			} else {
				c.agrees(heard)
			}
		})
	}
}

// looksIn goes as far as the button that opens the camera, with somebody before it.
func looksIn(t *testing.T, site *sandboxtest.Sandbox, who image.Image, locale, code string) (*citizen, *ear) {
	clip := filepath.Join(t.TempDir(), "camera.y4m")
	film(t, who, clip)
	c := &citizen{tab: newTab(t, site, locale, chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", clip)), words: inWords[locale], kind: "passport", card: "adult-passport", passcode: "73914628", person: person{ID: "adult"}}
	c.glance = true
	c.watch.beside = "http://127.0.0.1:9303/"
	c.meet()
	if locale == "en" { // another document on the reader than the one that was shown
		c.toFace("overseas-passport", code)
		c.complains("face_photo_other")
		c.follow("form[action='/enrol/cancel'] button", "left")
	}
	c.toFace(c.card, code)
	if locale != "en" { // that one is looked at with the device's no on it
		c.glance = false
		c.look(c.state())
		c.glance = true
	}

	heard := &ear{}
	chromedp.ListenTarget(c.ctx, heard.take)
	return c, heard
}

// toFace enrols with a card as far as the face step, with adult's passport on the reader.
func (c *citizen) toFace(card, code string) {
	c.t.Helper()
	c.open(c.site.URL+"/", "start")
	c.follow("main a[href='/enrol']", "kind")
	c.chooses()
	c.follow(".ways a.button", "notice")
	c.follow("button[value=agree]", "document-consent")
	c.follow("button[value=agree]", "card")
	c.presents(card, "face-consent", "")
	c.follow("button[value=agree]", "face")
	p := printed(c.t, c.site.Data, c.card)
	for id, text := range map[string]string{"#pair": code, "#number": p.number, "#birth": p.birth, "#expires": p.expires} {
		c.fill(id, text)
	}
}

// agrees: the device says yes, and any telephone of theirs will do.
func (c *citizen) agrees(heard *ear) {
	c.t.Helper()
	began := time.Now()
	before := c.state().Origin
	c.press("#choice button")
	for range 20 { // another test may hold the one reader: who is told so asks again, as a person would
		for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline) && c.state().Page == "face"; {
			time.Sleep(50 * time.Millisecond)
		}
		if c.state().Page != "face" || !strings.Contains(js[string](c.tab, `document.querySelector("main")?.innerText ?? ""`), map[string]string{"zh-CN": "读卡器正被占用", "en": "The card reader is in use"}[c.locale]) {
			break
		}
		c.press("#choice button")
	}
	c.arrive(before, "phone")
	c.t.Logf("compared in %v", time.Since(began).Round(time.Millisecond))
	heard.judge(c.t, c.site.URL, "match")
	c.phones()
	c.fill("#passcode", c.passcode)
	c.fill("#again", c.passcode)
	c.follow("main form button.button", "confirm")
	c.follow("#bind button", "done")
	if len(c.text(".number .digits")) < 16 {
		c.t.Error("no net number")
	}
}

// differs: the device says no; whoever asks for a person goes on as without a face.
func (c *citizen) differs(heard *ear) {
	c.t.Helper()
	c.answers("#choice button", "face", "face_no_match")
	heard.judge(c.t, c.site.URL, "no-match")
	c.glance = false
	c.look(c.state())
	c.glance = true
	c.follow("button[name=review]", "phone")
	c.twin = true
	c.phones()
	c.fill("#passcode", c.passcode)
	c.fill("#again", c.passcode)
	c.follow("main form button.button", "confirm")
	c.says("a person was asked to look")
}

// ear hears everything that a page sends, with its body.
type ear struct {
	mu   sync.Mutex // guards sent
	sent []string
}

func (e *ear) take(event any) {
	r, ok := event.(*network.EventRequestWillBeSent)
	if !ok {
		return
	}
	var body strings.Builder
	for _, part := range r.Request.PostDataEntries {
		body.WriteString(part.Bytes) // base64
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sent = append(e.sent, r.Request.Method+" "+r.Request.URL+" "+body.String())
}

// judge lets pass: files that are fetched, the question to the program on this
// computer, the question for the terms, and the signed word.
func (e *ear) judge(t *testing.T, site, said string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	var words int
	for _, line := range e.sent {
		method, rest, _ := strings.Cut(line, " ")
		address, body, _ := strings.Cut(rest, " ")
		switch {
		case len(body) > 1000:
			t.Errorf("%s %s carries %d characters", method, address, len(body))
		case method == "GET" && strings.HasPrefix(address, site+"/") && !strings.Contains(address, "?"):
		case method == "GET" && strings.HasPrefix(address, site+"/manifest.webmanifest?locale=") && len(address) < len(site)+40:
		case address == "http://127.0.0.1:9303/photo":
		case method == "POST" && address == site+"/enrol/face/terms" && body == "":
		case method == "POST" && address == site+"/enrol/face":
			words++
			form, err := url.ParseQuery(decoded(t, body))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for name, v := range form {
				names = append(names, name)
				if name == "assertion" && v[0] != said || name == "signature" && len(v[0]) != 86 || name == "device" && len(v[0]) > 200 {
					t.Errorf("%s is %q", name, v)
				}
			}
			if slices.Sort(names); !slices.Equal(names, []string{"assertion", "device", "signature"}) {
				t.Errorf("the word has %v", names)
			}
		default:
			t.Errorf("this left the page: %s %s", method, address)
		}
	}
	if words != 1 {
		t.Errorf("%d words in %d requests", words, len(e.sent))
	}
}

// faceModels are where npm pack laid them (make test does).
func faceModels(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NETID_FACE")
	if dir == "" {
		root, err := sandboxtest.Root()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(root, "bin", "face")
	}
	if all, _ := filepath.Glob(filepath.Join(dir, "*.tgz")); len(all) < 2 {
		missing(t, "no face models here: npm pack @vladmandic/face-api@1.7.15 @tensorflow/tfjs-backend-wasm@4.22.0 in bin/face")
	}
	return dir
}

func picture(t *testing.T, r io.Reader) image.Image {
	t.Helper()
	p, err := jpeg.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// somebody is another person: a part of a picture that lies beside the models.
func somebody(t *testing.T, models string) image.Image {
	t.Helper()
	f, err := os.Open(filepath.Join(models, "vladmandic-face-api-1.7.15.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "package/demo/sample6.jpg" {
			return picture(t, r).(*image.YCbCr).SubImage(image.Rect(1060, 240, 1450, 728))
		}
	}
}

// film makes a camera's picture of a photo: some seconds from the front, turned to
// one side, turned to the other, again and again (YUV4MPEG2, 4:2:0). The turn is
// drawn: the middle of the face is moved within its outline.
func film(t *testing.T, portrait image.Image, path string) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F2:1 Ip A1:1 C420\n", filmWidth, filmHeight)
	for _, turn := range []float64{0, 0, 0, 0, 14, 14, 0, -14, -14} {
		w.WriteString("FRAME\n")
		w.Write(frame(portrait, turn))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

const filmWidth, filmHeight = 640, 480

// frame is the portrait, enlarged to the height of the picture, with the middle of
// its face moved to the right by so many pixels of the portrait.
func frame(portrait image.Image, turn float64) []byte {
	const faceX, faceWide = 124, 48 // where the face of testdata/portrait.jpg is
	scale := float64(filmHeight) / float64(portrait.Bounds().Dy())
	left := (filmWidth - scale*float64(portrait.Bounds().Dx())) / 2
	luma, blue, red := make([]byte, filmWidth*filmHeight), make([]byte, filmWidth*filmHeight/4), make([]byte, filmWidth*filmHeight/4)
	for y := range filmHeight {
		for x := range filmWidth {
			px, py := (float64(x)-left)/scale, float64(y)/scale
			if d := (px - faceX) / faceWide; math.Abs(d) < 1 {
				px -= turn * (1 - d*d) * (1 - d*d)
			}
			var c color.Color = color.Gray{0x88}
			if px >= 0 && int(px) < portrait.Bounds().Dx() {
				c = portrait.At(int(px)+portrait.Bounds().Min.X, int(py)+portrait.Bounds().Min.Y)
			}
			r, g, b, _ := c.RGBA()
			luma[y*filmWidth+x], blue[y/2*filmWidth/2+x/2], red[y/2*filmWidth/2+x/2] = color.RGBToYCbCr(byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return slices.Concat(luma, blue, red)
}

func decoded(t *testing.T, body string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
