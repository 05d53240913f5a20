package client

import (
	"strconv"
	"strings"
)

// words are the sentences of a statement in one language. Changing one of
// them makes every approval that was signed over the old words fail, so an
// old wording is kept as a locale version of its own, never edited.
type words struct {
	open, asks, verify string // Party open Domain asks Service verify
	why                string
	intent             [3]string // as intents names them
	across             string    // where it crosses two devices
	learn, keep        func(what string) string
	alone              string // after an optional item that is given
	result             string
	standing           func(days string) string
	age                func(years string) (is, never string)
	again              func(days string) (given, withheld string)
	held               func(age bool) (given, withheld string) // what a wallet is to hold
	plain              [4]string                               // as plainNames has them: what of a person is told
	told, matched      func(what, days, basis string) string
	yours              string
	matches            func(what string) string // what a match would tell
	never              func(what []string) string
	rest               [3]string // the document, and what is never told
	how                [4]string // as modes names them
	request            string
	time, clock, stamp string
}

// itemNames are the items that a statement can speak of.
func itemNames() []string {
	return []string{"result", "age_over_14", "age_over_18", "age_over_60", "offline_7", "offline_30", "offline_90", "standing_90", "attest_person", "attest_age"}
}

// item is the sentence of one item, "" if the item cannot be stated.
func (w *words) item(i Item) string {
	var given, withheld string
	switch i.Name {
	case "result":
		given = w.result
	case "age_over_14", "age_over_18", "age_over_60":
		is, never := w.age(i.Name[len("age_over_"):])
		given, withheld = w.learn(is+never), w.keep(is)
	case "offline_7", "offline_30", "offline_90":
		if i.Optional { // nobody may be made to
			given, withheld = w.again(i.Name[len("offline_"):])
		}
	case "attest_person", "attest_age":
		given, withheld = w.held(i.Name == "attest_age")
	case "standing_90":
		if i.Given && i.Optional {
			return w.standing("90") // who does not want it reads no line
		}
	}
	if what, match := w.what(i.Name); what != "" && i.Optional { // plain text is never a condition
		given, withheld = w.disclosed(i.Name, strconv.Itoa(i.Days), i.Basis), w.keep(what)
		if match {
			withheld = w.keep(w.matches(what))
		}
	}
	switch {
	case given == "" || !i.Given && !i.Optional:
		return ""
	case !i.Given:
		return withheld
	case i.Optional && withheld != "":
		return given + w.alone
	case i.Optional:
		return ""
	}
	return given
}

// modes are the ways of proof, in the order of words.how.
func modes() [4]string {
	return [4]string{"urn:netid:acr:cert", "urn:netid:acr:cert-pwd", "urn:netid:acr:cert-face", "urn:netid:acr:cert-pwd-face"}
}

// mode is the sentence of a way of proof, "" where there is none.
func (w *words) mode(m string) string {
	for i, known := range modes() {
		if m == known {
			return w.how[i]
		}
	}
	return ""
}

// intents are what a verification may be for, in the order of words.intent.
func intents() [3]string { return [3]string{"register", "sign_in", "reverify"} }

// purpose is the sentence of what a verification is for, "" where there is none.
func (w *words) purpose(intent string) string {
	for i, known := range intents() {
		if intent == known {
			return w.intent[i]
		}
	}
	return ""
}

func wordsIn(locale string) (words, bool) {
	switch locale {
	case "zh-CN":
		return chinese(), true
	case "en":
		return english(), true
	}
	return words{}, false
}

func chinese() words {
	return words{
		open: "（", asks: "）请求由 ", verify: " 核验您的身份。",
		why: "用途（对方自述）：",
		intent: [3]string{
			"这次核验：为您注册一个新账号。",
			"这次核验：让您登录已有的账号。",
			"这次核验：确认已有账号背后仍是同一个人。",
		},
		across: "这次核验跨两台设备：结果交给另一台设备上显示二维码的浏览器。",
		learn:  func(what string) string { return "对方会得知" + what },
		keep:   func(what string) string { return "我们不会告诉对方" + what + "。" },
		alone:  "这一项由您单独同意。",
		result: "对方会得知这个账号背后是一位真实且唯一的人，并得到一个只供其使用的代号。",
		standing: func(days string) string {
			return "今后 " + days + " 天内，我在这台设备上为同一用途登录对方时，不必再问我；我可以随时取消。"
		},
		age: func(years string) (string, string) {
			return "您是否已满 " + years + " 周岁", "：只有“是”或“否”，绝不是您的生日。"
		},
		again: func(days string) (string, string) {
			return "此后 " + days + " 天内，对方可以在您不在场时再次得知这一核验是否仍然有效；您可以随时撤回。",
				"对方请求此后 " + days + " 天内在您不在场时再次得知，我们不会告诉对方。"
		},
		held: func(age bool) (string, string) {
			const how = "每次最多 32 份，每份用一次，北京时间当天 24 时失效。您在哪里出示，我们不会得知。"
			if age {
				return "这个钱包会替您保存年龄证明：出示时可以说明您是真实的人，以及您选择说明的：是否已满 14、18、60 周岁，绝不是您的生日。" + how, "我们不会把年龄证明交给这个钱包。"
			}
			return "这个钱包会替您保存真人证明：出示时只说明您是真实的人。" + how, "我们不会把真人证明交给这个钱包。"
		},
		plain: [4]string{"姓名", "生日", "证件号码", "手机号"},
		told: func(what, days, basis string) string {
			return "对方会得知您的" + what + "，最多保存 " + days + " 天。对方所依据的法律：" + basis + "。"
		},
		matched: func(what, days, basis string) string {
			return "对方会得知您的" + what + "与其持有的是否一致：只有“是”或“否”，最多保存 " + days + " 天。对方所依据的法律：" + basis + "。"
		},
		yours:   "您的",
		matches: func(what string) string { return what + "与其持有的是否一致" },
		never: func(what []string) string {
			last := len(what) - 1
			return "对方不会得知您的" + strings.Join(what[:last], "、") + "和" + what[last] + "。"
		},
		rest: [3]string{"证件", "网号", "设备"},
		how: [4]string{
			"核验方式：这台设备上的网证。",
			"核验方式：这台设备上的网证和您的口令。",
			"核验方式：这台设备上的网证和本机人脸确认。",
			"核验方式：这台设备上的网证、您的口令和本机人脸确认。",
		},
		request: "请求编号：",
		time:    "时间：", clock: "2006年1月2日 15:04:05", stamp: "（北京时间），",
	}
}

func english() words {
	return words{
		open: " (", asks: ") asks ", verify: " to verify you.",
		why: "Why they ask, in their own words: ",
		intent: [3]string{
			"What this is for: to register a new account.",
			"What this is for: to sign in to an account that you have.",
			"What this is for: to confirm that the same person still stands behind an account.",
		},
		across: "This crosses two devices: the answer goes to the browser on the other device, which showed the code.",
		learn:  func(what string) string { return "They learn " + what },
		keep:   func(what string) string { return "We will not tell them " + what + "." },
		alone:  " You agree to this one separately.",
		result: "They learn that a real, unique person stands behind this account, under a name made only for them.",
		standing: func(days string) string {
			return "For the next " + days + " days I need not be asked again when I sign in there from this device for the same purpose; I can end this at any time."
		},
		age: func(years string) (string, string) {
			return "whether you are " + years + " or over", ": yes or no, never your birthday."
		},
		again: func(days string) (string, string) {
			return "For " + days + " days they may be told again, without you, that this still holds. You can end that at any time.",
				"They asked to be told again for " + days + " days, without you. We will not tell them."
		},
		held: func(age bool) (string, string) {
			const how = " At most 32 at a time, each for one use, and over at 24:00 of the day, Beijing time. We are not told where you show them."
			if age {
				return "This wallet will keep proofs of age for you: shown, they say that you are a real person, and what you choose of whether you are 14, 18 or 60 or over, never your birthday." + how, "We will give this wallet no proofs of age."
			}
			return "This wallet will keep proofs of a real person for you: shown, they say that you are one, and nothing else." + how, "We will give this wallet no proofs of a real person."
		},
		plain: [4]string{"name", "birthday", "document number", "phone number"},
		told: func(what, days, basis string) string {
			return "They learn your " + what + " and may keep it for " + days + " days. The law that they cite: " + basis + "."
		},
		matched: func(what, days, basis string) string {
			return "They learn whether your " + what + " is the one that they hold: yes or no. They may keep the answer for " + days + " days. The law that they cite: " + basis + "."
		},
		yours:   "your ",
		matches: func(what string) string { return "whether " + what + " is the one that they hold" },
		never: func(what []string) string {
			last := len(what) - 1
			return "They do not learn your " + strings.Join(what[:last], ", ") + " or " + what[last] + "."
		},
		rest: [3]string{"document", "net number", "device"},
		how: [4]string{
			"How you prove it: the net certificate on this device.",
			"How you prove it: the net certificate on this device and your passcode.",
			"How you prove it: the net certificate on this device and a face check on it.",
			"How you prove it: the net certificate on this device, your passcode and a face check on it.",
		},
		request: "Request: ",
		time:    "Time: ", clock: "2 January 2006, 15:04:05", stamp: " (Beijing time), ",
	}
}
