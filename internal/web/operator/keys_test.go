package operator_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"netid/internal/law"
)

// signed has one propose what a form says and the other agree; it gives the proposal's address.
func signed(t *testing.T, first, second *person, path string, fields ...string) string {
	t.Helper()
	body := first.want(200, `data-page="operator-sign"`)(first.do("POST", path, fields...))
	_, to := first.do("POST", "/operator/proposals", "sealed", first.find(`name="sealed" value="([^"]*)"`, body), "signature", first.sign("sign", body))
	body = second.want(200, `id="approve"`)(second.do("GET", to))
	second.want(303, to)(second.do("POST", to, "word", "approve", "signature", second.sign("approve", body)))
	second.want(200, `data-state="done"`)(second.do("GET", to))
	return to
}

// Two rotate a key from the console, and neither alone; the page says what is current.
func TestTwoRotateAKey(t *testing.T) {
	d := open(t)
	d.k.Two()
	system, security := d.founders()
	page := security.want(200, `data-use="token"`)(security.do("GET", "/operator/keys?q=token"))
	id := security.find(`data-key="([^"]*)" data-use="token"`, page)
	if body := system.want(200, id)(system.do("GET", "/operator/keys")); strings.Contains(body, `name="do" value="rotate"`) {
		t.Error("who may not propose it is asked to")
	}
	system.want(403, "role_refused")(system.do("POST", "/operator/keys", "do", "rotate", "use", "token", "key", id))
	security.want(409, "key_moved")(security.do("POST", "/operator/keys", "do", "rotate", "use", "token", "key", "x"))
	security.want(400, "ceremony_invalid")(security.do("POST", "/operator/keys", "do", "held", "ceremony", "master-split", "day", "soon"))
	security.want(404, "ceremony_unknown")(security.do("POST", "/operator/keys", "do", "held", "ceremony", "seance"))
	at := signed(t, security, system, "/operator/keys", "do", "rotate", "use", "token", "key", id)
	if now := security.find(`data-key="([^"]*)" data-use="token"`, security.want(200, "")(security.do("GET", "/operator/keys?q=token"))); now == "" {
		t.Error("no key")
	}
	if d.k.Ring.Signer("token").KeyID() == id {
		t.Error("two agreed, and the key is the former one")
	}
	if err := d.k.Staff.Carry(t.Context(), strings.TrimPrefix(at, "/operator/proposals/")); err != nil {
		t.Error(err)
	}
}

// A ceremony that no page can hold stands here with its commands, and two record it.
func TestTwoRecordACeremony(t *testing.T) {
	d := open(t)
	d.k.Two()
	system, security := d.founders()
	system.want(200, `data-waits="master-split"`)(system.do("GET", "/operator/keys"))
	system.want(200, "netid keys ceremony split --data DIR")(system.do("GET", "/operator/keys"))
	today := d.k.Now().Format("2006-01-02")
	at := signed(t, security, system, "/operator/keys", "do", "held", "ceremony", "master-split", "day", today, "present", "p-1, p-2", "outcome", "5, any 3")
	body := system.want(200, `data-held="master-split"`)(system.do("GET", "/operator/keys"))
	if !strings.Contains(body, at) || !strings.Contains(body, "5, any 3") || strings.Contains(body, `data-waits="master-split"`) {
		t.Error(body)
	}
}

// A filter narrows what its reader reads anyway, and the file has the same rows; no cell
// of it runs.
func TestTablesAndTheirFiles(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	for _, path := range []string{"/operator/staff", "/operator/proposals", "/operator/parties", "/operator/keys"} {
		system.want(200, `type="search"`)(system.do("GET", path))
		file := system.want(200, "\ufeff")(system.do("GET", path+"?as=csv"))
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
		if err != nil || len(rows) == 0 || len(rows[0]) < 5 {
			t.Error(path, rows, err)
		}
	}
	if body := system.want(200, "Lin")(system.do("GET", "/operator/staff?q=LIN")); strings.Contains(body, "吴") || !strings.Contains(body, "1 of 2 rows") {
		t.Error(body)
	}
	if file := security.want(200, "吴")(security.do("GET", "/operator/staff?as=csv&q=吴")); strings.Contains(file, "Lin") {
		t.Error(file)
	}
	system.want(200, "0 of 2 rows")(system.do("GET", "/operator/staff?q="+strings.Repeat("x", 5000)))
	stranger := &person{desk: d, locale: "en"}
	stranger.want(401, "staff_signed_out")(stranger.do("GET", "/operator/staff?as=csv"))
	if law.MayStaff(law.Sector, law.SeeStaff, law.Look) {
		t.Error("a supervisor reads accounts")
	}
}
