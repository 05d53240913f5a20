package law

// article12: security, storage at home.
func article12() Article {
	return Article{Number: 12, Kind: IsDuty, Effective: effective(),
		Title:   t("安全与境内存储", "Security, storage at home"),
		Summary: t("建立安全管理制度与技术防护;境内存储;发生事件立即处置、告知、报告。", "Security management and protection; storage within the country; incidents are handled, told and reported at once."),
		Met:     t("账本防篡改;库中无明文;处置流程随运营控制台提供。", "A tamper-evident ledger; no plaintext in the store; incident handling comes with the operator console."),
	}
}
