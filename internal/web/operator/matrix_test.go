package operator_test

import (
	"strings"
	"testing"

	"netid/internal/law"
	"netid/internal/web/operator"
	"netid/test/kit"
)

// Somebody of every role asks every address of the console, by its own method: who may not
// read what it is about hears "role_refused", and nobody else does for that (N10). What is
// asked for is nowhere, so that nothing is done.
func TestEveryRoleAtEveryAddress(t *testing.T) {
	d := open(t)
	kit.ReadsParties(d.k.Staff, d.k.Admit)
	kit.ActsByTwo(d.k.Staff, d.k.Admit, d.k.Incident)
	system, security := d.founders()
	by := map[law.Role]*person{law.SystemRole: system, law.SecurityRole: security}
	for _, r := range law.StaffRoles()[2:] {
		sector := ""
		if r == law.Sector {
			sector = "health"
		}
		by[r] = d.hires(system, security, "Of "+string(r), r, "m-"+string(r), "sector", sector)
	}
	asked := map[bool]int{}
	for pattern, action := range operator.Asks(d.door) {
		method, path, _ := strings.Cut(pattern, " ")
		for _, part := range []string{"{id}", "{ref}", "{number}", "{name}"} {
			path = strings.ReplaceAll(path, part, "none")
		}
		for r, p := range by {
			status, body := p.do(method, path)
			may := law.MayStaff(r, action, law.Look)
			if asked[may]++; !may && (status != 403 || !strings.Contains(body, "role_refused")) {
				t.Errorf("%s reads %s: %d", r, pattern, status)
			}
			if may && status == 403 && method == "GET" {
				t.Errorf("%s is refused %s: %s", r, pattern, body)
			}
			if may && status == 401 || status >= 500 {
				t.Errorf("%s at %s: %d", r, pattern, status)
			}
		}
	}
	if asked[true] < 50 || asked[false] < 50 {
		t.Error(asked)
	}
}
