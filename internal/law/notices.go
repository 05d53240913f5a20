package law

import "netid/internal/identity"

// wording is the day of the notices' present words. A changed word is a new
// day here: consents to the old text no longer count, and a test that holds
// each version's text says so.
func wording() identity.Date { return identity.Date{Year: 2026, Month: 11, Day: 28} }

// faceWording is that of the notice on the face: since then it says where the photo comes from.
func faceWording() identity.Date { return identity.Date{Year: 2026, Month: 11, Day: 28} }

// Notices are the texts in force: what is read before anything is collected,
// and one for each sensitive step.
func Notices() []Notice { return []Notice{enrolment(), documentStep(), faceStep()} }

func enrolment() Notice {
	return Notice{ID: "enrolment", Subject: "notice", Version: wording().String(), Effective: wording(),
		Title: t("申领网号和网证：个人信息处理告知", "Getting a net number and certificate: how we handle your data"), Items: []NoticeItem{
			{"who", t("我们是谁", "Who we are"),
				t("本服务由 {operator} 运营，并由其对您的个人信息负责。联系方式：{contact}。",
					"{operator} runs this service and answers for your personal data. Contact: {contact}.")},
			{"voluntary", t("全凭自愿", "It is your choice"),
				t("申不申领、用不用，都由您决定。不用本服务，平台也须为您保留其他合法的核验方式，服务不打折扣。申领途中随时可以停下，您填写的内容随即删除。",
					"Whether you get a number, and whether you use it, is up to you. Without it a platform must keep another lawful way open for you, and serve you no worse. You can stop at any step, and what you entered is deleted.")},
			{"purpose", t("为什么处理您的信息", "Why we handle your data"),
				t("只为两件事：确认申领的是您本人；在您每次同意时，把核验结果和您单独同意的内容告诉您选择的平台。不做画像，不做推荐，不作他用。",
					"For two things: to make sure that it is you who applies; and, each time you agree, to tell the platform you chose whether you were verified, and what you agreed to separately. No profiling, no recommendations, nothing else.")},
			{"means", t("怎样处理", "How"),
				t("居民身份证、居住证和外国人永久居留身份证由国家机关的系统解读，护照和通行证的芯片签名由我们核验。我们向登记机关查询您的登记代号，确保一人一号。在柜台办理的，由工作人员读取证件、当面核对本人，工作人员看不到您的手机号和口令，柜台的编号记入您的记录。手机号用短信验证码确认。您的设备生成一把不能导出的密钥，网证与它绑定。资料加密保存，每个人各有自己的密钥。此后证件挂失、换领、到期或者人去世时，登记机关会告知我们，网号随即停用或关闭。",
					"Resident cards, residence permits and foreigners' cards are read by the state's own system; the chip signatures of passports and travel permits are checked by us. At a counter a clerk reads the document and looks at you in person; the clerk sees neither your phone number nor your passcode, and the counter's name stands in your record. We ask the register for its own code for you, so that one person gets one number. A text message confirms your phone. Your device makes a key that cannot be exported, and the certificate is bound to it. What we keep is encrypted, under keys of your own. If your document is later lost, replaced or expires, or you die, the register tells us, and your number is put on hold or closed.")},
			{"kinds", t("我们保存什么", "What we keep"),
				t("姓名、出生日期、手机号；证件的种类、号码、有效期和核验方式；登记机关给您的登记代号；您的网号、各台设备的公钥、核对口令的办法；您的每次同意和每次使用的记录。",
					"Your name, birth date and phone number; kind, number, validity of your document and how it was checked; the register's code for you; your net number, the public key of each device, a way to check your passcode; a record of each consent and each use.")},
			{"never", t("我们从不保存什么", "What we never keep"),
				t("您的照片和人脸；芯片里的文件，核验后立即丢弃；口令本身，我们只能核对，读不出来。您在平台上做什么，我们不知道；您没有回应的请求，我们不记录。",
					"Your photograph and your face; the chip's files, which are dropped right after the check; the passcode itself, which we can check but not read. We do not know what you do on a platform, and we do not record requests that you never answered.")},
			{"retention", t("保存多久", "For how long"),
				t("到您删除为止。没有办完的申领，30 分钟后失效并自动删除；您在柜台领了凭条的，72 小时后删除。为防止骚扰和猜测，短信次数以读不出号码的形式记 24 小时，平台请求核对您信息的次数也记 24 小时；输错口令的次数最多记 30 天，输对一次即清零。网证最长六个月，也不超过证件的有效期，到期可以换领。您删除后，身份资料、网号和您的密钥当场销毁。法律要求留存的记录除外：登录和操作日志六个月，向平台提供信息和您同意的记录三年，自当月底起算。它们封存起来，本服务运行中的系统打不开，任何一个人也打不开，只有多名经办人共同才能打开。到了写明的日期，打开它们的钥匙即行销毁。回执逐项写明日期。此外，账本里只剩谁也认不出您的随机字样。",
					"Until you erase it. An unfinished application ends after 30 minutes and is deleted; after 72 hours where you took a slip at a counter. To stop flooding and guessing, text messages are counted for 24 hours, in a form from which no phone number can be read, and so is how often platforms had your details compared; wrong passcodes are counted for at most 30 days, until you type the right one. A certificate lasts six months at most, and no longer than the document; then you can renew it. When you erase, your identity data, your net number and your keys are destroyed at once. Some records law makes us keep: logs of signing in and of changes for six months; records of what platforms were given and of your consents for three years; each from the end of its month. They are sealed: neither a running system nor any one person opens them, only several officers together. On the printed date the key to them is destroyed. Your receipt lists each date. Otherwise the ledger holds only random-looking marks from which nobody can recognise you.")},
			{"others", t("谁会收到什么", "Who receives what"),
				t("平台只收到核验结果（包括核验方式和时间）和一个只供它使用的代号；经您单独同意，才会多收到“是否已满某个年龄”的一个“是”或“否”。法律要求平台知道您是谁的，平台可以请求您的姓名、生日、证件号码、手机号中的某几项，或者请求核对是否一致；每一项都要您单独同意，只加密发给该平台一次，并写明依据的法律和最多保存多久；不同意就不发。除此之外，平台得不到您的姓名、生日、证件、手机号，更得不到您的网号和设备。为了核验，登记机关会收到您的证件资料；您不用人脸时，还会收到您的手机号，以便核对。短信通道会收到您的手机号。依法须协助有关机关时，我们能提供的只限于网号、网证对应的真实身份和认证日志；您删除以后，只限于尚在留存期内的记录。",
					"A platform receives the result (with how and when you were verified) and a name for you that works only there; if you agree separately, also one yes or no: whether you are over an age. A platform that a law makes know who you are may ask for your name, birthday, document number or phone number, or whether one is what it holds: each needs your own separate consent, goes to that platform alone, encrypted, once, and says which law and for how long it may be kept; without your consent it does not go. Beyond that it gets neither your name, birthday, document nor phone, and never your net number or device. To check you, the register receives your document's details and, if you go without a face check, your phone number to compare. The text-message service receives your phone number. Where law obliges us to assist an authority, all we can give is the real identity behind a number or certificate, and its authentication log. After you erase, only the records that are still kept.")},
			{"rights", t("您的权利", "Your rights"),
				t("您可以查看、下载、更正和删除自己的资料，可以撤回同意，可以拒绝任何平台的请求，可以冻结网号，也可以要求我们解释。",
					"You can see, download, correct and erase your data, withdraw a consent, refuse any platform's request, freeze your number, and ask us to explain.")},
			{"procedure", t("怎样行使权利", "How to use your rights"),
				t("登录后：在“我的记录”查看每一次使用并自行核对；在“我的资料”查看、下载和删除；在“我用过的平台”撤回；在“我的网证”冻结和解冻。证件换领、改名或更正以后，在“我的证件”出示新的证件，资料就会更新，网号不变；要换手机号，请重新申领，网号也不变；证件本身有误，请找签发机关更正。撤回对本告知的同意就是删除：一步完成，立即生效，给您回执；撤回之前的处理仍然有效。您也可以向网信部门、公安机关投诉。",
					"Signed in, you see and check each use under “My records”; see, download and erase under “My data”; withdraw under “Platforms I use”; freeze and unfreeze under “My certificate”. When your document was renewed or corrected or your name changed, show the new one under “My documents”: your data follows and your net number stays. To change your phone, apply again; the number stays, too. If the document itself is wrong, its issuer corrects it. To withdraw your consent to this notice is to erase: one step, at once, with a receipt. What was done before stays lawful. You can also complain to the cyberspace or public-security authority.")},
			{"minors", t("未成年人", "Under 18"),
				t("按规定，未满十八周岁须由父母或其他监护人同意或一起办理。不满十四周岁的，由监护人在自己的设备上代为申领，并决定每次使用；十四至十七周岁的，由监护人同意申领。谁是监护人，每次都向人口登记机关查询，不保存。",
					"By law, under 18 a parent or another guardian has to agree or take part. Under 14 the guardian applies, on a device of their own, and decides each use; from 14 to 17 a guardian agrees to the application. Who is a guardian is asked of the population register each time and not kept.")},
			{"changes", t("告知有变化时", "When this notice changes"),
				t("文字一变，版本就变。下次登录或使用时，请您重新阅读、重新决定；在此之前，不告诉任何平台。您同意过哪些版本，列在“同意与告知”里。",
					"Changed words get a new version. You will read it and decide again when you next sign in or use your number; until then no platform is told anything. “Consents and notices” lists the versions you agreed to.")},
		}}
}

func documentStep() Notice {
	return Notice{ID: "document", Subject: "document", Version: wording().String(), Effective: wording(), Sensitive: true,
		Title: t("读取证件：请您单独决定", "Reading your document: please decide separately"), Items: []NoticeItem{
			{"purpose necessity", t("为什么必须读取", "Why it is necessary"),
				t("按规定，申领网号须持有有效的法定身份证件。不读取，就无法确认证件是真的、有效的，也无法确认申领的是您本人。",
					"By law one needs a valid legal identity document to get a net number. Without reading it, nobody can tell that it is genuine and valid, or that it is you who applies.")},
			{"kinds means", t("读取什么，怎样读取", "What is read, and how"),
				t("姓名、出生日期、证件号码和有效期。居民身份证、居住证和外国人永久居留身份证由国家机关的系统解读；护照和通行证由我们核验芯片的签名。证件上的照片，我们不读取。",
					"Name, birth date, number and validity. Resident cards, residence permits and foreigners' cards are read by the state's own system; the chip signatures of passports and travel permits are checked by us. We do not read the photograph.")},
			{"retention", t("保存多久", "For how long"),
				t("芯片文件核验后立即丢弃。读到的资料加密保存，到您删除为止；没有办完的申领，30 分钟后失效并自动删除；您在柜台领了凭条的，72 小时后删除。",
					"The chip's files are dropped right after the check. What was read is kept encrypted until you erase it; an unfinished application ends after 30 minutes and is deleted, or after 72 hours where you took a slip at a counter.")},
			{"impact", t("对您意味着什么", "What it means for you"),
				t("证件号码是敏感个人信息，泄露后可能被人冒用。所以它用您自己的密钥加密：只拿到数据库的人读不出来；除非您对这一项单独同意，平台不会收到它。",
					"A document number is sensitive: if it leaked, somebody could pretend to be you. So it is encrypted under a key of your own: whoever gets hold of the database alone cannot read it, and no platform receives it unless you agree to that separately.")},
			{"refusal", t("如果不同意", "If you do not agree"),
				t("申领就到此为止，您填写的内容随即删除。您可以使用平台的其他合法核验方式，平台不得因此降低服务。",
					"Then the application ends here, and what you entered is deleted. You can use another lawful way that the platform offers; it must not serve you any worse for it.")},
			{"rights procedure", t("您的权利", "Your rights"),
				t("登录后，在“我的资料”可以查看、下载和删除。重新出示证件，资料就会更新。撤回这项同意就是删除，一步完成；撤回之前的处理仍然有效。",
					"Signed in, you can see, download and erase it under “My data”. Present your document again to update it. To withdraw this consent is to erase, in one step; what was done before stays lawful.")},
			{"who others", t("谁负责，谁会收到", "Who answers, and who receives it"),
				t("由 {operator} 负责，联系方式：{contact}。为了核验，登记机关会收到证件资料。其他事项见《申领网号和网证：个人信息处理告知》。",
					"{operator} answers for it. Contact: {contact}. To check you, the register receives the document's details. For the rest see “Getting a net number and certificate: how we handle your data”.")},
		}}
}

func faceStep() Notice {
	return Notice{ID: "face", Subject: "face", Version: faceWording().String(), Effective: faceWording(), Sensitive: true,
		Title: t("人脸确认：请您单独决定", "Face check: please decide separately"), Items: []NoticeItem{
			{"purpose necessity", t("为什么需要", "Why it is needed"),
				t("确认出示证件的就是您，防止别人拿您的证件申领。但人脸不是唯一的办法：您可以不用人脸。",
					"To make sure that it is you who presents the document, and nobody else. But a face is not the only way: you can do without.")},
			{"kinds means", t("处理什么，怎样处理", "What is handled, and how"),
				t("比对只在您的设备上进行：网页经您电脑上的读卡程序读取证件芯片里的照片，与摄像头画面比对，并请您转一下头。照片、画面和特征都只留在网页里，离开网页就没有了。我们只收到设备签名的“一致”或“不一致”。",
					"Your device compares by itself: the page reads the photo in your document's chip through the reader program on your computer, compares it with the camera's picture, and asks you to turn your head. Photo, picture and features stay in the page and are gone when you leave it. We receive only “match” or “no match”, signed by your device.")},
			{"retention", t("保存多久", "For how long"),
				t("人脸，我们从未收到，也就无从保存。申领记录里只写明用了哪种方式；用过人脸确认的人数，我们按人计数，只有一个总数；它保存多久，见《申领网号和网证：个人信息处理告知》。",
					"We never receive your face, so there is nothing to keep. Your record of applying says only which way you chose; how many people used the face check is counted, as one total; how long it is kept, “Getting a net number and certificate: how we handle your data” tells.")},
			{"impact", t("对您意味着什么", "What it means for you"),
				t("人脸是敏感个人信息，无法更换，泄露后难以补救。所以我们不接收它。",
					"A face is sensitive: it cannot be changed, and a leak can hardly be mended. That is why we do not receive it.")},
			{"refusal", t("如果不同意", "If you do not agree"),
				t("选择不用人脸即可继续，比对不一致时也可以请工作人员看：我们请登记机关核对您的手机号是否与所存一致，再发验证码确认。两种方式效力相同，以后也不会因此区别对待。",
					"Choose to go on without your face (and if the comparison fails, you can ask for a person to look): we ask the register whether your phone number is the one it holds, and confirm it with a code. Both ways count the same, now and later.")},
			{"rights procedure", t("您的权利", "Your rights"),
				t("同意以后，比对之前可以随时改用另一种方式。以后每次核验也是这样：口令总能代替人脸。您选了哪种方式，可在“我的记录”查看。已经完成的核验仍然有效。",
					"After you agree you can still change to the other way, at any time before the check. So it is with every later request: your passcode always stands in for your face. “My records” tells which way you chose. What was checked before stays valid.")},
			{"who others", t("谁负责，谁会收到", "Who answers, and who receives it"),
				t("由 {operator} 负责，联系方式：{contact}。没有任何人会收到您的人脸；不用人脸时，登记机关会收到您的手机号。其他事项见《申领网号和网证：个人信息处理告知》。",
					"{operator} answers for it. Contact: {contact}. Nobody receives your face; if you go without it, the register receives your phone number. For the rest see “Getting a net number and certificate: how we handle your data”.")},
		}}
}
