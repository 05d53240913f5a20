package sandbox

import "netid/internal/identity"

// moved are the people of the other documents, and of documents that change.
func moved() []plan {
	card := func(id string, kind identity.DocumentKind, years int) planned {
		return planned{id: id, kind: kind, years: years}
	}
	return []plan{
		{word: "hongkong", zh: "林港", en: "Lin Gang", years: 35, cards: []planned{card("hongkong-permit", identity.PermitHongKong, 6)},
			note: text("香港居民，芯片由模拟的签发机关签名。", "A Hong Kong resident; the chip is signed by a simulated issuer.")},
		{word: "taiwan", zh: "林台", en: "Lin Tai", years: 28, cards: []planned{card("taiwan-permit", identity.PermitTaiwan, 3)},
			note: text("台湾居民，芯片由模拟的签发机关签名。", "A Taiwan resident; the chip is signed by a simulated issuer.")},
		{word: "hk-resident", zh: "林居", en: "Lin Ju", years: 44, cards: []planned{card("hk-resident-card", identity.ResidenceHK, 4), card("hk-resident-permit", identity.PermitHongKong, 7)},
			note: text("居住在内地的香港居民，两张证件，同一个网号。", "A Hong Kong resident who lives on the mainland: two documents, one net number.")},
		{word: "tw-resident", zh: "林岛", en: "Lin Dao", years: 52, cards: []planned{card("tw-resident-card", identity.ResidenceTaiwan, 2)},
			note: text("居住在大陆的台湾居民。", "A Taiwan resident who lives on the mainland.")},
		{word: "foreigner", zh: "安娜", en: "Anna", years: 39, cards: []planned{card("foreigner-card", identity.ForeignPermanent, 8),
			{id: "foreigner-old-card", kind: identity.ForeignPermanent, years: 1, old: true, note: text("2023 年 12 月以前的旧卡，15 位号码。", "The card of before December 2023, with a number of 15.")}},
			note: text("永久居留的外国人，18 位号码的新卡。", "A foreigner with permanent residence; the new card, with a number of 18.")},

		{word: "renewing", zh: "换证", en: "Huan Zheng", years: 46, cards: []planned{{id: "renewing-card", kind: identity.ResidentCard, months: 2},
			{id: "renewing-new-card", kind: identity.ResidentCard, years: 20, note: text("换领的新卡，号码不变，有效期变长。", "The renewed card: the same number, a longer validity.")},
			{id: "renewing-name-card", kind: identity.ResidentCard, years: 19, renamed: "改名", note: text("改名以后的卡。", "The card after a change of name.")},
			{id: "renewing-number-card", kind: identity.ResidentCard, years: 18, corrected: true, note: text("号码更正以后的卡。", "The card after its number was corrected.")}},
			note: text("两个月后到期的卡。登记后，在“我的证件”里换成下面几张试试。", "A card that ends in two months. Enrol with it, then put one of the next in its place under My documents.")},
		{word: "at-home", zh: "在国内", en: "Zai Guonei", years: 30, cards: []planned{{id: "at-home-passport", kind: identity.PassportAbroad, years: 5, atHome: true}},
			note: text("居住在国内的人的护照，不在清单上：会被拒绝。", "The passport of somebody who lives at home is not on the list: refused.")},
	}
}
