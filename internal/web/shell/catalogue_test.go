package shell_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite/keyring"
	"netid/internal/web/shell"
)

// read gives the catalogue as its files have it.
func read(t *testing.T) map[string]identity.Text {
	t.Helper()
	files, err := filepath.Glob("catalogue/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no catalogue", err)
	}
	all := map[string]identity.Text{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		part := map[string]identity.Text{}
		if err := json.Unmarshal(b, &part); err != nil {
			t.Fatal(f, err)
		}
		for k, v := range part {
			if _, twice := all[k]; twice {
				t.Errorf("%s: %q is there twice", f, k)
			}
			all[k] = v
		}
	}
	return all
}

var (
	places = regexp.MustCompile(`\{[0-9]\}`)
	han    = regexp.MustCompile(`\p{Han}`)
	// what is the same in both languages, or the other language's own name
	bare = []string{"frame.other", "venue.other", "item.answer", "record.proved", "records.comma"}
)

func TestEverySentenceIsThereInBothLanguages(t *testing.T) {
	for key, text := range read(t) {
		if strings.TrimSpace(text.ZH) == "" || strings.TrimSpace(text.EN) == "" {
			t.Errorf("%s: a language is missing", key)
		}
		zh, en := places.FindAllString(text.ZH, -1), places.FindAllString(text.EN, -1)
		slices.Sort(zh)
		slices.Sort(en)
		if !slices.Equal(zh, en) {
			t.Errorf("%s: places %v and %v", key, zh, en)
		}
		if slices.Contains(bare, key) {
			continue
		}
		if han.MatchString(text.EN) || text.ZH == text.EN || !han.MatchString(text.ZH) && key != "proof.grown.entries" {
			t.Errorf("%s: one language stands for both", key)
		}
	}
}

// families are the keys that templates and handlers build from a value.
func families() map[string][]string {
	f := map[string][]string{
		"message.":         {"counter", "added", "removed", "stopped", "shown", "phone", "guardian.began", "guardian.ended"},
		"children.review.": {"waits", "allowed", "refused"},
		"task.":            {"notice", "document-consent", "card", "face", "phone", "passcode", "guardian", "confirm", "kind", "keep", "move"},
		"task.state.":      {"done", "now", "later"},
		"origin.":          {string(identity.CheckedHere), string(identity.CheckedSimulated), string(identity.DecodedElsewhere)},
		"mode.":            {"cert", "cert-pwd", "cert-face", "cert-pwd-face"},
		"item.":            {"result", "attest_person", "attest_age", "attest_slip", string(identity.Over14), string(identity.Over18), string(identity.Over60)},
		"intent.":          {string(identity.IntentRegister), string(identity.IntentSignIn), string(identity.IntentReverify)},
		"choose.":          {"attest_person", "attest_age", string(identity.Over14), string(identity.Over18), string(identity.Over60)},
		"filing.":          {"title", "draft", "who", "purpose", "number", "marks", "days", "rules", "assessment", "else", "never"}, // said by cmd
		"reader.":          {"ready", "virtual", "code", "lay", "photo", "read", "refused"},                                         // said by cmd
		"verify.form.":     {"answer", "receipt", "credential", "presentation", "status_list", "trust_list", "registration", "result", "bundle", "export", "record", "head", "approval", "slip", "sealed", "unknown"},
		"verify.verdict.":  {"proven", "not_proven", "not_checked"},
		"verify.":          {"why", "open", "beyond"},
		"verify.reason.":   {"statement_invalid", "signature_invalid", "key_invalid", "token_invalid", "receipt_invalid", "credential_invalid", "status_unknown", "head_invalid", "proof_invalid", "succession_invalid", "export_invalid", "bundle_invalid", "bundle_too_old"},
		"verify.open.":     {"keys", "issuer", "audience", "nonce", "status", "ledger_key", "device", "clock", "slip", "bundle", "sealed"},
		"verify.beyond.":   {"answer", "receipt", "credential", "presentation", "status_list", "trust_list", "registration", "result", "bundle", "export", "record", "head", "approval", "slip"},
		"verify.fact.":     {"issuer", "audience", "subject", "mode", "receipt", "age_over_14", "age_over_18", "age_over_60", "real_person", "issued", "expires", "plain", "kind", "status", "status_issued", "address", "places", "stopped", "roots", "party", "name_zh", "name_en", "domain", "purpose_zh", "purpose_en", "records", "approvals", "ledger", "entries", "root", "signed", "event", "time", "purpose"},                                                                                              // said by cmd
		"evidence.":        {"title", "unnamed", "taken", "all", "never", "sandbox", "check", "check.how", "rules", "obligations", "obligations.heads", "figures", "figures.small", "figures.sealed", "figures.heads", "figures.entries", "figures.erased", "figures.held", "figures.faces", "figures.parties", "figures.broken", "figures.public", "figures.rule", "figures.month", "figures.published", "parties", "parties.heads", "retention", "retention.says", "retention.heads", "notices", "notices.heads"}, // said by cmd
		"explain.":         {"rule", "ended", "unknown"},                                                                                                                                                                                                                                                                                                                                                                                                                                                            // said by cmd
		"offer.kind.":      {"age", "person"},
		"venue.":           {"title", "other", "code", "check", "camera", "camera.none", "yes", "over18", "no", "age", "stale", "ready"}, // said by cmd and its page
		"venue.no.":        {"internal", "slip_invalid", "key_invalid", "signature_invalid", "slip_of_other_day", "slip_late", "slip_early", "slip_elsewhere", "slip_frozen", "slip_age_unproven", "slip_used", "online_code_invalid", "online_refused", "online_unreached", "online_unproven", "token_invalid", "bundle_invalid", "bundle_too_old"},
		"consent.of.":      {"notice", "document", "face"},
		"record.face-":     {"match", "twin", "review", "counter"},
		"face.prompt.":     {"load", "front", "left", "right", "closer", "alone", "done"},
		"record.":          {"added", "renewed", "renamed", "renumbered"},
		"":                 {"erased_identity", "erased_number", "erased_certificates", "erased_records", "erased_keys", "stays_leaves", "stays_tombstone", "stays_party_copies"},
		"kind.":            {"invalid", "unauthenticated", "forbidden", "not_found", "conflict", "gone", "too_many", "unavailable", "internal"},
		"records.kind.":    {"told", "refused", "consents", "devices", "documents", "others"},
		"complaint.":       {"plaintext", "forced", "worse", "onward", "impostor"},
		"said.":            {"erase", "report", "frozen", "thawed", "withdrawn", "ended"},
		"regime.":          {"child", "ward"},
		"home.waits.":      {"device", "child"},
		"turned.":          {"ward", "adult"},
		"children.turned.": {"ward", "adult"},
		"matter.":          {"apply.child", "apply.ward", "use.child", "apply.child.says", "apply.ward.says", "use.child.says"},
		"matter.yes.":      {"apply", "use"},
		"card.simulated.":  {string(identity.CheckedHere), string(identity.CheckedSimulated), string(identity.DecodedElsewhere)},
		"error.":           {"start", "enrol", "signin", "home", "back", "heading", "signedout"},
		"wallet.says.":     {"real_person", "age_over_14", "age_over_18", "age_over_60"},
		"present.gives.":   {"real_person", "age_over_14", "age_over_18", "age_over_60"},
		"qr.why.":          {"over", "offline", "frozen", "denied", "clock", "unable"},
		"present.why.":     {"unreachable", "signature", "unregistered", "address", "query", "not-allowed", "foreign", "transaction"},
	}
	f["records.assisted."] = []string{"real-identity", "authentication-log"}
	f["records.assisted.child."] = f["records.assisted."]
	f["figures."] = []string{"enrolled", "verified", "refreshed", "attested", "declined", "refused", "plaintext", "assisted", "withdrawn", "exported", "erased", "party-admitted", "party-suspended", "party-removed", "restored", "recalled", "incidents", "incidents-told", "stopped", "reissued", "break-glass", "drills"}
	f["figures.declined."] = []string{"citizen", "guardian", "guardian-silent", "match-cap", "other"}
	f["figures.span."] = []string{"second", "minute", "hour", "longer"}
	f["supervision.duty."] = []string{"methods", "erasures", "retention", "face-filing", "impact", "officer", "audit", "minors-audit", "risk", "evidence", "emergency"}
	f["supervision.stage."] = []string{"waits", "soon", "overdue", "done"}
	f["supervision.urgency."] = []string{"none", "lasting", "to-tell", "overdue", "told"}
	f["supervision.do."] = []string{"allow", "refuse"}
	f["evidence."] = append(f["evidence."], "figures.unsigned", "figures.unchecked", "supervision", "supervision.says", "supervision.heads", "supervision.emergencies", "supervision.exports", "supervision.tickets") // said by cmd
	for _, state := range []string{"draft", "handed", "review", "effect", "returned", "suspended", "ended"} {
		f["apps.state."] = append(f["apps.state."], state, state+".says")
	}
	f["apps.alarm."], f["apps.event."] = []string{"basis", "key", "certificate", "domain", "token"}, []string{"partner-drafted", "partner-lodged", "partner-rekeyed", "partner-withdrawn"}
	f["apps.item."] = []string{"age_over_14", "age_over_18", "age_over_60", "name", "birthdate", "document_number", "phone_number"}
	f["portal.role."] = []string{"admin", "developer", "viewer"}
	f["operator.standing."] = []string{"active", "suspended", "removed"}
	f["operator.declared."] = append(f["operator.declared."], identity.RecordMembers()...)
	f["enrol.now."] = []string{"issuance_stopped", "use_stopped"}
	f["response.to."], f["drill.step."] = []string{"all", "certificates", "parties", "elsewhere"}, []string{"stop", "rotate", "reissue", "notify", "report", "lift", "fetch"}
	f["incident.scope."] = []string{"issuance", "use"}
	f["incident.stopped."] = []string{"issuance", "use"}
	f["incident.kind."] = []string{"leak", "tampering", "loss", "intrusion", "key", "outage"}
	f["incident.severity."] = []string{"general", "large", "major", "extreme"}
	f["incident.needs."] = []string{"known", "report", "removed", "told", "review", "close"}
	f["incident.notice."] = []string{"kinds", "cause", "harm", "measures", "yourself", "contact"}
	f["incident.in."] = []string{"zh", "en"}
	f["operator.load."] = []string{"asked", "refused", "failed", "took"}
	f["operator.level."] = []string{"queue", "drafts", "waiting", "dead", "entries", "database", "shelf", "disk", "lists"}
	for _, c := range []string{"ready", "statuses", "officers", "deliveries", "disk", "queue", "codes", "incidents", "drills", "assistance", "supervision", "claims", "bases", "domains", "counters", "keys"} {
		f["health."] = append(f["health."], c, c+".bad", c+".next")
	}
	f["alert."], f["operator.guardian."] = []string{"proposed", "approved", "failed", "recalled", "stopped", "many-cases", "guessed-references", "assistance", "assistance-unreviewed", "glass-used"}, []string{"many", "fast", "allowed", "refused"}
	f["operator.assistance.help."], f["operator.assistance.way."] = []string{string(law.RealIdentity), string(law.AuthenticationLog)}, []string{string(law.ByNumber), string(law.ByPseudonym), string(law.ByDocument)}
	f["operator.key.state."] = []string{"current", "former", "retired", "destroyed"}
	f["operator.key.life."] = []string{"rotates", "accrues", "rewraps", "fixed"}
	f["operator.key."], f["operator.key.due."] = []string{"rotate", "retire"}, []string{"rotate", "retire"}
	for _, c := range []string{"officers-months", "officers-found", "master-split", "master-rotate", "master-rebuild", "anchor-publish"} {
		f["ceremony."] = append(f["ceremony."], c, c+".says", c+".who")
	}
	f["hall."] = []string{"proposals", "parties", "claims", "guardians", "incidents", "glass", "openings", "alerts"}
	f["operator.claim."] = []string{"correct", "explain", "waits", "late", "granted", "refused", "grant", "refuse"}
	f["staff.state."] = []string{"stands", "removed", "disabled", "dormant", "open", "approved", "done", "refused", "failed", "over"}
	for _, r := range law.StaffRoles() {
		f["staff.role."] = append(f["staff.role."], string(r))
	}
	for _, s := range law.Settings() {
		f["staff.setting."] = append(f["staff.setting."], string(s))
	}
	for _, a := range law.Sensitive() {
		f["staff.action."] = append(f["staff.action."], string(a))
	}
	f["operator.key.of."] = keyring.Uses("guomi") // it has every use
	f["parties.state."] = []string{"active", "suspended", "review", "removed"}
	for _, o := range identity.Offlines() {
		f["item."], f["choose."] = append(f["item."], o.Item()), append(f["choose."], o.Item())
	}
	for _, i := range identity.Items() {
		for _, a := range []identity.PlainAsk{{Item: i}, {Item: i, Match: true}} {
			for _, family := range []string{"item.", "choose.", "consent.of."} {
				f[family] = append(f[family], a.Name())
			}
		}
	}
	for _, k := range identity.DocumentKinds {
		f["document."], f["looks."] = append(f["document."], string(k)), append(f["looks."], string(k))
	}
	for _, e := range []identity.EventKind{identity.Enrolled, identity.DocumentAdded, identity.Issued, identity.SignedIn, identity.DeviceAdded, identity.DeviceAsked, identity.DeviceRefused, identity.DeviceNamed, identity.DeviceRemoved, identity.CodesMade, identity.PhoneAsked, identity.PhoneRefused, identity.SignalsOn, identity.SignalsOff, identity.Attested, identity.Frozen, identity.Thawed,
		identity.Consented, identity.ErasureAsked, identity.ErasureAnswered, identity.NoticeAgreed, identity.Verified, identity.Refreshed, identity.Declined, identity.Withdrawn, identity.StandingGiven, identity.StandingEnded, identity.SessionEnded, identity.Disowned, identity.Exported,
		identity.GuardianAgreed, identity.GuardianRefused, identity.GuardianAgreed + ".apply", identity.GuardianRefused + ".apply", identity.Frozen + ".guardian", identity.Thawed + ".guardian",
		identity.DocumentTold, identity.HeldByNews, identity.ClosedByNews, identity.Reopened, identity.GuardianTold,
		identity.RightAsked, identity.WishSaid, identity.HeirCopied} {
		f["event."] = append(f["event."], string(e))
	}
	f["held."], f["right."], f["used."] = law.Necessary(), []string{"explain", "correct"}, []string{string(identity.Withdrawn), string(identity.StandingEnded)}
	f["news."] = []string{string(identity.DocumentLost), string(identity.DocumentReplaced), string(identity.DocumentExpired), string(identity.DocumentGood)}
	f["parties.state."] = append(f["parties.state."], "draft") // of one that was never lodged
	return f
}

var (
	inTemplate = regexp.MustCompile(`\bt "([^"]+)"`)
	inCode     = regexp.MustCompile(`(?:Say|say)\((?:v?\.?[lL]ocale, )?"([^"]+)"`)
)

// used are the keys that stand in templates and handlers.
func used(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		find := map[string]*regexp.Regexp{".html": inTemplate, ".go": inCode}[filepath.Ext(path)]
		if find == nil {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range find.FindAllStringSubmatch(string(b), -1) {
			keys[m[1]] = true
		}
		return nil
	})
	if err != nil || len(keys) < 100 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return keys
}

func TestEveryUsedKeyExistsAndNoOtherDoes(t *testing.T) {
	all, want := read(t), used(t)
	for family, members := range families() {
		for _, m := range members {
			want[family+m] = true
		}
	}
	for key := range want {
		if strings.HasSuffix(key, ".") { // a family's stem in code
			continue
		}
		if _, ok := all[key]; !ok {
			t.Errorf("%q is used and does not exist", key)
		}
	}
	for key := range all {
		if !want[key] && !strings.HasPrefix(key, "reason.") && !strings.HasPrefix(key, "kind.") {
			t.Errorf("%q exists and is not used", key)
		}
	}
}

// machines are the reasons that only a party, an operator or a defect meets;
// a citizen who meets one all the same reads the sentence of its kind.
var machines = []string{"internal", "match_cap", "item_unknown", "already_recorded", "chain_moved", "head_invalid", "proof_range", "store_busy", "store_closed", "store_read_only",
	"store_unavailable", "store_version", "clock_wrong", "store_missing", "store_half_copied", "target_not_empty", "source_is_a_copy", "schema_stays", "store_address_invalid", "shelf_missing", "cancelled", "sealed_invalid", "sealed_too_long", "id_invalid", "handle_unknown", "date_invalid",
	"mode_unknown", "other_method_url_invalid", "net_number_invalid", "recovery_code_invalid", "certificate_changed", "age_mark_unknown", "redirect_uri_invalid", "party_auth_ambiguous", "party_text_invalid", "domain_mismatch", "shelf_busy",
	"tile_unknown", "shares_invalid", "key_unknown", "key_fixed", "key_versions", "key_retired", "key_current", "key_overlap", "key_accrues", "key_wraps", "keys_moved", "rewrap_moved", "profile_unknown", "profile_fixed",
	"delivery_exists", "delivery_taken", "delivery_late", "delivery_unreadable", "delivery_no_sender", "signal_over", "signal_unavailable", "sms_refused", "address_refused", "address_unreachable", "certificate_invalid", "certificate_untrusted", "certificate_request_invalid", "certificate_key",
	"officers_missing", "officers_founded", "officers_invalid", "officer_unknown", "officer_invalid", "passphrase_short", "quorum_short", "quorum_kept", "quorum_destroyed",
	"row_altered", "wallet_unregistered", "certificate_key", "certificate_request_invalid", "interaction_required", "refresh_reused", "verification_over", "offline_term_unknown", "request_exists", "request_not_pushed", "intent_unknown", "epoch_unknown", "month_invalid", "other_person", "guardian_moved", "consent_there", "review_decided", "review_unknown", "jwks_invalid", "endorsement_invalid", "record_invalid", "key_file_invalid", "class_unknown", "recipient_invalid", "escrow_unknown", "sandbox_only",
	"reader_request_invalid", "reader_origin", "face_not_refused", "counter_invalid", "counters_full", "draft_changed",
	"erasure_unknown", "erasure_answered", "erasure_ground_invalid", "erasure_ground_missing",
	"places_moved", "status_stale", "status_list_unknown",
	"kind_not_granted", "batch_size", "key_twice", "key_used", "numbers_moved", "nonce_used", "attestations_over", "attestation_later", "code_invalid", "code_expired", "code_used", "tx_code_missing", "tx_code_unexpected", "tx_code_wrong", "tx_code_void",
	"refresh_invalid", "refresh_expired", "article_unknown", "region_foreign", "proof_key_wrong", "token_invalid", "token_expired", "query_invalid", "credential_unregistered"}

// Every reason that an act, a word or a connector gives has a sentence: the
// catalogue's or the law's.
func TestEveryReasonHasASentence(t *testing.T) {
	all, reasons, found := read(t), law.Reasons(), 0
	for _, dir := range []string{"act/attest", "act/rights", "act/authorize", "act/ceremony", "act/counter", "act/deliver", "act/enrol", "act/erase", "act/guard", "act/issue", "act/look", "act/logout", "act/partner", "act/publish", "act/recall", "act/redress", "act/respond", "act/signin", "act/staff", "act/supervise", "connector", "emrtd", "identity", "ledger", "quorum", "store", "suite", "tool/reader", "vault", "web"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "storetest") {
				return err
			}
			for _, code := range codes(t, path) {
				found++
				_, ours := all["reason."+code]
				_, laws := reasons[code]
				if !ours && !laws && !slices.Contains(machines, code) {
					t.Errorf("%s: reason %q has no sentence", path, code)
				}
			}
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if found < 60 {
		t.Fatalf("only %d reasons found", found)
	}
	for key := range all {
		if code, ok := strings.CutPrefix(key, "reason."); ok && !strings.HasSuffix(code, ".next") && !strings.HasSuffix(code, ".safe") {
			if _, next := all[key+".next"]; !next {
				t.Errorf("%s says what happened and not what to do next", key)
			}
		}
	}
}

// codes are the public reasons of the fault.New, Newf and Wrap calls of a file.
func codes(t *testing.T, path string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(f, func(n ast.Node) bool {
		list = append(list, named(n)...)
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 3 {
			return true
		}
		fn, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"New", "Newf", "Wrap", "Missing"}, fn.Sel.Name) {
			return true
		}
		if pkg, ok := fn.X.(*ast.Ident); !ok || pkg.Name != "fault" {
			return true
		}
		if lit, ok := call.Args[2].(*ast.BasicLit); ok && len(lit.Value) > 2 {
			list = append(list, strings.Trim(lit.Value, `"`))
		}
		return true
	})
	return list
}

func TestCodeMessageCarriesTheCodeAlone(t *testing.T) {
	six := regexp.MustCompile(`\b[0-9]{6}\b`)
	for _, locale := range []string{"zh-CN", "en", "fr"} {
		m := shell.CodeMessage(locale, "012345")
		if got := six.FindAllString(m, -1); len(got) != 1 || got[0] != "012345" {
			t.Errorf("%s: %q", locale, m)
		}
	}
}

// An argument that looks like a place stays what it is.
func TestSayFillsOnce(t *testing.T) {
	s := shell.New(shell.Config{})
	if got := s.Say("en", "proof.place.ok", "{1}", "{0}"); got != "No. It stands unchanged as number {1} of {0} in the ledger." {
		t.Error(got)
	}
}

var code = regexp.MustCompile(`^"[a-z]+(_[a-z]+)+"$`)

// named are reasons that a room keeps as constants: reasonNumber, or a Refusal.
func named(n ast.Node) []string {
	spec, ok := n.(*ast.ValueSpec)
	if !ok {
		return nil
	}
	kind, _ := spec.Type.(*ast.Ident)
	var list []string
	for i, v := range spec.Values {
		lit, ok := v.(*ast.BasicLit)
		if ok && code.MatchString(lit.Value) && (strings.HasPrefix(spec.Names[i].Name, "reason") || kind != nil && kind.Name == "Refusal") {
			list = append(list, strings.Trim(lit.Value, `"`))
		}
	}
	return list
}
