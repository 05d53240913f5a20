package browser_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// does has the operator's door do what it answers with nothing.
func does(t *testing.T, site *sandboxtest.Sandbox, path, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, site.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer sandbox")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		t.Fatal(path, r.Status)
	}
}

// TestToldOfAnIncident: two people, each in their own language, read on home and on their
// records what happened, until they say that they read it.
func TestToldOfAnIncident(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	for _, c := range []citizen{
		{tab: &tab{locale: "zh-CN"}, kind: "resident-id-card", card: "adult-card", spoilt: "expired-card", refusal: "document_expired", known: "沙盒·林一", masked: "•一 · ••••1005", person: person{ID: "adult"}},
		{tab: &tab{locale: "en"}, kind: "passport", card: "overseas-passport", spoilt: "altered-passport", refusal: "document_data_mismatch", twin: true, known: "SANDBOX LIN YUAN", masked: "S• L• Y• · ••••0003", person: person{ID: "overseas"}},
	} {
		t.Run(c.locale, func(t *testing.T) {
			c.words, c.passcode = inWords[c.locale], "73914628"
			c.tab = newTab(t, site, c.locale)
			c.glance = true
			c.meet()
			c.open(site.URL+"/enrol", "kind")
			c.enrols()
			c.glance = false
			var made struct{ Reference string }
			operates(t, site, "/admin/incidents", `{"by":"Ann","kind":"leak","severity":"large","known":"`+time.Now().UTC().Format(time.RFC3339)+`","affected":2,"what":"a copy was seen"}`, &made)
			text := func(zh, en string) string { return `{"zh":"` + zh + `","en":"` + en + `"}` }
			does(t, site, "/admin/incidents/"+made.Reference+"/notice", `{"by":"Ann","what":"told on their pages","whom":{"all":true},"notice":{"kinds":`+text("证件号码和姓名", "document number and name")+
				`,"cause":`+text("一份备份被未经授权的人复制。", "A backup was copied by somebody who was not allowed to.")+`,"harm":`+text("有人可能冒充您。", "Somebody may pretend to be you.")+
				`,"measures":`+text("备份已经收回，密钥已经更换。", "The copy was taken back and the key replaced.")+`,"yourself":`+text("请留意陌生来电，不要告诉任何人您的口令。", "Beware of calls by strangers, and tell nobody your passcode.")+`,"contact":"sandbox@netid.invalid"}}`)
			c.open(site.URL+"/records", "signin")
			c.follow("[data-device] button", "records")
			if !c.has("[data-told] form") {
				t.Error("the records do not tell it")
			}
			c.open(site.URL+"/", "home")
			c.picture("told")
			c.follow("[data-told] form button", "home")
			if c.has("[data-told]") {
				t.Error("it stands there after it was read")
			}
			c.again()
		})
	}
	// While issuance is stopped the first page of enrolment says so.
	var made struct{ Reference string }
	operates(t, site, "/admin/incidents", `{"by":"Ann","kind":"key","severity":"large","known":"`+time.Now().UTC().Format(time.RFC3339)+`","affected":2,"what":"a key was seen"}`, &made)
	does(t, site, "/admin/incidents/"+made.Reference+"/stop", `{"by":"Ann","what":"stop it","scope":"issuance"}`)
	for locale, says := range map[string]string{"zh-CN": "填写了也办不成", "en": "could not be finished"} {
		c := newTab(t, site, locale)
		c.open(site.URL+"/enrol", "kind")
		c.says(says)
		c.picture("stopped")
	}
}

// again: a device whose signed certificate is older than the one in force fetches the
// new one by itself, as it does after certificates were issued again.
func (c *citizen) again() {
	c.t.Helper()
	const old = `import("/assets/device.js").then(async (d) => {
		const was = await d.read("device"), parts = was.token.split(".");
		const body = JSON.parse(new TextDecoder().decode(d.unbase64(parts[1])));
		parts[1] = btoa(JSON.stringify({ ...body, iat: 1 })).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
		await d.keep("device", { ...was, token: parts.join(".") });
		return was.token;
	})`
	const now = `import("/assets/device.js").then(async (d) => JSON.parse(new TextDecoder().decode(d.unbase64((await d.read("device")).token.split(".")[1]))).iat)`
	js[string](c.tab, old)
	c.open(c.site.URL+"/", "home")
	for range 100 {
		if js[int64](c.tab, now) > 1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.t.Error("the device kept what is no more in force")
}
