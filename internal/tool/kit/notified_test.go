package kit_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// told checks a notice as docs/integrate.md says, but for its flaw.
func (c *careless) told(name, typ, event, raw string) (k map[string]any, ok bool) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var h struct{ Alg, Kid, Typ string }
	hb, _ := base64.RawURLEncoding.DecodeString(parts[0])
	kb, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if json.Unmarshal(hb, &h) != nil || json.Unmarshal(kb, &k) != nil {
		return nil, false
	}
	num := func(n string) float64 { f, _ := k[n].(float64); return f }
	str := func(n string) string { s, _ := k[n].(string); return s }
	events, _ := k["events"].(map[string]any)
	signature := c.signed(h.Alg, h.Kid, "", "", nil, parts) != ""
	for id, wrong := range map[string]bool{
		"foreign": signature && h.Alg == "ES256", "unsigned": h.Alg != "ES256", "iss": str("iss") != c.issuer, "aud": str("aud") != "app",
		"expired": num("exp") < float64(time.Now().Unix()), "nobody": str("sub") == "" && str("sid") == "", "nonce": k["nonce"] != nil,
		"event": events[event] == nil && h.Typ == typ, "type": h.Typ != typ,
	} {
		if c.no(name+"-"+id, wrong) {
			return nil, false
		}
	}
	return k, true
}

// leave signs out whoever a session, or a person, is: where neither is named, everybody.
func (c *careless) leave(sub, sid any) {
	for browser, who := range c.in {
		if sid != nil && who[1] == sid || sid == nil && (sub == nil || who[0] == sub) {
			delete(c.in, browser)
		}
	}
}

func (c *careless) notified(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.told("logout", "logout+jwt", "http://schemas.openid.net/event/backchannel-logout", r.PostFormValue("logout_token"))
	switch {
	case !ok:
		http.Error(w, "no", http.StatusBadRequest)
	case c.flaw == "logout-session" && k["sid"] != nil, c.flaw == "logout-person" && k["sid"] == nil: // takes it, and does nothing
	default:
		c.leave(k["sub"], k["sid"])
	}
}

func (c *careless) erasure(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const event = "urn:netid:event:erasure-requested"
	k, ok := c.told("erasure", "erasure+jwt", event, r.PostFormValue("erasure_token"))
	if !ok || c.flaw == "erasure-taken" {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	c.leave(k["sub"], nil)
	events, _ := k["events"].(map[string]any)
	said, _ := events[event].(map[string]any)
	request, _ := said["request"].(string)
	if c.flaw == "erasure-answered" {
		return
	}
	form := url.Values{"request": {request}, "result": {"done"}}
	c.credentials(form)
	resp, err := http.PostForm(c.issuer+"/erasure", form)
	if err == nil {
		resp.Body.Close()
	}
}
