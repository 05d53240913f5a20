package kit

import (
	"net/http"
	"net/url"
	"strings"
)

// Check is one sign-in with one thing wrong, or none.
type Check struct {
	ID     string
	Source string // where the rule is
	EN, ZH string // what the kit does
	Advice bool   // the standard leaves it to the application: no failure

	answer    func(*turn, url.Values) // makes the authorization response wrong
	token     func(*draft)            // the ID token
	body      func(map[string]any)    // the token response
	broken    func(http.ResponseWriter)
	otherInfo bool                                                    // UserInfo is about somebody else
	rotate    bool                                                    // the provider has a new key from here on
	elsewhere bool                                                    // the answer is opened in another browser
	twice     bool                                                    // the answer is opened twice
	tiring    func(*provider, http.ResponseWriter, *http.Request) int // the token endpoint never comes to an end; gives the bytes that were taken
	notice    *notice
	obey      bool // the notice is a good one
	applies   func(turn) string
	judge     func(turn, scene) string
}

// Must is what the application has to do.
func (c Check) Must() (en, zh string) {
	switch {
	case c.token != nil || c.answer != nil || c.body != nil || c.broken != nil || c.otherInfo || c.elsewhere || c.tiring != nil || c.notice != nil && !c.obey:
		return "refuse, without breaking", "拒绝，且自身不出错"
	case strings.HasPrefix(c.ID, "request-") || c.twice:
		return "do so in every request", "每次请求都做到"
	case c.obey:
		return "do as it is told", "按通知办理"
	}
	return "sign the person in", "让用户登录"
}

func accepted(t turn, s scene) string {
	switch {
	case t.tokens == 0:
		return "no code was exchanged"
	case !s.signedIn:
		return "the browser is not signed in afterwards"
	}
	return ""
}

// refused: a page that says so. 502 to 504 are honest when the provider's
// answer was unusable; 500 is an error that nobody thought of.
func refused(t turn, s scene) string {
	switch {
	case s.signedIn:
		return "the browser is signed in"
	case s.status == http.StatusInternalServerError:
		return "the application broke (500) where it should refuse"
	}
	return ""
}

// unasked: refused before any code is exchanged.
func unasked(t turn, s scene) string {
	if why := refused(t, s); why != "" {
		return why
	}
	if t.tokens > 0 {
		return "the code of a wrong answer was exchanged"
	}
	return ""
}

func unlured(t turn, s scene) string {
	if why := refused(t, s); why != "" {
		return why
	}
	if t.lured > 0 {
		return "a key was fetched from where the token's header says"
	}
	return ""
}

// Checks gives all of them, in the order of a run.
func Checks() []Check {
	all := []Check{happy("accept-first", "nothing is wrong", "一切正常")}
	all = append(all, requests()...)
	all = append(all, answers()...)
	all = append(all, signatures()...)
	all = append(all, troubles()...)
	all = append(all, claims()...)
	all = append(all, notices()...)
	turned := happy("key-rotated", "signs with a new key, which is in the key set", "改用密钥集中新公布的密钥签名")
	turned.rotate, turned.Source = true, "Core §10.1.1"
	return append(all, turned,
		wrongToken("key-retired", "Core §10.1.1", "signs with the key that left the key set", "用已从密钥集中移除的密钥签名", func(d *draft) {
			d.key, d.header["kid"] = d.p.old, "kit-1"
		}),
		happy("accept-last", "nothing is wrong, after all of that", "经过以上各项后，一切正常"))
}

func happy(id, en, zh string) Check {
	return Check{ID: id, Source: "Core §3.1", EN: en, ZH: zh, judge: accepted}
}

// requests looks at what the application asks with.
func requests() []Check {
	asks := func(id, source, en, zh string, judge func(t turn) string) Check {
		return Check{ID: "request-" + id, Source: source, EN: en, ZH: zh, judge: func(t turn, _ scene) string { return judge(t) }}
	}
	fresh := func(name string) func(turn) string {
		return func(t turn) string {
			switch v := t.request.Get(name); {
			case len(v) < 16:
				return "the request has no " + name + " of 16 characters or more"
			case v == t.before.Get(name):
				return "two requests have the same " + name
			}
			return ""
		}
	}
	return []Check{
		asks("state", "RFC 6749 §10.12", "looks for a fresh state", "检查 state 是否每次不同", fresh("state")),
		asks("nonce", "Core §3.1.2.1", "looks for a fresh nonce", "检查 nonce 是否每次不同", fresh("nonce")),
		asks("pkce", "RFC 7636 §4.2", "looks for a challenge by S256 and its verifier", "检查是否使用 S256 方式的 PKCE", func(t turn) string {
			if t.request.Get("code_challenge_method") != "S256" {
				return "the request has no code_challenge by S256"
			}
			if !same(challenge(t.proof), t.request.Get("code_challenge")) {
				return "the code_verifier does not fit the code_challenge"
			}
			return ""
		}),
		asks("pkce-fresh", "RFC 7636 §7.1", "looks for a fresh challenge", "检查 PKCE 挑战值是否每次不同", fresh("code_challenge")),
		asks("openid", "Core §3.1.2.1", "looks for the scope openid", "检查 scope 是否含 openid", func(t turn) string {
			for _, s := range strings.Fields(t.request.Get("scope")) {
				if s == "openid" {
					return ""
				}
			}
			return "the scope openid is missing"
		}),
		asks("redirect", "RFC 9700 §4.1.3", "looks for a bare redirect URI", "检查回调地址是否不带查询与片段", func(t turn) string {
			if strings.ContainsAny(t.to, "?#*") {
				return "the redirect URI carries a query, fragment or wildcard"
			}
			return ""
		}),
		asks("secret-apart", "RFC 6749 §2.3.1", "looks for the secret in the browser's address", "检查密钥是否出现在浏览器地址中", func(t turn) string {
			if t.address.Has("client_secret") || t.address.Has("code_verifier") {
				return "a secret is in the address that the browser opens"
			}
			return ""
		}),
	}
}
