package law

import "slices"

// Obligations are the rows A1-1 to A16-1 and X-1, each met or said to be owed.
func Obligations() []Obligation {
	return slices.Concat(forPeople(), forParties(), forData(), forTheService())
}

// forPeople: articles 1 to 5.
func forPeople() []Obligation {
	return []Obligation{
		row("A1-1", "写明所依据的五部法律和部门令，以及施行日期", "The five laws and the decree are named, with the day in force", "internal/law TestTheLawsAreNamed"),
		row("A2-1", "网号为字母和数字，随机产生，不含也不推算自身份信息；一人只有一个有效的网号", "A number is letters and digits, random, derived from nothing; one active number a person",
			"internal/identity TestNumberIsRandomAndChecked", "internal/identity TestNumberIsUniform", "internal/act/enrol TestParallelEnrolmentsOfOnePerson"),
		row("A2-2", "网证承载网号和非明文信息，签名、加密，对平台不可读，与设备密钥绑定", "A certificate is signed, sealed, opaque to parties and bound to a device key", "internal/token/netcert TestNetCertificate"),
		row("A2-3", "登记和核验都不用明文", "Registering and verifying both work without plain text", ". TestJourney"),
		row("A2-4", "一个人以多种证件申领，只有一个网号", "One person with several documents has one number", "internal/act/enrol TestSecondDocumentKeepsTheNumber", "internal/act/enrol TestDocumentsOfOnePerson"),
		row("A3-1", "各部门在职责范围内查看，只读", "Supervisors read within their remits, and read only", "internal/law TestRemits", "internal/web/operator TestSupervisionIsRead").
			owes("公安、网信部门查看监管事项的页面已有；行业主管部门只看数字：登记中没有写明平台属于哪个行业。", "Public security and cyberspace read what is due at the console; a department of a sector reads figures alone, since no party says of which sector it is."),
		row("A4-1", "证件须当天有效；过期、注销、挂失的，说明理由并拒绝", "The document is valid on the day; expired, cancelled or lost is refused with its reason", "test/kit TestALostDocumentHoldsTheNumberUntilAnother"),
		row("A4-2", "自愿：随时可以停下，停下什么也不留", "Voluntary: one can stop at every step, and nothing is left", "internal/act/enrol TestCancelLeavesNothing", "internal/web/citizen TestRefusingKeepsNothing"),
		row("A4-3", "不满十四周岁：监护人同意并代为申领", "Under 14 a guardian consents and applies", "test/kit TestAMinorsApplication", "test/kit TestWhoIsNoGuardian"),
		row("A4-4", "十四至十七周岁：在监护人的监护下申领", "From 14 to 17 one applies under a guardian's supervision", "test/kit TestAMinorsApplication"),
		row("A4-5", "满十四、十八周岁的当天规则随之改变，按北京时间", "Rules change on the 14th and 18th birthday, by Beijing's date", "internal/identity TestAgeTurnsAtMidnightInShanghai", "test/kit TestBirthdaysOfAMinor", "test/kit TestEighteen"),
		row("A5-1", "依法需要登记、核验真实身份的，登记用途；明文须写明所依据的法律", "Who verifies real identity registers why, and for plain text the law", "internal/act/admit TestRegister"),
		row("A5-2", "不满十四周岁的每次使用，须监护人同意，可以收回", "Under 14 a guardian agrees to each use, and can take it back", "test/kit TestAChildsUse", "internal/web/citizen TestAChildWaits"),
	}
}

// forParties: articles 6 to 8.
func forParties() []Obligation {
	return []Obligation{
		row("A6-1", "没有“必须使用”的设置", "There is no setting that makes it compulsory", "internal/law TestNothingMakesItCompulsory"),
		row("A6-2", "保留其他合法方式，登记时写明，每年复核", "Another lawful way stays open, and is named at registration; it is looked at each year", "internal/law TestOffers", "internal/act/supervise TestOtherWaysAreReviewedEachYear"),
		row("A7-1", "平台自愿接入，可以退出，退出后密钥和令牌失效", "Platforms join voluntarily and can leave; keys and tokens end", "internal/act/verify TestSuspendedPartyGetsNothing", "cmd/netid TestTheOperatorOfAProductionServer"),
		row("A7-2", "验证通过后不得另行索取明文，法律另有规定或者本人同意的除外；违反的可以停用", "No plain text on top, unless law or the person says so; who breaks it can be stopped", "internal/act/verify TestSuspendedPartyGetsNothing").
			owes("平台在本服务之外索取什么，软件看不到。", "What a platform asks outside of the service no software of ours sees."),
		row("A7-3", "未使用的用户享有同等服务；答复里没有等级", "Equal service for who does not use it; no answer has a rank", "internal/act/verify TestResultOnlyByDefault", "internal/act/supervise TestOtherWaysAreReviewedEachYear"),
		row("A8-1", "默认只给核验结果", "By default the result alone", "internal/act/verify TestResultOnlyByDefault"),
		row("A8-2", "确需明文的：依据、逐项单独同意、只加密给该平台", "Plain text needs a basis, a separate consent for each item, and is sealed to that party",
			"internal/act/verify TestPlainTextItemByItem", "internal/web/citizen TestPlainTextIsAskedItemByItem"),
		row("A8-3", "未经单独同意不得另作他用；明文带有用途，发出有记录；逾期未答复的删除请求成为案件", "No other use without a separate consent; plain text carries its purpose, and each release is on record; requests to erase that are left unanswered are a case",
			"internal/web/citizen TestPlainTextIsOnRecord", "internal/act/supervise TestUnansweredErasuresAreACase", "internal/act/supervise TestPlainTextIsGoneByItsDay").
			owes("平台收到以后怎样使用，软件看不到，须靠监督。", "What a platform does with it afterwards no software of ours sees: that needs supervision."),
	}
}

// forData: articles 9 to 11.
func forData() []Obligation {
	return []Obligation{
		row("A9-1", "只收集必需的信息；每一列都有说明", "Only the necessary is collected; every column is accounted for", "internal/store/sqlite TestPrivacyNamesEveryColumn"),
		row("A9-2", "处理之前先告知并取得同意", "Notice and consent come before processing", "internal/web/citizen TestStepsComeInTheirOrder"),
		row("A9-3", "敏感的步骤（证件、人脸、不满十四周岁）须单独同意，由设备签名的文字为书面", "Sensitive steps (document, face, under 14) need their own consent; words that a device signed are writing", "internal/law TestAConsentIsHeldAgainstItsWords", "internal/act/verify TestApprovalIsCheckableOffline"),
		row("A9-4", "不作他用，不外传", "For nothing else, and to nobody else", "internal/act/look TestRecordsAreOnesOwn", ". TestTheHouseStands"),
		row("A9-5", "要求时立即删除，法律要求保留的除外，回执写明", "Erased at once when asked, but for what law keeps; the receipt lists it", "internal/store/sqlite TestNothingRemains", "internal/act/erase TestReceiptSaysWhatIsHeld"),
		row("A10-1", "年龄标识是一个“是”或“否”，从不是日期，可以单独拒绝", "An age mark is a yes or a no, never a date, and can be refused alone", "internal/act/verify TestAgeMarkIsABooleanAndOneMayRefuseIt"),
		row("A11-1", "处理前完整告知；缺一项即不能用；文字一变即换版本", "A complete notice first; one that lacks an item cannot be used; changed words are a new version", "internal/law TestLint", "internal/law TestLintDemands", "internal/law TestEachVersionKeepsItsWords"),
		row("A11-2", "敏感信息：另告知必要性和影响", "For the sensitive also why it is necessary and what it means", "internal/law TestLint"),
		row("A11-3", "依法保密的例外：须有法律依据、两名批准人和终止日", "An exception of secrecy needs the law, two approvers and an end", "internal/law TestSecrecy").
			owes("只有依法协助可以延后告知；其他一律先告知。", "Lawful assistance alone may be told later; everything else is told first."),
		row("A11-4", "紧急情况消除后及时告知：结束后起算时限，逾期告警", "After an emergency one is told promptly: its end starts the clock, and an alarm follows", "internal/law TestEmergency", "internal/act/supervise TestEmergencies").
			owes("紧急处理由工作人员登记；程序自身没有任何不先告知的做法。", "An emergency is what staff write down; nothing in the program processes before it tells."),
	}
}

// forTheService: articles 12 to 16, and the official explanation.
func forTheService() []Obligation {
	return []Obligation{
		row("A12-1", "安全管理、技术防护和监督：账本防篡改，双人复核", "Management, protection, supervision: a tamper-evident ledger, two-person control", "test/kit TestTampering", "internal/ledger TestVerifyRollback", "cmd/netid TestTheOperatorOfAProductionServer", "internal/act/staff TestRoleActionMatrix", "cmd/netid TestLedgerVerifyChecksDecisions").
			owes("能登上运行本服务的机器的人，由操作系统约束，本程序管不到；他们用不了经办人的密钥，也改不了账本而不被发现。", "Who reaches the machine itself is held by its operating system and not by this program: such a person has no officer's key, and changes no ledger unseen."),
		row("A12-2", "境内存储；向境外提供须先评估", "Stored at home; exported only after an assessment", "internal/law TestRegion", "cmd/netid TestServeNeedsItsRegion", "internal/act/supervise TestTheGate", "cmd/netid TestSignalsPassTheGate").
			owes("存储地点和推送服务所在地是运营者的声明；软件看不到硬盘在哪里。", "Where it is stored, and where a push service stands, is the operator's declaration: no program sees where a disk stands."),
		row("A12-3", "安全事件：立即处置、告知用户、报告", "Incidents: act at once, tell people, report", "internal/law TestIncident", "internal/law TestIncidentNotice", "cmd/netid TestDrillLeakedKey").
			owes("给主管部门的报告写成文书，由人送达；程序自己不向任何部门发送。", "The report to the authorities is a document that people hand in: the program itself sends it to nobody."),
		row("A13-1", "商用密码：SM2、SM3、SM4，清单，启动自检", "State cryptography: SM2, SM3, SM4, an inventory, a self-test at the start", "internal/suite TestSelfTest", "cmd/netid TestNothingStartsWithoutASelfTest", "cmd/netid TestCryptoInventory").
			owes("实现是软件，不是经过认证的密码模块。", "It is software and no certified module."),
		row("A14-1", "逐条的证据包", "An evidence pack for each article", "cmd/netid TestComplianceExport", "cmd/netid TestThePackHasSupervision"),
		row("A14-2", "工作人员的每次操作都有理由、可复核；单人紧急操作须在 72 小时内由他人复核", "What staff do has reasons and is reviewed; what one did alone in need, by another within 72 hours", "internal/law TestBreakGlass", "internal/web/operator TestTwoGiveATicketAndLetSomethingOut", "test/kit TestAPersonLooksAtTheThirdWithinADay").
			owes("单人紧急操作发生在本程序之外，由操作人登记；没有登记的，软件看不到。", "What one does alone in need is done outside of the program and written down by who did it: what nobody writes down no program sees."),
		row("A15-1", "七种法定证件，其他的一律不认", "Seven kinds of documents, and nothing else", "cmd/netid TestSevenDocumentsThroughThePages", "internal/connector/document TestForeignPassportsAreNotOnTheList"),
		row("A16-1", "自 2025-07-15 起施行；规则有日期和版本；同意以当天的告知为准", "In force from 2025-07-15; rules have dates and versions; a consent follows the notice of its day", "internal/law TestAConsentFollowsTheNoticeOfItsDay", "internal/law TestOldDecisionsStayExplainable", "internal/law TestEachRuleKeepsItsWords"),
		row("X-1", "依法协助只限两类：网号、网证对应的真实身份，和认证日志", "Lawful assistance gives two kinds alone: the real identity behind a number or certificate, and its authentication log", "internal/law TestAssistance", "internal/act/assist TestAnAssistanceFromEndToEnd", "internal/act/assist TestAPseudonymFindsOnePerson", "internal/officer TestWhatIsGivenIsTwoThings", "test/kit TestRootWithoutTheOfficersOpensNothing"),
	}
}
