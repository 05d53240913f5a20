package browser_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/fxamacker/cbor/v2"
	"rsc.io/qr/coding"

	"netid/client"
)

// letters of the alphanumeric mode and of base45, in their order.
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// readSquare reads what a page drew as an SVG path of runs of black, as a camera that makes no mistakes would.
func readSquare(path string, side int) (string, error) {
	const border = 4
	version := coding.Version((side - 2*border - 17) / 4)
	black := map[[2]int]bool{}
	for _, run := range strings.Split(strings.TrimSuffix(path, "z"), "z") {
		var x, y, wide, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &wide, &back); err != nil || wide != back {
			return "", fmt.Errorf("run %q: %w", run, err)
		}
		for i := range wide {
			black[[2]int{x + i - border, y - border}] = true
		}
	}
	for mask := range coding.Mask(8) {
		plan, err := coding.NewPlan(version, coding.M, mask)
		if err != nil {
			return "", err
		}
		if text, ok := readMasked(plan, black); ok {
			return text, nil
		}
	}
	return "", errors.New("no mask fits")
}

func readMasked(plan *coding.Plan, black map[[2]int]bool) (string, bool) {
	bits := make([]int, 8*(plan.DataBytes+plan.CheckBytes))
	for y, row := range plan.Pixel {
		for x, p := range row {
			is := black[[2]int{x, y}] != (p&coding.Black != 0)
			switch p.Role() {
			case coding.Data, coding.Check:
				if is {
					bits[p.Offset()] = 1
				}
			default:
				if is {
					return "", false // the patterns and the format, which names the mask
				}
			}
		}
	}
	take := func(n int) (v int) {
		for ; n > 0; n-- {
			v, bits = v<<1|bits[0], bits[1:]
		}
		return v
	}
	if take(4) != 2 {
		return "", false
	}
	n := take(map[bool]int{true: 9, false: 11}[plan.Version < 10])
	var text strings.Builder
	for ; n > 1; n -= 2 {
		pair := take(11)
		text.WriteString(string([]byte{letters[pair/45], letters[pair%45]}))
	}
	if n == 1 {
		text.WriteByte(letters[take(6)])
	}
	return text.String(), true
}

// decode45 is RFC 9285, of what is known to be base45.
func decode45(s string) (b []byte) {
	for ; len(s) > 0; s = s[min(3, len(s)):] {
		n := strings.IndexByte(letters, s[0]) + 45*strings.IndexByte(letters, s[1])
		if len(s) > 2 {
			n += 2025 * strings.IndexByte(letters, s[2])
			b = append(b, byte(n>>8))
		}
		b = append(b, byte(n))
	}
	return b
}

// shownSlip is what is in a code: the slip, and when and where it is shown.
type shownSlip struct {
	_         struct{} `cbor:",toarray"`
	Slip      []byte
	Step      uint64
	Venue     string
	Signature []byte
}

func slipIn(t *testing.T, code string) (s shownSlip) {
	t.Helper()
	if err := cbor.Unmarshal(decode45(strings.TrimPrefix(code, client.CodePrefix)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

type drawn struct {
	Text string
	Mask int
	Rows []string
}

type formed struct {
	Slip, Venue string
	Step        uint64
	Code        string
	Message     string
}

// bench is a page that has the two modules of a code in hand, and nothing else of ours.
func bench(t *testing.T) *tab {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/assets/", http.StripPrefix("/assets/", http.FileServer(http.Dir("../../internal/web/citizen/assets"))))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>bench</title><svg><rect></rect><path></path></svg><script type="module">
import * as square from "/assets/square.js";
import * as gate from "/assets/gate.js";
Object.assign(window, square, gate);
window.bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
window.text64 = (b) => btoa(String.fromCharCode(...b));
window.made = true;
</script>`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c := &tab{t: t, ctx: chromium(t)}
	c.run(chromedp.Navigate(server.URL), chromedp.Poll("window.made", nil, chromedp.WithPollingTimeout(time.Minute)))
	return c
}

// TestCodeInAPage: the square, the forms, and what a page reads of a slip.
func TestCodeInAPage(t *testing.T) {
	c := bench(t)
	for name, test := range map[string]func(*testing.T, *tab){"square": squareIsAnothers, "code": formsAreTheClients, "slip": slipsReadInAPage} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			test(t, c)
		})
	}
}

// squareIsAnothers: module by module the squares of another encoder, for every length that a code
// of a slip may have, every version and every mask; what is too long is drawn by neither.
func squareIsAnothers(t *testing.T, c *tab) {
	all := js[[]drawn](c, `(() => {
	const all = [], put = (text, mask) => all.push({ text, mask, rows: square(text, mask).map((r) => r.join("")) });
	for (let n = 0; n <= 528; n++) put(Array.from({ length: n }, (_, i) => "`+letters+`"[(i * i * 7 + i * 13 + n) % 45]).join(""), n % 8);
	for (const text of ["https://netid.example/Q/abcdefghijklmnopqrstuv", "x", "é 你好", "y".repeat(362), "Z".repeat(300)]) for (let mask = 0; mask < 8; mask++) put(text, mask);
	return all; })()`)
	masks := map[coding.Version]bool{}
	for _, d := range all {
		var e coding.Encoding = coding.Alpha(d.Text)
		if e.Check() != nil {
			e = coding.String(d.Text)
		}
		version := coding.Version((len(d.Rows) - 17) / 4)
		masks[version] = true
		if version > 1 && e.Bits(version-1) <= 8*(version-1).DataBytes(coding.M) {
			t.Fatalf("%d characters in version %d", len(d.Text), version)
		}
		plan, err := coding.NewPlan(version, coding.M, coding.Mask(d.Mask))
		if err != nil {
			t.Fatal(err)
		}
		want, err := plan.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range d.Rows {
			for x, module := range row {
				if (module == '1') != want.Black(x, y) {
					t.Fatalf("%q with mask %d: another module at %d, %d", d.Text, d.Mask, x, y)
				}
			}
		}
	}
	if len(masks) != 14 {
		t.Errorf("of the versions only %v", masks)
	}
	if !js[bool](c, `(() => { try { square("y".repeat(363)); return false; } catch { return true; } })()`) {
		t.Error("more than a square holds is drawn")
	}
	// What a page draws is that, within its border; the mask is one that is easy to read.
	long := strings.Repeat("NETID 45", 66)
	path := js[string](c, `(draw(document.querySelector("svg"), `+quote(long)+`), document.querySelector("path").getAttribute("d"))`)
	if got, err := readSquare(path, js[int](c, `document.querySelector("svg").viewBox.baseVal.width`)); got != long {
		t.Errorf("%q, %v", got, err)
	}
	if js[bool](c, `(() => { const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
		return new Set(["A", "B7", "HELLO", "N1:", "0000", "55", "ZZZ"].map((t) => [0, 1, 2, 3, 4, 5, 6, 7].findIndex((m) => same(square(t, m), square(t))))).size < 2; })()`) {
		t.Error("one mask for every text")
	}
}

// formsAreTheClients: what a page signs and shows is byte for byte what package client does.
func formsAreTheClients(t *testing.T, c *tab) {
	var want []formed
	for i, venue := range []string{"", "cinema", "电影院", strings.Repeat("v", 23), strings.Repeat("v", 24), strings.Repeat("v", client.MaxVenue)} {
		for _, length := range []int{0, 1, 23, 24, 100, 143} {
			slip, at := make([]byte, length), time.Unix(int64(1795852800+i*86399), 0)
			for j := range slip {
				slip[j] = byte(j*31 + i)
			}
			f := formed{Slip: base64.StdEncoding.EncodeToString(slip), Venue: venue, Step: uint64(at.Unix() / 30)}
			var err error
			f.Code, err = client.PresentSlip(slip, venue, at, func(message []byte) ([]byte, error) {
				f.Message = base64.StdEncoding.EncodeToString(message)
				return []byte(strings.Repeat("s", 64)), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, f)
		}
	}
	given, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := js[[]formed](c, `Promise.all(`+string(given)+`.map(async (f) => {
		let message;
		const code = await codeOf(bytes(f.Slip), f.Step, f.Venue, async (m) => { message = text64(m); return new TextEncoder().encode("s".repeat(64)); });
		return { ...f, Code: code, Message: message }; }))`)
	for i, f := range want {
		if got[i] != f {
			t.Errorf("%+v and not %+v", got[i], f)
		}
	}
	// The examples of RFC 9285 §4.3.
	for plain, text := range map[string]string{"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "": ""} {
		if got := js[string](c, `base45(new TextEncoder().encode(`+quote(plain)+`))`); got != text {
			t.Errorf("%q: %q", plain, got)
		}
	}
}

// slipsReadInAPage: a page reads of the vectors' slips what client reads, and takes no
// text that is cut off, longer, or not what a gate would take.
func slipsReadInAPage(t *testing.T, c *tab) {
	read := func(slip []byte) map[string]any {
		return js[map[string]any](c, `(() => { try { const s = readSlip(bytes(`+quote(base64.StdEncoding.EncodeToString(slip))+`));
			return { x: text64(s.x), y: text64(s.y), over18: s.over18, from: s.from, until: s.until }; } catch (e) { if (!(e instanceof RangeError)) throw e; return {}; } })()`)
	}
	v, _ := slipVectors(t)
	for _, one := range v.Codes {
		s := slipIn(t, one.Code)
		var message struct {
			_           struct{} `cbor:",toarray"`
			Protected   []byte
			Unprotected map[int64]int64
			Payload     []byte
			Signature   []byte
		}
		if err := cbor.Unmarshal(s.Slip[1:], &message); err != nil {
			t.Fatal(err)
		}
		parts := make([]any, 6)
		if err := cbor.Unmarshal(message.Payload, &parts); err != nil {
			t.Fatal(err)
		}
		key := parts[2].([]byte)
		b64 := base64.StdEncoding.EncodeToString
		got := read(s.Slip)
		if fmt.Sprint(got["x"], got["y"], got["over18"], int64(got["from"].(float64)), int64(got["until"].(float64))) !=
			fmt.Sprint(b64(key[:32]), b64(key[32:]), parts[3].(uint64)&client.SlipOver18 != 0, parts[4], parts[5]) {
			t.Errorf("%s: %v of %v", one.Name, got, parts)
		}
		for name, part := range map[string]struct {
			at    int
			value any
		}{"the id": {0, key}, "the algorithm": {1, -8}, "the key": {2, key[:63]}, "no person": {3, 2}, "a flag": {3, 5}, "flags": {3, "x"}, "no time": {4, "x"}, "the day": {5, parts[4].(uint64) + 86401}, "before": {5, 1}, "a length that is none": {4, cbor.RawMessage(append([]byte{0x1b}, binary.BigEndian.AppendUint64(nil, parts[4].(uint64))...))}} {
			bad := append([]any{}, parts...)
			bad[part.at] = part.value
			if got := read(resealed(t, s.Slip, bad)); len(got) != 0 {
				t.Errorf("%s: %v", name, got)
			}
		}
		if got := read(resealed(t, s.Slip, append(parts, 1))); len(got) != 0 || len(read(resealed(t, s.Slip, parts))) == 0 {
			t.Error("more than a slip has", got)
		}
	}
	slip := slipIn(t, v.Codes[0].Code).Slip
	if n := js[int](c, `(() => { const slip = bytes(`+quote(base64.StdEncoding.EncodeToString(slip))+`); let taken = 0;
		const tried = (b) => { try { readSlip(b); taken++; } catch (e) { if (!(e instanceof RangeError)) throw e; } };
		for (let n = 0; n < slip.length; n++) tried(slip.slice(0, n));
		tried(Uint8Array.from([...slip, 0]));
		for (let i = 0; i < slip.length; i++) for (const v of [0x1b, 0x5f, 0x7f, 0x9f, 0xbf, 0x9a, 0xba, 0x5a]) { // lengths of any size, of any end
			const bad = slip.slice(); bad[i] = v; try { readSlip(bad); } catch (e) { if (!(e instanceof RangeError)) throw e; } }
		return taken; })()`); n != 0 {
		t.Errorf("%d texts that are no slips were read", n)
	}
}

// resealed is a slip with another payload, signed by nobody.
func resealed(t *testing.T, slip []byte, parts []any) []byte {
	t.Helper()
	var message []any
	err := cbor.Unmarshal(slip[1:], &message)
	if err == nil {
		message[2], err = cbor.Marshal(parts)
	}
	b, err2 := cbor.Marshal(message)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return append([]byte{slip[0]}, b...)
}
