package sandbox

import (
	"fmt"
	"time"

	"netid/internal/identity"
)

// person is a row of the population register.
type person struct {
	Word      string                `json:"word"`
	Handle    identity.PersonHandle `json:"handle"`
	Name      identity.Text         `json:"name"`
	Birth     identity.Date         `json:"birth"`
	Phone     string                `json:"phone"`
	Guardians []string              `json:"guardians,omitempty"` // code words
	Kin       []string              `json:"kin,omitempty"`       // code words of other close relatives
	Documents []registered          `json:"documents"`
}

// registered is a document as the register knows it.
type registered struct {
	Kind    identity.DocumentKind `json:"kind"`
	Number  string                `json:"number"`
	Expires identity.Date         `json:"expires"`
	Long    bool                  `json:"long_term,omitempty"`
	Lost    bool                  `json:"lost,omitempty"`
	AtHome  bool                  `json:"at_home,omitempty"` // a passport whose holder is not settled abroad: none of article 15
}

// plan is one person to be: who they are and which cards they carry.
type plan struct {
	word       string
	zh, en     string // after the sandbox's prefix: "林一", "Lin Yi"
	years      int    // of age at the founding
	birthday   int    // that birthday is so many days after the founding; 0: some weeks ago
	guardians  []string
	kin        []string // other close relatives, whose kin this one is too
	cards      []planned
	note       identity.Text
	wrongDigit bool // the number carries a check character that is wrong
}

// planned is one card to be.
type planned struct {
	id        string
	kind      identity.DocumentKind
	years     int // validity left at the founding; negative: over since so many
	months    int // and these
	long      bool
	lost      bool
	atHome    bool
	old       bool   // a foreigner's card with the number of before December 2023
	corrected bool   // the number is another than on the person's other card
	renamed   string // the name on it, when it is not the person's on the others: "林二"
	note      identity.Text
	flavor    flavor
}

// flavor is how a passport's chip differs from a plain good one.
type flavor string

const (
	plain   flavor = ""
	rsaChip flavor = "rsa"     // answers with RSA (ISO 9796-2) instead of ECDSA
	altered flavor = "altered" // DG1 was changed after it was signed
	foreign flavor = "foreign" // signed under a root that nobody configured
	cloned  flavor = "cloned"  // a copy of a chip without active authentication: nothing tells them apart
	agreed  flavor = "agreed"  // proves itself by agreeing on keys, and has none to sign with
	copied  flavor = "copied"  // the files of such a chip, and not its key
)

// plans is everybody. The order gives the numbers; do not reorder.
func plans() []plan {
	cards := func(c ...planned) []planned { return c }
	id := func(name string, years int) planned {
		return planned{id: name, kind: identity.ResidentCard, years: years}
	}
	book := func(name string, years int, f flavor) planned {
		return planned{id: name, kind: identity.PassportAbroad, years: years, flavor: f}
	}
	all := []plan{
		{word: "adult", zh: "林一", en: "Lin Yi", years: 31, cards: cards(id("adult-card", 12), book("adult-passport", 7, rsaChip)),
			note: text("定居国外；两张证件属于同一个人，会得到同一个网号。", "Lives abroad. Both documents are the same person's and lead to one net number.")},
		{word: "elder", zh: "林老", en: "Lin Lao", years: 76, cards: cards(planned{id: "elder-card", kind: identity.ResidentCard, long: true}),
			note: text("长期有效的居民身份证。", "A resident card of long-term validity.")},
		{word: "overseas", zh: "林远", en: "Lin Yuan", years: 42, cards: cards(book("overseas-passport", 6, plain)),
			note: text("定居国外的中国公民。", "A Chinese citizen who lives abroad.")},

		{word: "expired-card", zh: "过期", en: "Guo Qi", years: 45, cards: cards(id("expired-card", -1)),
			note: text("已过有效期：会被拒绝。", "Past its validity: refused.")},
		{word: "expired-passport", zh: "旧照", en: "Jiu Zhao", years: 38, cards: cards(book("expired-passport", -1, plain)),
			note: text("已过有效期：会被拒绝。", "Past its validity: refused.")},
		{word: "altered-passport", zh: "改写", en: "Gai Xie", years: 29, cards: cards(book("altered-passport", 5, altered)),
			note: text("芯片中的姓名在签名后被改写：会被拒绝。", "The name on the chip was changed after signing: refused.")},
		{word: "foreign-passport", zh: "外签", en: "Wai Qian", years: 33, cards: cards(book("foreign-passport", 5, foreign)),
			note: text("由不受信任的根证书签发：会被拒绝。", "Signed under a root that is not trusted: refused.")},
		{word: "cloned-passport", zh: "复制", en: "Fu Zhi", years: 36, cards: cards(book("cloned-passport", 5, cloned)),
			note: text("复制的芯片，不能应答质询：会被拒绝。", "A copied chip that cannot answer a challenge: refused.")},
		{word: "lost-card", zh: "挂失", en: "Gua Shi", years: 50, cards: cards(planned{id: "lost-card", kind: identity.ResidentCard, years: 9, lost: true}),
			note: text("已挂失：会被拒绝。", "Reported lost: refused.")},
		{word: "child", zh: "小苗", en: "Xiao Miao", years: 9, cards: cards(id("child-card", 3)),
			note: text("未满十四周岁：须由监护人代为申请。", "Under 14: a guardian applies.")},
		{word: "youth", zh: "小树", en: "Xiao Shu", years: 16, cards: cards(id("youth-card", 8)),
			note: text("十四至十七周岁：须在监护人监护下申请。", "14 to 17: applies under a guardian's supervision.")},
		{word: "wrong-digit", zh: "错码", en: "Cuo Ma", years: 27, cards: cards(id("wrong-digit-card", 10)), wrongDigit: true,
			note: text("号码的校验位不对：会被拒绝。", "The number's check character is wrong: refused.")},
	}
	for i, name := range []string{"甲 Jia", "乙 Yi", "丙 Bing", "丁 Ding", "戊 Wu", "己 Ji"} {
		var zh, en string
		fmt.Sscan(name, &zh, &en)
		word := fmt.Sprintf("trial-%d", i+1)
		all = append(all, plan{word: word, zh: "试" + zh, en: "Shi " + en, years: 22 + 7*i, cards: cards(id(word+"-card", 11)),
			note: text("供试用的普通成年人。", "An ordinary adult to try things with.")})
	}
	all = append(all, plan{word: "lost-phone", zh: "丢机", en: "Diu Ji", years: 34, cards: cards(id("lost-phone-card", 9)),
		note: text("供试用“手机丢了”的成年人。", "An adult to try a lost phone with.")})
	for _, p := range []plan{
		{word: "frozen", zh: "止用", en: "Zhi Yong", years: 35, note: text("申领后即由本人冻结：使用会被拒绝。", "Freezes the number right after enrolling: refused.")},
		{word: "revoked", zh: "失证", en: "Shi Zheng", years: 41, note: text("申领后证件即告挂失：网号停用。", "The document is reported lost right after enrolling: the number stands still.")},
		{word: "deceased", zh: "故人", en: "Gu Ren", years: 83, kin: []string{"adult"}, note: text("申领后登记机关即告知已去世：网号关闭。林一是其近亲属。", "The register says, right after enrolling, that this person died: the number is closed. Lin Yi is a close relative.")},
	} {
		p.cards = cards(id(p.word+"-card", 8))
		all = append(all, p)
	}
	all = append(append(all, moved()...), families()...)
	return append(all,
		plan{word: "agreeing", zh: "林钥", en: "Lin Yao", years: 37, cards: cards(book("agreeing-passport", 6, agreed)),
			note: text("芯片不签名，靠协商密钥证明自己：请用 netid reader 读取。", "A chip that signs nothing and proves itself by agreeing on keys: read it with netid reader.")},
		plan{word: "copied-passport", zh: "仿制", en: "Fang Zhi", years: 41, cards: cards(book("copied-passport", 5, copied)),
			note: text("复制了这种芯片的文件，没有它的密钥：会被拒绝。", "A copy of such a chip's files without its key: refused.")})
}

// families are minors and those who answer for them.
func families() []plan {
	card := func(word string, years int) []planned {
		return []planned{{id: word + "-card", kind: identity.ResidentCard, years: years}}
	}
	both := []string{"guardian", "guardian-2"}
	return []plan{
		{word: "guardian", zh: "林母", en: "Lin Mu", years: 38, cards: card("guardian", 12),
			note: text("下列未成年人的监护人。", "A guardian of the minors below.")},
		{word: "guardian-2", zh: "林父", en: "Lin Fu", years: 40, cards: card("guardian-2", 12),
			note: text("九岁孩子的另一位监护人。", "The other guardian of the child of nine.")},
		{word: "infant", zh: "林宝", en: "Lin Bao", years: 0, guardians: both[:1], cards: card("infant", 3),
			note: text("婴儿：监护人代为申领，并决定每次使用。", "An infant: the guardian applies and decides each use.")},
		{word: "child-9", zh: "林童", en: "Lin Tong", years: 9, guardians: both, cards: card("child-9", 3),
			note: text("九岁：监护人代为申领，并决定每次使用。", "Nine years old: a guardian applies and decides each use.")},
		{word: "teen-16", zh: "林少", en: "Lin Shao", years: 16, guardians: both[:1], cards: card("teen-16", 8),
			note: text("十六岁：在监护人监护下申领，自己使用。", "Sixteen: applies with a guardian's agreement, uses it alone.")},
		{word: "turning-14", zh: "林将", en: "Lin Jiang", years: 14, birthday: 1, guardians: both[:1], cards: card("turning-14", 3),
			note: text("沙盒建立次日满十四周岁。", "Turns fourteen the day after the sandbox was made.")},
		{word: "turning-18", zh: "林成", en: "Lin Cheng", years: 18, birthday: 1, guardians: both[:1], cards: card("turning-18", 8),
			note: text("沙盒建立次日满十八周岁。", "Turns eighteen the day after the sandbox was made.")},
	}
}

func text(zh, en string) identity.Text { return identity.Text{ZH: zh, EN: en} }

// born is a birth date that gives this age on the day of the founding, some
// weeks after the last birthday, different for everybody.
func born(years, nth int, today identity.Date) identity.Date {
	d := today.AddMonths(-12*years - 1 - nth%10)
	d.Day = 1 + (nth*5)%28
	if d.Age(today) != years { // a day later in its month than today's
		d = d.AddMonths(-1)
	}
	return d
}

// bornAhead is a birth date that gives this age so many days after the founding.
func bornAhead(years, days int, today identity.Date) identity.Date {
	t := time.Date(today.Year, time.Month(today.Month), today.Day+days, 0, 0, 0, 0, time.UTC)
	if t.Month() == time.February && t.Day() == 29 {
		t = t.AddDate(0, 0, 1)
	}
	return identity.Date{Year: t.Year() - years, Month: int(t.Month()), Day: t.Day()}
}

func phone(nth int) string { return fmt.Sprintf("100%08d", 1+nth) }
