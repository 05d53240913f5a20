package citizen_test

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/web/citizen"
	"netid/internal/web/shell"
)

const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"

// pair is a computer on which a request began, and a phone.
func pair(t *testing.T, w *world) (computer, phone *browser) {
	t.Helper()
	return newBrowser(t, w).bind(), newBrowser(t, w).signIn()
}

// watched is the computer's page as its script asks for it.
func watched(b *browser) answer {
	return b.do(http.MethodGet, "/request/across?r=sealed", nil, http.Header{"User-Agent": {windows}})
}

// decide sends the phone's decision over its page's own lines.
func decide(b *browser, passcode string) answer {
	page := b.get("/across").expect(b.t, 200, "")
	return b.post("/across/approve", "locale", b.locale, "choice-age_over_18", "withhold", "passcode", passcode,
		"certificate", b.world.cert.ID.String(), "signature", b.sign(strings.Join(page.lines(), "\n")))
}

func TestTwoDevicesThroughThePages(t *testing.T) {
	w := newWorld()
	computer, phone := pair(t, w)
	if !strings.Contains(computer.get("/request?r=sealed").body, "/request/across?r=sealed") {
		t.Error("who is not signed in is not offered the phone")
	}
	if a := watched(computer).expect(t, 200, ""); a.data("data-state") != "shown" || !strings.Contains(a.body, `<path data-code d="M4 4h1v1h-1z"`) || !strings.Contains(a.body, `http-equiv="refresh" content="2"`) {
		t.Errorf("%s", a.body)
	}
	phone.get("/across?c=frame").leads(t, "/across")
	if a := phone.get("/across").expect(t, 200, ""); a.data("data-state") != "here" || w.crossing.state != "" {
		t.Errorf("reading a code alone does something\n%s", a.body)
	}
	phone.post("/across").leads(t, "/across")
	if a := phone.get("/across").expect(t, 200, ""); a.data("data-state") != "read" {
		t.Error(a.body)
	}
	if a := watched(computer).expect(t, 200, ""); a.data("data-state") != "asked" {
		t.Error(a.body)
	}
	page := phone.get("/across").expect(t, 200, "")
	if page.data("data-page") != "request" || !strings.Contains(page.body, "Edge, Windows") || !strings.Contains(page.body, "Go on only if it is in front of you") || strings.Contains(page.body, `name="quiet"`) || strings.Contains(page.body, `name="remember"`) {
		t.Errorf("%s", page.body)
	}
	decide(phone, "11111111").expect(t, 400, "passcode_wrong")
	decide(phone, "24681357").leads(t, "/across")
	if a := phone.get("/across").expect(t, 200, ""); a.data("data-match") != "42" {
		t.Error(a.body)
	}
	if a := watched(computer); a.data("data-state") != "approved" || strings.Contains(a.body, "42</") {
		t.Errorf("the computer shows the number\n%s", a.body)
	}
	computer.post("/request/across", "r", "sealed", "match", "43").expect(t, 400, "across_number_wrong")
	computer.post("/request/across", "r", "sealed", "match", " 42 ").leads(t, "/authorize/answer?a=approved")
	for range 2 { // the page's script, and then the page
		if a := phone.get("/across").expect(t, 200, ""); a.data("data-state") != "done" {
			t.Error(a.body)
		}
	}
	if strings.Contains(phone.get("/requests").body, `href="/across"`) {
		t.Error("what is done waits still")
	}
}

// What a phone declines, the computer's page goes back with, without a further press.
func TestANoOnTheOtherDevice(t *testing.T) {
	w := newWorld()
	computer, phone := pair(t, w)
	phone.get("/across?c=frame")
	phone.post("/across")
	watched(computer)
	phone.post("/across/decline").leads(t, "/across")
	if a := phone.get("/across").expect(t, 200, ""); a.data("data-state") != "declined" {
		t.Error(a.body)
	}
	watched(computer).leads(t, "/authorize/answer?a=declined")
}

// A link, a redirect of another page, a stale code, another browser: each is refused in words.
func TestG04ACodeIsOpenedByACameraAlone(t *testing.T) {
	w := newWorld()
	computer, phone := pair(t, w)
	for _, from := range []string{"cross-site", "same-site", "same-origin"} {
		phone.do("GET", "/across?c=frame", nil, http.Header{"Sec-Fetch-Site": {from}}).expect(t, 403, "across_link")
	}
	if phone.cookie[shell.CookieScan] != "" {
		t.Error("a link left something")
	}
	phone.do("GET", "/across?c=frame", nil, http.Header{"Sec-Fetch-Site": {"none"}}).leads(t, "/across")
	phone.get("/across?c=old").expect(t, 410, "across_late")
	newBrowser(t, w).get("/across").expect(t, 410, "across_over") // the address alone leads nowhere
	newBrowser(t, w).get("/request/across?r=sealed").expect(t, 403, "other_browser")
	newBrowser(t, w).post("/request/across", "r", "sealed", "match", "42").expect(t, 403, "other_browser")
	phone.post("/across")
	phone.post("/across").expect(t, 410, "across_used")
	for _, path := range []string{"/across", "/across/approve", "/across/decline"} {
		computer.post(path).expect(t, 401, "session_over")
		phone.do("POST", path, url.Values{}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).expect(t, 403, "cross_site")
	}
	stranger := newBrowser(t, w)
	stranger.get("/across?c=frame")
	if a := stranger.get("/across").expect(t, 200, ""); a.data("data-state") != "sign-in" || a.data("data-challenge") == "" {
		t.Error(a.body)
	}
	w.fresh, w.asked = true, w.now().Add(time.Minute)
	w.crossing.state = authorize.CrossingAsked
	if a := phone.get("/across").expect(t, 200, ""); a.data("data-challenge") == "" || len(a.lines()) > 0 {
		t.Error("an old sign-in is taken for a fresh one")
	}
}

// G11: what may not cross is not offered, refused where it is tried, and says what to do.
func TestG11ThePageSaysWhatToDo(t *testing.T) {
	w := newWorld()
	w.plain = told()
	computer, _ := pair(t, w)
	a := computer.get("/request?r=sealed").expect(t, 200, "")
	if strings.Contains(a.body, "/request/across") || !strings.Contains(a.body, "cannot be approved on another device. Open the platform on the device") {
		t.Error(a.body)
	}
	if a := watched(computer).expect(t, 403, "across_refused"); !strings.Contains(a.body, "Open the platform on the device that holds your net certificate") {
		t.Error(a.body)
	}
}

// "It wasn't me" stands by each verification of the last ten minutes, and by no other.
func TestG10ThePagesOfferToUndo(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	id := w.events[2].ID
	for age, there := range map[time.Duration]bool{0: true, 9 * time.Minute: true, 10 * time.Minute: false} {
		w.events[2].Time = w.now().Add(-age)
		for path, mark := range map[string]string{"/records/" + id: "data-undo", "/requests": `data-recent="` + id} {
			if got := strings.Contains(b.get(path).expect(t, 200, "").body, mark); got != there {
				t.Errorf("after %v, %s: %t", age, path, got)
			}
		}
	}
	w.events[2].Time = w.now()
	if strings.Contains(b.get("/requests").body, "<bdi>demo-shop</bdi>") {
		t.Error("a party is told by its id, where the records have its name")
	}
	if strings.Contains(b.get("/records/"+w.events[3].ID).body, "data-undo") {
		t.Error("a refusal can be undone")
	}
	if a := b.post("/records/disown", "receipt", id).expect(t, 200, ""); a.data("data-page") != "disowned" || len(w.parted) != 1 || w.parted[0] != "disowned "+id {
		t.Errorf("%v\n%s", w.parted, a.body)
	}
	w.fail["Disown"] = fault.New("world", fault.Gone, "undo_late")
	b.post("/records/disown", "receipt", id).expect(t, 410, "undo_late")
	b.post("/records/disown", "receipt", "x").expect(t, 404, "record_unknown")
	newBrowser(t, w).post("/records/disown", "receipt", id).expect(t, 401, "session_over")
}

// What waits stands on one page: for a guardian, and from another device.
func TestRequestsThatWait(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	a := b.get("/requests").expect(t, 200, "")
	for _, m := range w.family.matters {
		if !strings.Contains(a.body, "/children/asked/"+hex.EncodeToString(m.Key)) {
			t.Errorf("%s waits and is not there", m.Kind)
		}
	}
	if strings.Contains(a.body, `href="/across"`) {
		t.Error("a request that is not there")
	}
	b.get("/across?c=frame")
	b.post("/across").leads(t, "/across")
	w.family.matters = nil
	if a := b.get("/requests").expect(t, 200, ""); !strings.Contains(a.body, `href="/across"`) {
		t.Error(a.body)
	}
	newBrowser(t, w).get("/requests").leads(t, "/signin?next=%2Frequests")
}

func TestLooks(t *testing.T) {
	for agent, want := range map[string]string{windows: "Edge, Windows", "": "", "curl/8": "", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0": "Firefox, Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari, iOS"} {
		if got := citizen.Looks(agent); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Whatever a browser calls itself, what is shown of it is of our own words.
func FuzzLooks(f *testing.F) {
	f.Add(windows)
	f.Add("Safari/<script>Linux")
	f.Fuzz(func(t *testing.T, agent string) {
		got := citizen.Looks(agent)
		if len(got) > 60 || strings.Trim(got, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz, ") != "" {
			t.Fatal(got)
		}
	})
}
