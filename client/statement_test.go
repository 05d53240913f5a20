package client_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"netid/client"
)

func wine(locale string) client.Statement {
	return client.Statement{
		Locale:  locale,
		Service: "netid",
		Party:   "示例商店（上海）有限公司",
		Domain:  "127.0.0.1:7081",
		Purpose: "登录账号，购买酒类前确认您已成年",
		Mode:    "urn:netid:acr:cert-pwd",
		Items: []client.Item{
			{Name: "result", Given: true},
			{Name: "age_over_18", Given: true, Optional: true},
		},
		Transaction: "Zk3v0Yx_9fQ-1",
		Time:        time.Date(2026, 3, 1, 16, 5, 9, 0, time.UTC),
	}
}

// The words are the contract with everybody who signed them: this test pins
// every character.
func TestStatementWords(t *testing.T) {
	zh := wine("zh-CN")
	en := wine("en")
	en.Party, en.Purpose = "Example Shop Ltd", "Sign in, and check that you may buy wine"
	en.Items[1].Given = false
	for name, c := range map[string]struct {
		s    client.Statement
		want []string
	}{
		"zh given": {zh, []string{
			"示例商店（上海）有限公司（127.0.0.1:7081）请求由 netid 核验您的身份。",
			"用途（对方自述）：登录账号，购买酒类前确认您已成年",
			"对方会得知这个账号背后是一位真实且唯一的人，并得到一个只供其使用的代号。",
			"对方会得知您是否已满 18 周岁：只有“是”或“否”，绝不是您的生日。这一项由您单独同意。",
			"对方不会得知您的姓名、生日、证件、手机号、网号和设备。",
			"核验方式：这台设备上的网证和您的口令。",
			"请求编号：Zk3v0Yx_9fQ-1",
			"时间：2026年3月2日 00:05:09（北京时间），2026-03-02T00:05:09+08:00",
		}},
		"zh for what": {meant("zh-CN", "reverify"), []string{
			"示例商店（上海）有限公司（127.0.0.1:7081）请求由 netid 核验您的身份。",
			"用途（对方自述）：登录账号，购买酒类前确认您已成年",
			"这次核验：确认已有账号背后仍是同一个人。",
			"对方会得知这个账号背后是一位真实且唯一的人，并得到一个只供其使用的代号。",
			"对方不会得知您的姓名、生日、证件、手机号、网号和设备。",
			"核验方式：这台设备上的网证和您的口令。",
			"请求编号：Zk3v0Yx_9fQ-1",
			"时间：2026年3月2日 00:05:09（北京时间），2026-03-02T00:05:09+08:00",
		}},
		"zh told again": {lasting("zh-CN", true), []string{
			"示例商店（上海）有限公司（127.0.0.1:7081）请求由 netid 核验您的身份。",
			"用途（对方自述）：登录账号，购买酒类前确认您已成年",
			"对方会得知这个账号背后是一位真实且唯一的人，并得到一个只供其使用的代号。",
			"此后 30 天内，对方可以在您不在场时再次得知这一核验是否仍然有效；您可以随时撤回。这一项由您单独同意。",
			"对方不会得知您的姓名、生日、证件、手机号、网号和设备。",
			"核验方式：这台设备上的网证和您的口令。",
			"请求编号：Zk3v0Yx_9fQ-1",
			"时间：2026年3月2日 00:05:09（北京时间），2026-03-02T00:05:09+08:00",
		}},
		"zh plain": {told("zh-CN"), []string{
			"示例商店（上海）有限公司（127.0.0.1:7081）请求由 netid 核验您的身份。",
			"用途（对方自述）：登录账号，购买酒类前确认您已成年",
			"对方会得知这个账号背后是一位真实且唯一的人，并得到一个只供其使用的代号。",
			"对方会得知您的姓名，最多保存 30 天。对方所依据的法律：《某法》第一条。这一项由您单独同意。",
			"我们不会告诉对方您的证件号码。",
			"对方会得知您的生日与其持有的是否一致：只有“是”或“否”，最多保存 30 天。对方所依据的法律：《某法》第二条。这一项由您单独同意。",
			"我们不会告诉对方您的手机号与其持有的是否一致。",
			"对方不会得知您的网号和设备。",
			"核验方式：这台设备上的网证和您的口令。",
			"请求编号：Zk3v0Yx_9fQ-1",
			"时间：2026年3月2日 00:05:09（北京时间），2026-03-02T00:05:09+08:00",
		}},
		"en plain": {told("en"), []string{
			"示例商店（上海）有限公司 (127.0.0.1:7081) asks netid to verify you.",
			"Why they ask, in their own words: 登录账号，购买酒类前确认您已成年",
			"They learn that a real, unique person stands behind this account, under a name made only for them.",
			"They learn your name and may keep it for 30 days. The law that they cite: 《某法》第一条. You agree to this one separately.",
			"We will not tell them your document number.",
			"They learn whether your birthday is the one that they hold: yes or no. They may keep the answer for 30 days. The law that they cite: 《某法》第二条. You agree to this one separately.",
			"We will not tell them whether your phone number is the one that they hold.",
			"They do not learn your net number or device.",
			"How you prove it: the net certificate on this device and your passcode.",
			"Request: Zk3v0Yx_9fQ-1",
			"Time: 2 March 2026, 00:05:09 (Beijing time), 2026-03-02T00:05:09+08:00",
		}},
		"en withheld": {en, []string{
			"Example Shop Ltd (127.0.0.1:7081) asks netid to verify you.",
			"Why they ask, in their own words: Sign in, and check that you may buy wine",
			"They learn that a real, unique person stands behind this account, under a name made only for them.",
			"We will not tell them whether you are 18 or over.",
			"They do not learn your name, birthday, document, phone number, net number or device.",
			"How you prove it: the net certificate on this device and your passcode.",
			"Request: Zk3v0Yx_9fQ-1",
			"Time: 2 March 2026, 00:05:09 (Beijing time), 2026-03-02T00:05:09+08:00",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.s.Lines()
			if !reflect.DeepEqual(got, c.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// lasting is a statement whose party asks to be answered again.
func lasting(locale string, given bool) client.Statement {
	s := wine(locale)
	s.Items[1] = client.Item{Name: "offline_30", Given: given, Optional: true}
	return s
}

func TestStatementSaysThatItLasts(t *testing.T) {
	for locale, words := range map[string][2]string{
		"zh-CN": {"此后 30 天内，对方可以在您不在场时再次得知这一核验是否仍然有效；您可以随时撤回。这一项由您单独同意。", "对方请求此后 30 天内在您不在场时再次得知，我们不会告诉对方。"},
		"en": {"For 30 days they may be told again, without you, that this still holds. You can end that at any time. You agree to this one separately.",
			"They asked to be told again for 30 days, without you. We will not tell them."},
	} {
		for i, given := range []bool{true, false} {
			s := lasting(locale, given)
			if lines := s.Lines(); len(lines) != 8 || lines[3] != words[i] {
				t.Errorf("%s %v: %q", locale, given, lines)
			}
			if got, err := client.ParseStatement(s.Bytes()); err != nil || !reflect.DeepEqual(got, s) {
				t.Errorf("%s %v: %+v %v", locale, given, got, err)
			}
		}
		must := lasting(locale, true)
		must.Items[1].Optional = false
		if must.Lines() != nil {
			t.Errorf("%s: one is made to agree to it", locale)
		}
		other := lasting(locale, true)
		other.Items[1].Name = "offline_3000"
		if other.Lines() != nil {
			t.Errorf("%s: a term that there is not", locale)
		}
	}
}

// told is a statement of one that asks plain text: two items given, two not.
func told(locale string) client.Statement {
	s := wine(locale)
	s.Items = append(s.Items[:1], client.Item{Name: "name", Given: true, Optional: true, Basis: "《某法》第一条", Days: 30}, client.Item{Name: "document_number", Optional: true},
		client.Item{Name: "match_birthdate", Given: true, Optional: true, Basis: "《某法》第二条", Days: 30}, client.Item{Name: "match_phone_number", Optional: true})
	return s
}

// Plain text says on what ground and for how long, and what is said of it is
// what is read back, however the party words its citation.
func TestStatementOfPlainText(t *testing.T) {
	for _, locale := range []string{"zh-CN", "en"} {
		for _, basis := range []string{"A law", "days. The law that they cite: A law", "天。对方所依据的法律：某法", "A law. You agree to this one separately", "7"} {
			for _, name := range client.PlainItems() {
				s := wine(locale)
				s.Items[1] = client.Item{Name: name, Given: true, Optional: true, Basis: basis, Days: 3650}
				got, err := client.ParseStatement(s.Bytes())
				if err != nil || !reflect.DeepEqual(got, s) {
					t.Errorf("%s %s %q: %+v %v", locale, name, basis, got, err)
				}
			}
		}
		for name, change := range map[string]func(*client.Item){
			"no basis":            func(i *client.Item) { i.Basis = "" },
			"a basis of blanks":   func(i *client.Item) { i.Basis = " " },
			"a basis of lines":    func(i *client.Item) { i.Basis = "A law\nThey learn nothing" },
			"for ever":            func(i *client.Item) { i.Days = 3651 },
			"no time":             func(i *client.Item) { i.Days = 0 },
			"required":            func(i *client.Item) { i.Optional = false },
			"nobody's item":       func(i *client.Item) { i.Name = "net_number" },
			"a match of a result": func(i *client.Item) { i.Name = "match_result" },
			"terms on a mark":     func(i *client.Item) { i.Name = "age_over_18" },
		} {
			s := wine(locale)
			s.Items[1] = client.Item{Name: "name", Given: true, Optional: true, Basis: "A law", Days: 30}
			if change(&s.Items[1]); !errors.Is(s.Check(), client.ErrStatement) || s.Bytes() != nil {
				t.Errorf("%s: %s: %v", locale, name, s.Check())
			}
		}
	}
}

// meant is a statement whose party said what it is for.
func meant(locale, intent string) client.Statement {
	s := wine(locale)
	s.Intent, s.Items = intent, s.Items[:1]
	return s
}

func TestStatementSaysWhatItIsFor(t *testing.T) {
	for locale, words := range map[string]map[string]string{
		"zh-CN": {"register": "这次核验：为您注册一个新账号。", "sign_in": "这次核验：让您登录已有的账号。", "reverify": "这次核验：确认已有账号背后仍是同一个人。"},
		"en": {"register": "What this is for: to register a new account.", "sign_in": "What this is for: to sign in to an account that you have.",
			"reverify": "What this is for: to confirm that the same person still stands behind an account."},
	} {
		for intent, want := range words {
			s := meant(locale, intent)
			if lines := s.Lines(); len(lines) != 8 || lines[2] != want {
				t.Errorf("%s %s: %q", locale, intent, lines)
			}
			got, err := client.ParseStatement(s.Bytes())
			if err != nil || !reflect.DeepEqual(got, s) {
				t.Errorf("%s %s: got %+v %v", locale, intent, got, err)
			}
			// the line belongs there alone: neither twice, nor among the items
			twice := bytes.Replace(s.Bytes(), []byte(want+"\n"), []byte(want+"\n"+want+"\n"), 1)
			later := append(bytes.Replace(s.Bytes(), []byte(want+"\n"), nil, 1), []byte("\n"+want)...)
			for _, b := range [][]byte{twice, later} {
				if _, err := client.ParseStatement(b); !errors.Is(err, client.ErrStatement) {
					t.Errorf("%s %s: %q: %v", locale, intent, b, err)
				}
			}
		}
	}
}

// Every statement comes back from its own bytes, whole.
func TestParseStatementIsTheInverse(t *testing.T) {
	modes := []string{"cert", "cert-pwd", "cert-face", "cert-pwd-face"}
	for _, locale := range []string{"zh-CN", "en"} {
		for _, mode := range modes {
			for _, age := range []string{"age_over_14", "age_over_18", "age_over_60"} {
				for _, state := range []client.Item{{Name: age, Given: true}, {Name: age, Given: true, Optional: true}, {Name: age, Optional: true}} {
					s := wine(locale)
					s.Mode = "urn:netid:acr:" + mode
					s.Items[1] = state
					got, err := client.ParseStatement(s.Bytes())
					if err != nil {
						t.Fatalf("%v: %v", s, err)
					}
					if !reflect.DeepEqual(got, s) {
						t.Fatalf("got %+v, want %+v", got, s)
					}
				}
			}
		}
	}
}

// A legal name may hold brackets and even the words that follow it; the domain
// that counts is the last one.
func TestStatementNamesThatImitate(t *testing.T) {
	for _, party := range []string{
		"示例（bank.example）请求由 netid 核验您的身份。",
		"Bank (bank.example) asks netid to verify you.",
	} {
		for _, locale := range []string{"zh-CN", "en"} {
			s := wine(locale)
			s.Party, s.Domain = party, "evil.example"
			got, err := client.ParseStatement(s.Bytes())
			if err != nil || got.Party != party || got.Domain != "evil.example" {
				t.Errorf("%s %q: got %q %q, %v", locale, party, got.Party, got.Domain, err)
			}
		}
	}
}

func TestStatementCheckRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*client.Statement){
		"locale":                 func(s *client.Statement) { s.Locale = "fr" },
		"no service":             func(s *client.Statement) { s.Service = "" },
		"bracket in service":     func(s *client.Statement) { s.Service = "netid（x）" },
		"no party":               func(s *client.Statement) { s.Party = "" },
		"line end in party":      func(s *client.Statement) { s.Party = "A\nB" },
		"override in party":      func(s *client.Statement) { s.Party = "A\u202eB" },
		"isolate in party":       func(s *client.Statement) { s.Party = "A\u2067B" },
		"mark in party":          func(s *client.Statement) { s.Party = "A\u200fB" },
		"zero width in party":    func(s *client.Statement) { s.Party = "A\u200bB" },
		"filler in party":        func(s *client.Statement) { s.Party = "A\u3164B" },
		"blank braille":          func(s *client.Statement) { s.Party = "A\u2800B" },
		"selector in party":      func(s *client.Statement) { s.Party = "A\ufe0fB" },
		"joiner in party":        func(s *client.Statement) { s.Party = "A\u034fB" },
		"tag in party":           func(s *client.Statement) { s.Party = "A\U000e0041B" },
		"wide space in party":    func(s *client.Statement) { s.Party = "A\u3000B" },
		"no-break space":         func(s *client.Statement) { s.Party = "A\u00a0B" },
		"two spaces in party":    func(s *client.Statement) { s.Party = "A  B" },
		"space after party":      func(s *client.Statement) { s.Party = "A " },
		"stacked marks":          func(s *client.Statement) { s.Party = "A\u0301\u0302\u0303" },
		"broken UTF-8":           func(s *client.Statement) { s.Party = "A\xff" },
		"long party":             func(s *client.Statement) { s.Party = strings.Repeat("长", 121) },
		"private use":            func(s *client.Statement) { s.Party = "A\ue000" },
		"separator in purpose":   func(s *client.Statement) { s.Purpose = "a\u2028b" },
		"paragraph in purpose":   func(s *client.Statement) { s.Purpose = "a\u2029b" },
		"next line in purpose":   func(s *client.Statement) { s.Purpose = "a\u0085b" },
		"tab in purpose":         func(s *client.Statement) { s.Purpose = "a\tb" },
		"null in purpose":        func(s *client.Statement) { s.Purpose = "a\x00b" },
		"no purpose":             func(s *client.Statement) { s.Purpose = "" },
		"long purpose":           func(s *client.Statement) { s.Purpose = strings.Repeat("长", 301) },
		"upper case domain":      func(s *client.Statement) { s.Domain = "Shop.example" },
		"unicode domain":         func(s *client.Statement) { s.Domain = "商店.example" },
		"domain with path":       func(s *client.Statement) { s.Domain = "shop.example/x" },
		"domain with bracket":    func(s *client.Statement) { s.Domain = "shop.example)" },
		"domain with line end":   func(s *client.Statement) { s.Domain = "shop.example\n" },
		"no domain":              func(s *client.Statement) { s.Domain = "" },
		"intent":                 func(s *client.Statement) { s.Intent = "sign-in" },
		"mode":                   func(s *client.Statement) { s.Mode = "urn:netid:acr:sms" },
		"no items":               func(s *client.Statement) { s.Items = nil },
		"result withheld":        func(s *client.Statement) { s.Items[0].Given = false },
		"result optional":        func(s *client.Statement) { s.Items[0].Optional = true },
		"result not first":       func(s *client.Statement) { s.Items[0], s.Items[1] = s.Items[1], s.Items[0] },
		"required and withheld":  func(s *client.Statement) { s.Items[1] = client.Item{Name: "age_over_18"} },
		"unknown item":           func(s *client.Statement) { s.Items[1].Name = "name" },
		"item twice":             func(s *client.Statement) { s.Items = append(s.Items, s.Items[1]) },
		"no transaction":         func(s *client.Statement) { s.Transaction = "" },
		"transaction with space": func(s *client.Statement) { s.Transaction = "a b" },
		"transaction and more":   func(s *client.Statement) { s.Transaction = "a\n" },
		"no time":                func(s *client.Statement) { s.Time = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			s := wine("zh-CN")
			spoil(&s)
			if err := s.Check(); !errors.Is(err, client.ErrStatement) {
				t.Errorf("Check: %v", err)
			}
			if s.Lines() != nil || s.Bytes() != nil {
				t.Error("a refused statement can be shown")
			}
		})
	}
}

// What one consents to for longer is a line behind the bare result, and no line
// where one does not.
func TestStatementForLonger(t *testing.T) {
	for locale, want := range map[string]string{
		"zh-CN": "今后 90 天内，我在这台设备上为同一用途登录对方时，不必再问我；我可以随时取消。",
		"en":    "For the next 90 days I need not be asked again when I sign in there from this device for the same purpose; I can end this at any time.",
	} {
		s := wine(locale)
		s.Mode = "urn:netid:acr:cert"
		result, longer := s.Items[0], client.Item{Name: "standing_90", Given: true, Optional: true}
		s.Items = []client.Item{result, longer}
		if lines := s.Lines(); len(lines) != 8 || lines[3] != want || s.Line(longer) != want {
			t.Errorf("%s: %q", locale, lines)
		}
		got, err := client.ParseStatement(s.Bytes())
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: got %+v %v", locale, got, err)
		}
		for _, items := range [][]client.Item{{result, {Name: "standing_90", Given: true}}, {result, {Name: "standing_90", Optional: true}}, {result, longer, longer}, {longer}, {longer, result},
			{result, {Name: "age_over_18", Optional: true}, longer}, {result, {Name: "standing_900", Given: true, Optional: true}}} {
			s.Items = items
			if err := s.Check(); !errors.Is(err, client.ErrStatement) || s.Bytes() != nil {
				t.Errorf("%s: %+v can be signed: %v", locale, items, err)
			}
		}
	}
}

func TestLineShowsBothVariants(t *testing.T) {
	s := wine("zh-CN")
	for i, want := range map[client.Item]string{
		{Name: "age_over_60", Given: true}:                 "对方会得知您是否已满 60 周岁：只有“是”或“否”，绝不是您的生日。",
		{Name: "age_over_60", Given: true, Optional: true}: "对方会得知您是否已满 60 周岁：只有“是”或“否”，绝不是您的生日。这一项由您单独同意。",
		{Name: "age_over_60", Optional: true}:              "我们不会告诉对方您是否已满 60 周岁。",
		{Name: "age_over_60"}:                              "",
		{Name: "birthday", Given: true}:                    "",
	} {
		if got := s.Line(i); got != want {
			t.Errorf("%+v: %q, want %q", i, got, want)
		}
	}
	if got := (client.Statement{Locale: "fr"}).Line(client.Item{Name: "result", Given: true}); got != "" {
		t.Errorf("unknown locale speaks: %q", got)
	}
}

func TestParseStatementRefuses(t *testing.T) {
	good := wine("en").Bytes()
	for name, b := range map[string][]byte{
		"empty":          nil,
		"line end after": append(bytes.Clone(good), '\n'),
		"carriage":       bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
		"other time":     bytes.Replace(good, []byte("2 March"), []byte("3 March"), 1),
		"other zone":     bytes.Replace(good, []byte("+08:00"), []byte("+09:00"), 1),
		"line missing":   bytes.Replace(good, []byte("They do not learn your name, birthday, document, phone number, net number or device.\n"), nil, 1),
		"too long":       bytes.Repeat([]byte("a\n"), 5000),
		"mixed language": bytes.Replace(good, []byte("Request: "), []byte("请求编号："), 1),
	} {
		if _, err := client.ParseStatement(b); !errors.Is(err, client.ErrStatement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func crossed(locale string) client.Statement {
	s := meant(locale, "sign_in")
	s.Across = true
	return s
}

// What crosses two devices says so in one line of its own, and no other statement does.
func TestStatementAcrossTwoDevices(t *testing.T) {
	for locale, line := range map[string]string{
		"en":    "This crosses two devices: the answer goes to the browser on the other device, which showed the code.",
		"zh-CN": "这次核验跨两台设备：结果交给另一台设备上显示二维码的浏览器。",
	} {
		s := crossed(locale)
		lines := s.Lines()
		if len(lines) < 4 || lines[3] != line {
			t.Fatalf("%q", lines)
		}
		got, err := client.ParseStatement(s.Bytes())
		if err != nil || !got.Across || got.Intent != "sign_in" {
			t.Errorf("%+v %v", got, err)
		}
		twice := strings.Replace(string(s.Bytes()), line, line+"\n"+line, 1)
		if _, err := client.ParseStatement([]byte(twice)); err == nil {
			t.Error("said twice")
		}
		if got, err := client.ParseStatement(meant(locale, "sign_in").Bytes()); err != nil || got.Across {
			t.Errorf("%+v %v", got, err)
		}
	}
}

func FuzzParseStatement(f *testing.F) {
	f.Add(wine("zh-CN").Bytes())
	f.Add(wine("en").Bytes())
	f.Add(meant("en", "register").Bytes())
	f.Add(crossed("en").Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := client.ParseStatement(b)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Bytes(), b) {
			t.Fatalf("%q renders to %q", b, s.Bytes())
		}
		for _, r := range string(b) {
			if r < 0x20 && r != '\n' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Fatalf("%U came through", r)
			}
		}
	})
}
