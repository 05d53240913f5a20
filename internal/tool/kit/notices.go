package kit

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// notice is what the provider tells the application by itself, once the
// browser is signed in: that the session is over, or that the person wants to
// be forgotten.
type notice struct {
	form, kind, event string
	to                func(Config) string
	spoil             func(*draft)
}

const (
	logoutEvent  = "http://schemas.openid.net/event/backchannel-logout"
	erasureEvent = "urn:netid:event:erasure-requested"
)

func logout(spoil func(*draft)) *notice {
	return &notice{form: "logout_token", kind: "logout+jwt", event: logoutEvent, to: func(c Config) string { return c.Logout }, spoil: spoil}
}

func erasure(spoil func(*draft)) *notice {
	return &notice{form: "erasure_token", kind: "erasure+jwt", event: erasureEvent, to: func(c Config) string { return c.Erasure }, spoil: spoil}
}

// untold says why a notice cannot be tried.
func (k *Kit) untold(c Check) string {
	switch {
	case c.notice == nil:
		return ""
	case c.notice.to(k.Config) == "":
		return "no address that takes a " + c.notice.form + " was given"
	case k.SignedIn == "":
		return "no page was given that shows who is signed in"
	}
	return ""
}

// tell posts the notice, and looks whether the browser is still signed in.
func (k *Kit) tell(ctx context.Context, c Check, who *http.Client, s scene) (scene, error) {
	if c.notice == nil || !s.signedIn {
		return s, nil
	}
	raw, err := k.word(c.notice)
	if err != nil {
		return s, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.notice.to(k.Config), strings.NewReader(url.Values{c.notice.form: {raw}}.Encode()))
	if err != nil {
		return s, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := plain.Do(req)
	if err != nil {
		return s, err
	}
	if err := resp.Body.Close(); err != nil {
		return s, err
	}
	s.told = resp.StatusCode
	still, err := k.probe(ctx, who)
	s.out = !still
	return s, err
}

// word is the notice as a signed token (Back-Channel Logout 1.0 §2.4; docs/integrate.md).
func (p *provider) word(n *notice) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, t := p.Now().Unix(), p.turn
	t.erase = "kit-" + rand.Text()
	said := map[string]any{}
	if n.event == erasureEvent {
		said["request"], said["due"] = t.erase, now+int64(15*24*time.Hour/time.Second)
	}
	d := &draft{p: p, t: t, key: p.key, header: map[string]any{"alg": "ES256", "kid": p.kid, "typ": n.kind},
		claims: map[string]any{"iss": p.Issuer, "aud": p.ClientID, "sub": t.sub, "iat": now, "exp": now + 120, "jti": rand.Text(), "events": map[string]any{n.event: said}}}
	if n.event == logoutEvent {
		d.claims["sid"] = session(t)
	}
	if n.spoil != nil {
		n.spoil(d)
	}
	return d.sign()
}

// answered takes an application's word that it forgot somebody.
func (p *provider) answered(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ParseForm() != nil || !p.proves(r) {
		say(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	if r.PostForm.Get("request") == "" || r.PostForm.Get("request") != p.turn.erase {
		say(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	p.turn.forgot = true
	w.WriteHeader(http.StatusNoContent)
}

func session(t *turn) string { return "kit-session-" + t.code }

func taken(status int) bool {
	return status == http.StatusOK || status == http.StatusAccepted || status == http.StatusNoContent
}

func obeyed(t turn, s scene) string {
	switch {
	case accepted(t, s) != "":
		return accepted(t, s)
	case !taken(s.told):
		return "the notice was not taken"
	case !s.out:
		return "the browser is still signed in"
	}
	return ""
}

// unmoved: a wrong notice is answered by 4xx (§2.8) and changes nothing.
func unmoved(t turn, s scene) string {
	switch {
	case accepted(t, s) != "":
		return accepted(t, s)
	case s.out || t.forgot:
		return "the notice was believed"
	case s.told < 400 || s.told > 499:
		return "the notice was not refused with 4xx"
	}
	return ""
}

// notices are what a provider, or somebody in its name, posts by itself.
func notices() []Check {
	const back, erase = "Back-Channel Logout 1.0 ", "PIPL Art. 47; docs/integrate.md"
	set := func(name string, v any) func(*draft) { return func(d *draft) { d.claims[name] = v } }
	foreign := func(d *draft) { d.key = d.p.foreign }
	good := func(id, source, en, zh string, n *notice, judge func(turn, scene) string) Check {
		return Check{ID: id, Source: source, EN: en, ZH: zh, notice: n, obey: true, judge: judge}
	}
	wrong := func(id, source, en, zh string, n *notice) Check {
		return Check{ID: id, Source: source, EN: en, ZH: zh, notice: n, judge: unmoved}
	}
	erased := func(t turn, s scene) string {
		if why := accepted(t, s); why != "" {
			return why
		}
		if !taken(s.told) {
			return "the notice was not taken"
		}
		return ""
	}
	return []Check{
		good("logout-session", back+"§2.7", "says that the session is over", "通知会话已结束", logout(nil), obeyed),
		good("logout-person", back+"§2.7", "says that all sessions of the person are over", "通知该用户的全部会话已结束", logout(func(d *draft) { delete(d.claims, "sid") }), obeyed),
		wrong("logout-foreign", back+"§2.6 (1)", "signs a logout token with a foreign key", "注销通知由他人密钥签名", logout(foreign)),
		wrong("logout-unsigned", back+"§2.6 (1)", "does not sign a logout token (alg none)", "注销通知没有签名（alg 为 none）", logout(func(d *draft) { d.unsigned, d.header["alg"] = true, "none" })),
		wrong("logout-iss", back+"§2.6 (3)", "names another issuer in a logout token", "注销通知中为其他签发者", logout(set("iss", "https://other.example"))),
		wrong("logout-aud", back+"§2.6 (3)", "names another application in a logout token", "注销通知的受众为其他应用", logout(set("aud", "another-app"))),
		wrong("logout-expired", back+"§2.6 (3)", "sends an expired logout token", "注销通知已过期", logout(func(d *draft) {
			d.claims["iat"], d.claims["exp"] = d.p.Now().Unix()-7200, d.p.Now().Unix()-7080
		})),
		wrong("logout-nobody", back+"§2.6 (4)", "sends a logout token that names nobody", "注销通知未指明任何用户", logout(func(d *draft) {
			delete(d.claims, "sub")
			delete(d.claims, "sid")
		})),
		wrong("logout-event", back+"§2.6 (5)", "sends a logout token without its event", "注销通知缺少 events", logout(set("events", map[string]any{}))),
		wrong("logout-nonce", back+"§2.6 (6)", "sends a logout token with a nonce, as an ID token has", "注销通知带有 nonce，可能是冒充的 ID token", logout(set("nonce", "kit"))),
		good("erasure-taken", erase, "asks in the person's name to be forgotten", "转达用户的删除请求", erasure(nil), erased),
		advised(good("erasure-answered", erase, "asks again, and waits for the answer", "再次转达删除请求，并等待处理结果", erasure(nil), func(t turn, s scene) string {
			if why := erased(t, s); why != "" || t.forgot {
				return why
			}
			return "the provider was not told within a few seconds that it is done"
		})),
		wrong("erasure-foreign", erase, "signs a request to erase with a foreign key", "删除请求由他人密钥签名", erasure(foreign)),
		wrong("erasure-aud", erase, "sends another application's request to erase", "转交其他应用的删除请求", erasure(set("aud", "another-app"))),
		wrong("erasure-type", erase, "sends a logout token where a request to erase belongs", "在删除请求处发送注销通知", erasure(func(d *draft) {
			d.header["typ"], d.claims["events"] = "logout+jwt", map[string]any{logoutEvent: map[string]any{}}
		})),
	}
}
