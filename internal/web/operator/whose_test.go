package operator_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netid/internal/law"
	"netid/test/kit"
)

// Where a page has a form for who may propose, it says of the same action who signs it to
// everybody else who reads it: no form is just missing.
func TestEveryFormHasItsSentence(t *testing.T) {
	files, err := filepath.Glob("templates/operator*.html")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	form, sentence := regexp.MustCompile(`May "([a-z-]+)" "propose"`), regexp.MustCompile(`Whose((?: "[a-z-]+")+)`)
	seen := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		said := ""
		for _, m := range sentence.FindAllStringSubmatch(string(b), -1) {
			said += m[1]
		}
		for _, m := range form.FindAllStringSubmatch(string(b), -1) {
			seen[m[1]] = true
			if !strings.Contains(said, `"`+m[1]+`"`) {
				t.Errorf("%s has a form of %s, and no sentence for who may not propose it", f, m[1])
			}
		}
	}
	for _, a := range law.Sensitive() {
		if !seen[string(a)] && a != law.ReturnParty && a != law.UseBreakGlass { // returning stands with approving; break-glass is power of one, and said afterwards
			t.Errorf("no page has a form of %s", a)
		}
	}
}

// Everybody who reads a page and may not propose what its forms do reads who does and who
// agrees, in their language; who may propose it does not.
func TestWhoSignsIsSaid(t *testing.T) {
	d := open(t)
	d.k.Two()
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	auditor := d.reader(t, system, security, law.AuditRole, "p-9")
	ministry := d.reader(t, system, security, law.PublicSecurity, "p-10")
	_, incident := security.do("POST", "/operator/incidents", "kind", "key", "severity", "large", "what", "a key was seen")
	both := map[*person]law.Role{system: law.SystemRole, security: law.SecurityRole, auditor: law.AuditRole, ministry: law.PublicSecurity}
	said := regexp.MustCompile(`data-whose="([^"]*)"`)
	for path, actions := range map[string][]law.Action{
		"/operator/staff":       {law.InviteStaff, law.RemoveStaff, law.EnableStaff},
		"/operator/settings":    {law.ChangeSetting},
		"/operator/keys":        {law.KeyCeremony},
		"/operator/exceptions":  {law.GrantExcept},
		"/operator/incidents":   {law.ReviewGlass},
		"/operator/supervision": {law.OpenMinor, law.LetOut},
		"/operator/assistance":  {law.NameOfficer},
		incident:                {law.StopIssuance, law.LiftStop, law.RecallMany, law.ReviewIncident, law.CloseIncident},
	} {
		for p, role := range both {
			status, body := p.do("GET", path)
			if status == 403 {
				continue
			}
			var got []string
			for _, m := range said.FindAllStringSubmatch(body, -1) {
				got = append(got, strings.Fields(m[1])...)
			}
			var want []string
			for _, a := range actions {
				if !law.MayStaff(role, a, law.Propose) {
					want = append(want, string(a))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s reads at %s who signs %v, want %v", role, path, got, want)
			}
		}
	}
	system.want(200, "Ending many certificates: proposed by the role Security, approved by the role System.")(system.do("GET", incident))
	security.want(200, "事件复盘 · 结束事件：由“系统管理”角色提出，“安全管理”角色同意。")(security.do("GET", incident))
	security.want(200, "邀请同事 · 移除账户 · 启用账户：由“系统管理”角色提出，“安全管理”角色同意。")(security.do("GET", "/operator/staff"))
}

// A use of a key is a word of its reader's language, beside the one of the commands.
func TestUsesOfKeysInWords(t *testing.T) {
	d := open(t)
	d.k.Two()
	system, security := d.founders()
	for p, words := range map[*person]string{system: "Signs net certificates", security: "网证的签名"} {
		p.want(200, words+`<br><span class="small">certificate</span>`)(p.do("GET", "/operator/keys"))
		p.want(200, words+" (certificate),")(p.do("GET", "/operator/keys?as=csv"))
	}
	if body := security.want(200, "1")(security.do("GET", "/operator/keys?q=网证的签名")); strings.Count(body, "data-key=") != 1 {
		t.Error("who looks for the word does not find it")
	}
}
