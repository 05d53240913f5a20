package law

// article14: liability.
func article14() Article {
	return Article{Number: 14, Kind: IsContext, Effective: effective(),
		Title:   t("法律责任", "Liability"),
		Summary: t("违反第七、八、九、十一、十二条的依法处罚。", "Breaches of articles 7, 8, 9, 11 and 12 are punished by law."),
		Met:     t("账本为每项行为留下依据。", "The ledger keeps the ground of each act."),
	}
}
