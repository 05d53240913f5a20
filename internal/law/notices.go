package law

// Notices are the texts in force. Each wording has a version; a new wording
// is a new version, and consents to the old one no longer count.
func Notices() []Notice { return []Notice{enrolment(), documentStep(), faceStep()} }

func enrolment() Notice {
	return Notice{ID: "enrolment", Version: "2026-11-23", Title: t("申领网号、网证:告知书", "Applying for a net number and certificate: notice"), Items: []NoticeItem{
		{"who", t("我们是谁", "Who we are"),
			t("{operator}。联系方式:{contact}。", "{operator}. Contact: {contact}.")},
		{"voluntary", t("自愿", "It is voluntary"),
			t("是否申领由您决定。不申领,您照样可以用平台提供的其他方式核验身份。任何一步都可以离开,离开后不留下任何资料。", "Whether you apply is your choice. Without it you can still use the other ways that platforms offer. You may leave at any step, and nothing is kept.")},
		{"purpose", t("为什么处理您的信息", "Why we process your data"),
			t("只为一件事:确认您是真实的本人,然后替您向您选择的平台回答“是”或“否”。不用于其他目的,不作分析,不作推荐。", "For one thing: to be sure that you are a real person and yourself, and then to answer “yes” or “no” for you to the platforms that you choose. For nothing else: no analytics, no recommendations.")},
		{"means", t("怎样处理", "How"),
			t("查验您的证件(居民身份证由主管机关的系统解读,护照由我们查验芯片签名),确认您的手机号,由您的设备生成钥匙。资料加密保存,每个人各用各的密钥。", "We check your document (a resident card is read by the authority's own system; a passport's chip signatures are checked by us), confirm your phone number, and your device makes a key. Data is kept encrypted, under keys of your own.")},
		{"kinds", t("处理哪些信息", "Which data"),
			t("姓名、出生日期、证件种类、证件号码和有效期、手机号。不保存照片,不保存芯片文件,不保存您的口令。", "Name, birth date, kind, number and validity of the document, phone number. Never the photograph, never the chip's files, never your passcode.")},
		{"retention", t("保存多久", "For how long"),
			t("到您注销为止。注销时密钥当场销毁,任何人都无法再读取;账本里只留下看起来像随机数的校验值。申领中途离开的,资料最迟三十分钟后清除。", "Until you leave. When you leave, the keys are destroyed at once and nobody can read the data again; only check values that look random stay in the ledger. If you stop half-way, everything is gone within thirty minutes.")},
		{"rights", t("您的权利", "Your rights"),
			t("查看、复制、更正、撤回同意、冻结、注销;不同意某一平台的请求;要求解释。", "To see, copy and correct your data; to withdraw consent; to freeze; to leave; to refuse any platform's request; to ask why.")},
		{"procedure", t("怎样行使", "How to use them"),
			t("都在您的页面上:“我的记录”可查看并核对证明,“我的资料”可下载和注销,“我用过的平台”可撤回,首页可冻结。更正请再出示一次证件。也可以写信给 {contact}。", "All on your own pages: “My records” to see and check, “My data” to download and to leave, “Platforms I use” to withdraw, your home page to freeze. To correct, show your document again. Or write to {contact}.")},
		{"others", t("谁会得到什么", "Who gets what"),
			t("平台默认只得到核验结果和一个只给它用的代号,得不到您的姓名、生日、证件、手机号和网号。资料保存在境内。法律规定必须协助时,只能提供真实身份和认证日志,并会记录在案。", "By default a platform gets the result and a name made for it alone; not your name, birthday, document, phone or net number. Data is stored within the country. Where law obliges the service to assist, only the real identity and the authentication log can be given, and it is recorded.")},
	}}
}

func documentStep() Notice {
	return Notice{ID: "document", Version: "2026-11-23", Sensitive: true, Title: t("读取证件:单独同意", "Reading your document: separate consent"), Items: []NoticeItem{
		{"purpose", t("为什么", "Why"), t("确认证件是真的、有效的、是您的。", "To be sure that the document is genuine, valid and yours.")},
		{"kinds", t("读取什么", "What is read"), t("姓名、出生日期、证件号码、有效期,以及证明芯片真伪的签名。照片不会离开证件。", "Name, birth date, number, validity, and the signatures that prove the chip. The photograph does not leave the document.")},
		{"retention", t("保存多久", "For how long"), t("芯片文件查验后立即删除;其余到您注销为止。", "The chip's files are deleted right after the check; the rest is kept until you leave.")},
		{"necessity", t("为什么必要", "Why it is necessary"), t("法规要求凭有效法定身份证件申领。不读取证件,就无法知道申领的是您本人。", "The regulation asks for a valid legal identity document. Without reading it nobody could know that it is you.")},
		{"impact", t("对您的影响", "What it may mean for you"), t("证件号码属于敏感信息,一旦泄露可能被冒用。因此我们加密保存,每个人各用各的密钥,平台得不到它。", "A document number is sensitive: leaked, it could be misused. So it is encrypted under a key of your own, and platforms never get it.")},
		{"rights", t("您的权利", "Your rights"), t("随时可以撤回并注销。", "You may withdraw and leave at any time.")},
		{"refusal", t("如果不同意", "If you refuse"), t("申领到此为止,什么都不保存。您可以使用平台提供的其他核验方式。", "The application ends here and nothing is kept. You can use the other ways that platforms offer.")},
	}}
}

func faceStep() Notice {
	return Notice{ID: "face", Version: "2026-11-23", Sensitive: true, Title: t("人脸步骤:单独同意", "The face step: separate consent"), Items: []NoticeItem{
		{"purpose", t("为什么", "Why"), t("由您的设备确认拿着证件的人就是您。", "So that your own device checks that the person holding the document is you.")},
		{"kinds", t("处理什么", "What is processed"), t("您的设备在本机比对人脸,只把“相符”或“不相符”告诉我们。人脸图像和特征不离开您的设备。", "Your device compares the face by itself and tells us only “matches” or “does not match”. Images and features of your face never leave it.")},
		{"retention", t("保存多久", "For how long"), t("不保存人脸。只记录做了这一步以及结果。", "No face is kept. Only that the step was taken, and its result.")},
		{"necessity", t("为什么必要", "Why it is necessary"), t("防止别人拿您的证件申领。这一步并非唯一办法。", "To stop somebody else from applying with your document. It is not the only way.")},
		{"impact", t("对您的影响", "What it may mean for you"), t("人脸属于敏感信息,无法更换,所以我们不接收它。", "A face is sensitive and cannot be changed; that is why we never receive it.")},
		{"rights", t("您的权利", "Your rights"), t("您可以拒绝,也可以以后撤回,不影响已经完成的申领。", "You may refuse, and withdraw later; what was lawful before stays so.")},
		{"refusal", t("如果不同意", "If you refuse"), t("改用不刷脸的方式:核对您的手机号是否为主管机关登记的号码。两种方式效力相同。", "Use the way without a face: we compare your phone number with the one the register holds. Both ways count the same.")},
	}}
}
