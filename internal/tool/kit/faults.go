package kit

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

func wrongAnswer(id, source, en, zh string, do func(*turn, url.Values)) Check {
	return Check{ID: id, Source: source, EN: en, ZH: zh, answer: do, judge: unasked}
}

// advised: a fault here fails nobody.
func advised(c Check) Check {
	c.Advice = true
	return c
}

func wrongToken(id, source, en, zh string, do func(*draft)) Check {
	return Check{ID: id, Source: source, EN: en, ZH: zh, token: do, judge: refused}
}

const markup = "<script>kit</script>"

// answers are authorization responses.
func answers() []Check {
	const csrf, mixup = "RFC 6749 §10.12", "RFC 9207 §2.4"
	replayed := wrongAnswer("state-replayed", csrf, "answers with the state of an earlier request by another browser", "用另一浏览器先前请求的 state 作答", func(t *turn, q url.Values) {
		q.Set("state", t.before.Get("state"))
	})
	denied := wrongAnswer("declined", "Core §3.1.2.6; Art. 7", "says that the citizen declined", "告知用户已拒绝", func(_ *turn, q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
	})
	denied.judge = func(t turn, s scene) string {
		if why := unasked(t, s); why != "" {
			return why
		}
		if s.status >= 500 || len(strings.TrimSpace(s.page)) < 20 {
			return "no page says plainly that nothing was proven"
		}
		return ""
	}
	marked := wrongAnswer("error-markup", "RFC 6749 §10.14", "puts markup into an error's description", "在错误描述中放入 HTML 代码", func(_ *turn, q url.Values) {
		q.Del("code")
		q.Set("error", "server_error")
		q.Set("error_description", markup)
	})
	marked.judge = func(t turn, s scene) string {
		if strings.Contains(s.page, markup) {
			return "the page carries the description's markup"
		}
		return unasked(t, s)
	}
	return []Check{
		wrongAnswer("state-wrong", csrf, "answers with another state", "以错误的 state 作答", func(_ *turn, q url.Values) { q.Set("state", "kit-another-state-0000000000") }),
		wrongAnswer("state-missing", csrf, "answers without state", "作答时不带 state", func(_ *turn, q url.Values) { q.Del("state") }),
		replayed,
		{ID: "browser-other", Source: csrf, EN: "opens the answer in another browser", ZH: "在另一浏览器中打开应答地址", elsewhere: true, judge: unasked},
		wrongAnswer("iss-other", mixup, "answers as another issuer", "以其他签发者的名义作答", func(_ *turn, q url.Values) { q.Set("iss", "https://other.example") }),
		wrongAnswer("iss-missing", mixup, "answers without iss, which it announced", "已声明会带 iss，作答时却不带", func(_ *turn, q url.Values) { q.Del("iss") }),
		{ID: "code-twice", Source: "RFC 6749 §4.1.2", EN: "opens the answer twice", ZH: "两次打开同一应答地址", twice: true, judge: func(t turn, s scene) string {
			if t.tokens > 1 {
				return "one code was exchanged twice"
			}
			return accepted(t, s)
		}},
		denied, marked,
	}
}

// signatures are ID tokens that the provider did not sign, or not so.
func signatures() []Check {
	const best = "RFC 8725 "
	lure := func(id, zh string, set func(*draft)) Check {
		c := wrongToken("key-"+id, best+"§3.10", "signs with a key that the header's "+id+" offers", zh, func(d *draft) {
			d.key, d.header["kid"] = d.p.foreign, "foreign"
			set(d)
		})
		c.judge = unlured
		return c
	}
	return []Check{
		wrongToken("alg-none", best+"§2.1", "does not sign the ID token (alg none)", "不对 ID token 签名（alg 为 none）", func(d *draft) {
			d.unsigned, d.header["alg"] = true, "none"
		}),
		wrongToken("alg-hmac-key", best+"§2.1", "signs by HS256 with the public key as the secret", "把公钥当作密钥，以 HS256 签名", func(d *draft) {
			d.secret, d.header["alg"] = publicPEM(d.key), "HS256"
		}),
		wrongToken("alg-hmac-secret", best+"§3.1", "signs by HS256 with the client secret, where ES256 is announced", "已声明 ES256，却用客户端密钥以 HS256 签名", func(d *draft) {
			d.secret, d.header["alg"] = []byte(d.p.ClientSecret), "HS256"
		}),
		wrongToken("signature-wrong", "Core §3.1.3.7 (6)", "signs other bytes", "签名与内容不符", func(d *draft) { d.spoilt = true }),
		wrongToken("key-foreign", "Core §3.1.3.7 (6)", "signs with a foreign key under its own key's name", "用他人密钥签名，却冒用本方密钥编号", func(d *draft) { d.key = d.p.foreign }),
		wrongToken("kid-unknown", "RFC 7515 §4.1.4", "signs with a foreign key under an unknown name", "用他人密钥及未知编号签名", func(d *draft) {
			d.key, d.header["kid"] = d.p.foreign, "foreign"
		}),
		lure("jku", "用头部 jku 指向的密钥签名", func(d *draft) { d.header["jku"] = d.p.Issuer + "/lure" }),
		lure("x5u", "用头部 x5u 指向的密钥签名", func(d *draft) { d.header["x5u"] = d.p.Issuer + "/lure" }),
		lure("jwk", "用头部 jwk 自带的密钥签名", func(d *draft) { d.header["jwk"] = jwk(d.p.foreign, "foreign") }),
		wrongToken("crit-unknown", "RFC 7515 §4.1.11", "marks an unknown header as critical", "把未知头部标为必须理解", func(d *draft) {
			d.header["crit"], d.header["kit-unknown"] = []string{"kit-unknown"}, true
		}),
	}
}

// claims are ID tokens that are signed well and say the wrong thing.
func claims() []Check {
	const core = "Core §3.1.3.7 "
	set := func(name string, v any) func(*draft) { return func(d *draft) { d.claims[name] = v } }
	without := func(name string) func(*draft) { return func(d *draft) { delete(d.claims, name) } }
	shift := func(name string, by int64) func(*draft) {
		return func(d *draft) { d.claims[name] = d.p.Now().Unix() + by }
	}
	info := Check{ID: "userinfo-sub", Source: "Core §5.3.4", EN: "answers UserInfo about somebody else", ZH: "UserInfo 返回另一人的信息", otherInfo: true, judge: refused,
		applies: func(t turn) string {
			if t.infos == 0 {
				return "the application does not ask UserInfo"
			}
			return ""
		}}
	old := wrongToken("auth-time-old", "Core §3.1.2.1", "names an approval older than max_age", "认证时间早于 max_age 的要求", shift("auth_time", -30*24*3600))
	old.applies = func(t turn) string {
		if !t.request.Has("max_age") {
			return "the application does not ask with max_age"
		}
		return ""
	}
	lower := advised(wrongToken("acr-lower", core+"(12)", "says that less was done than was asked for", "认证方式低于应用的要求", set("acr", "kit-lower")))
	lower.applies = func(t turn) string {
		if !t.request.Has("acr_values") {
			return "the application does not ask by acr_values"
		}
		return ""
	}
	return []Check{
		wrongToken("token-iss", core+"(2)", "names another issuer in the ID token", "ID token 中为其他签发者", set("iss", "https://other.example")),
		wrongToken("token-aud", core+"(3)", "names another application as the audience", "ID token 的受众为其他应用", set("aud", "another-app")),
		wrongToken("token-azp", core+"(3)", "names two audiences, and another application as the authorized one", "受众有两个，且 azp 为其他应用", func(d *draft) {
			d.claims["aud"], d.claims["azp"] = []string{d.p.ClientID, "another-app"}, "another-app"
		}),
		wrongToken("token-expired", core+"(9)", "sends an expired ID token", "ID token 已过期", shift("exp", -3600)),
		wrongToken("token-no-exp", "Core §2", "sends an ID token without an end", "ID token 没有有效期", without("exp")),
		advised(wrongToken("token-iat-future", core+"(10)", "sends an ID token from tomorrow", "ID token 的签发时间在明天", func(d *draft) {
			d.claims["iat"], d.claims["exp"] = d.p.Now().Unix()+86400, d.p.Now().Unix()+86700
		})),
		wrongToken("token-nbf-future", "RFC 7519 §4.1.5", "sends an ID token that holds from tomorrow", "ID token 明天才生效", shift("nbf", 86400)),
		wrongToken("nonce-missing", core+"(11)", "leaves the nonce out", "缺少 nonce", without("nonce")),
		wrongToken("nonce-wrong", core+"(11)", "sends another nonce", "nonce 错误", set("nonce", "kit-another-nonce")),
		wrongToken("nonce-replayed", core+"(11)", "sends the nonce of an earlier request", "使用先前请求的 nonce", func(d *draft) { d.claims["nonce"] = d.t.before.Get("nonce") }),
		wrongToken("sub-missing", "Core §2", "leaves the subject out", "缺少 sub", without("sub")),
		wrongToken("sub-empty", "Core §2", "sends an empty subject", "sub 为空", set("sub", "")),
		advised(wrongToken("at-hash", "Core §3.1.3.8", "sends the hash of another access token", "at_hash 与访问令牌不符", set("at_hash", halfHash("another")))),
		old, lower, info,
	}
}

// troubles are a provider in bad health.
func troubles() []Check {
	broken := func(id, source, en, zh string, do func(http.ResponseWriter)) Check {
		return Check{ID: id, Source: source, EN: en, ZH: zh, broken: do, judge: refused}
	}
	return []Check{
		broken("token-500", "RFC 9110 §15.6", "answers 500 at the token endpoint", "令牌端点返回 500", func(w http.ResponseWriter) { http.Error(w, "kit", http.StatusInternalServerError) }),
		broken("token-400", "RFC 6749 §5.2", "refuses the code", "令牌端点拒绝授权码", func(w http.ResponseWriter) {
			say(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		}),
		broken("token-not-json", "RFC 6749 §5.1", "answers with a page instead of JSON", "返回网页而非 JSON", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<p>kit</p>"))
		}),
		broken("token-cut", "RFC 9112 §8", "cuts the answer in the middle", "应答中途断开", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "4096")
			w.Write([]byte(`{"access_token":`))
		}),
		{ID: "token-silent", Source: "CWE-400", EN: "does not answer at the token endpoint", ZH: "令牌端点始终不应答", tiring: silence, judge: refused},
		advised(Check{ID: "token-endless", Source: "CWE-400", EN: "answers with 32 MB at the token endpoint", ZH: "令牌端点返回 32 MB 的应答", tiring: pour, judge: func(t turn, s scene) string {
			if why := refused(t, s); why != "" {
				return why
			}
			if t.poured >= flood {
				return "the application took all of it into its memory"
			}
			return ""
		}}),
		{ID: "id-token-absent", Source: "Core §3.1.3.3", EN: "sends no ID token", ZH: "不返回 ID token", judge: refused, body: func(b map[string]any) { delete(b, "id_token") }},
		{ID: "id-token-garbled", Source: "RFC 7519 §7.2", EN: "sends something else as the ID token", ZH: "ID token 格式错误", judge: refused, body: func(b map[string]any) { b["id_token"] = "kit.kit" }},
	}
}

// silence outlasts every browser's patience.
func silence(p *provider, _ http.ResponseWriter, r *http.Request) int {
	select {
	case <-r.Context().Done():
	case <-time.After(2 * p.Silence):
	}
	return 0
}

const flood = 32 << 20 // bytes

// pour writes more than any token answer has, and counts what was taken.
func pour(_ *provider, w http.ResponseWriter, _ *http.Request) (n int) {
	w.Header().Set("Content-Type", "application/json")
	some := []byte(strings.Repeat(" ", 64<<10)) // white space, where JSON may have any
	for n < flood {
		k, err := w.Write(some)
		n += k
		if err != nil {
			return n
		}
	}
	w.Write([]byte("{}"))
	return n
}
