package authorize_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store/storetest"
	"netid/test/kit"
)

// pushed pushes a request and brings it to the citizen's browser.
func pushed(t *testing.T, k *kit.Kit, r authorize.Request) (h identity.Handle, sealed string) {
	t.Helper()
	h, err := k.Authorize.Push(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return h, recalled(t, k, r.Party, h)
}

func recalled(t *testing.T, k *kit.Kit, party identity.PartyID, h identity.Handle) string {
	t.Helper()
	r, err := k.Authorize.Recall(t.Context(), party, h)
	if err != nil {
		t.Fatal(err)
	}
	r.Browser = kit.Browser
	sealed, err := k.Authorize.Begin(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func rows(t *testing.T, k *kit.Kit) (bodies [][]byte) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := db.QueryContext(t.Context(), "SELECT body FROM pushed_request")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for list.Next() {
		var b []byte
		if err := list.Scan(&b); err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, b)
	}
	return bodies
}

// A pushed request is what the citizen sees and the party gets, and its row is
// gone with the approval.
func TestPushed(t *testing.T) {
	k, c, ctx := scene(t)
	r := c.Request("shop", identity.ModeCertPwd, identity.Over18)
	r.Intent, r.Way, r.JKT, r.AuthTime = identity.IntentReverify, "form_post", "", true
	h, sealed := pushed(t, k, r)
	again := recalled(t, k, "shop", h) // A09: the page is loaded again before anything is decided
	shown, err := k.Authorize.Present(ctx, again, kit.Browser, "en")
	if err != nil || shown.Statement.Intent != "reverify" || len(shown.Statement.Items) != 2 || shown.Ask.Mode != identity.ModeCertPwd {
		t.Fatalf("%+v %v", shown, err)
	}
	if n := len(rows(t, k)); n != 1 {
		t.Errorf("%d rows", n)
	}
	answer, err := c.ApproveSealed(ctx, sealed, "age_over_18")
	if err != nil || answer.Way != "form_post" || answer.Party != "shop" || answer.State != "s" {
		t.Fatalf("%+v %v", answer, err)
	}
	if n := len(rows(t, k)); n != 0 {
		t.Errorf("%d rows after the approval", n)
	}
	v, err := k.Redeem(ctx, "shop", answer.Code)
	if err != nil || v.Intent != identity.IntentReverify || v.AuthTime == nil || !v.IDToken[identity.Over18] || v.Nonce != "n" {
		t.Errorf("%+v %v", v, err)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || recs[0].Event.Intent != identity.IntentReverify || !strings.Contains(string(recs[0].Event.Approval.Statement), "同一个人") {
		t.Errorf("%+v %v", recs[0].Event, err)
	}
	// A08: what was answered is over, at both of its ends.
	if _, err := k.Authorize.Recall(ctx, "shop", h); !fault.Because(err, "request_uri_unknown") {
		t.Errorf("recalled after the approval: %v", err)
	}
	for name, old := range map[string]string{"the same page": sealed, "the other page": again} {
		if _, err := c.ApproveSealed(ctx, old); !fault.Because(err, "request_used") || !fault.Is(err, fault.Gone) {
			t.Errorf("%s again: %v", name, err)
		}
	}
}

// A decline answers it too, whoever declines; and what did not decide, did not.
func TestPushedAndDeclined(t *testing.T) {
	k, c, ctx := scene(t)
	for name, s := range map[string]*identity.Session{"signed in": &c.Session, "unknown": nil} {
		r := c.Request("shop", identity.ModeCert)
		r.Intent = identity.IntentRegister
		h, sealed := pushed(t, k, r)
		if _, err := k.Authorize.Decline(ctx, s, sealed, identity.Handle{9}); !fault.Because(err, "other_browser") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := k.Authorize.Decline(ctx, s, sealed, kit.Browser); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		before := size(t, k)
		_, err := k.Authorize.Decline(ctx, s, sealed, kit.Browser)
		if s == nil && !fault.Because(err, "request_used") || s != nil && err != nil { // theirs has a name: the same answer again
			t.Errorf("%s: declined again: %v", name, err)
		}
		if _, err := c.ApproveSealed(ctx, sealed); !fault.Because(err, "request_used") {
			t.Errorf("%s: approved after all: %v", name, err)
		}
		if size(t, k) != before {
			t.Errorf("%s: a refused decision left an entry", name)
		}
		if _, err := k.Authorize.Recall(ctx, "shop", h); !fault.Because(err, "request_uri_unknown") {
			t.Errorf("%s: recalled: %v", name, err)
		}
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || recs[0].Event.Kind != identity.Declined || recs[0].Event.Intent != identity.IntentRegister {
		t.Errorf("%+v %v", recs[0].Event, err)
	}
}

// What the citizen can mend uses nothing up.
func TestPushedAndAWrongPasscode(t *testing.T) {
	k, c, ctx := scene(t)
	_, sealed := pushed(t, k, c.Request("shop", identity.ModeCertPwd))
	right := c.Passcode
	c.Passcode = "86420975"
	if _, err := c.ApproveSealed(ctx, sealed); !fault.Because(err, "passcode_wrong") {
		t.Fatal(err)
	}
	c.Passcode = right
	if _, err := c.ApproveSealed(ctx, sealed); err != nil {
		t.Error(err)
	}
}

func TestRecallRefuses(t *testing.T) {
	k, c, ctx := scene(t)
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "rival", Name: "Rival", RedirectURIs: []string{"https://rival.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	push := func() identity.Handle {
		t.Helper()
		h, err := k.Authorize.Push(ctx, c.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	refused := func(name string, party identity.PartyID, h identity.Handle) {
		t.Helper()
		if _, err := k.Authorize.Recall(ctx, party, h); !fault.Because(err, "request_uri_unknown") || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("A10 another party's", "rival", push())
	refused("A12 nobody's", "shop", identity.NewHandle())
	one, other := push(), push()
	// Who can write rows cannot give one party's page another's request.
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "UPDATE pushed_request SET body = (SELECT body FROM pushed_request ORDER BY id LIMIT 1)"); err != nil {
		t.Fatal(err)
	}
	_, err1 := k.Authorize.Recall(ctx, "shop", one)
	_, err2 := k.Authorize.Recall(ctx, "shop", other)
	if (err1 == nil) && (err2 == nil) {
		t.Error("one row's body opened in another's place")
	}
	late := push()
	k.Advance(authorize.PushedLife - time.Second)
	if _, err := k.Authorize.Recall(ctx, "shop", late); err != nil {
		t.Error(err)
	}
	k.Advance(time.Second)
	refused("A11 expired", "shop", late)
}

// An approval that began in time may come late: the row waits for it, and the
// sweeper for no longer.
func TestPushedAndSwept(t *testing.T) {
	k, c, ctx := scene(t)
	_, sealed := pushed(t, k, c.Request("shop", identity.ModeCert))
	k.Advance(14 * time.Minute)
	if err := k.Store.Sweep(ctx, k.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ApproveSealed(ctx, sealed); err != nil {
		t.Error(err)
	}
	pushed(t, k, c.Request("shop", identity.ModeCert))
	k.Advance(17 * time.Minute)
	if err := k.Store.Sweep(ctx, k.Now()); err != nil || len(rows(t, k)) != 0 {
		t.Errorf("%d rows stay: %v", len(rows(t, k)), err)
	}
}

// The store tells nothing of a pushed request, not even how long it is.
func TestPushedRowsTellNothing(t *testing.T) {
	k, c, ctx := scene(t)
	short, long := c.Request("shop", identity.ModeCert), c.Request("shop", identity.ModeCert, identity.Over14, identity.Over18)
	long.Nonce, long.State, long.Intent = strings.Repeat("n", 64), strings.Repeat("s", 64), identity.IntentReverify
	most := c.Request("shop", identity.ModeCertPwdFace, identity.Over14, identity.Over18, identity.Over60)
	most.State, most.Nonce, most.JKT = strings.Repeat("s", 2048), strings.Repeat("n", 512), strings.Repeat("j", 43)
	for range 7 {
		most.Modes = append(most.Modes, identity.ModeCertPwdFace)
	}
	lengths := map[string]int{}
	for name, r := range map[string]authorize.Request{"short": short, "long": long, "most": most} {
		h, sealed := pushed(t, k, r)
		all := rows(t, k)
		if len(all) != 1 || strings.Contains(string(all[0]), "shop") || strings.Contains(string(all[0]), h.Text()) {
			t.Fatalf("%s: %d rows, or one that can be read", name, len(all))
		}
		lengths[name] = len(all[0])
		if _, err := k.Authorize.Decline(ctx, nil, sealed, kit.Browser); err != nil {
			t.Fatal(err)
		}
	}
	if lengths["short"] != lengths["long"] || lengths["most"] <= lengths["long"] {
		t.Error(lengths)
	}
}

// A party that must push is not answered otherwise; what the law refuses it
// hears when it pushes, and what it refuses since, when the browser comes.
func TestPushAsksTheLaw(t *testing.T) {
	k, c, ctx := scene(t)
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "bank", Name: "Bank", RedirectURIs: []string{"https://bank.example/cb"}, Pushes: true, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Authorize.Begin(ctx, c.Request("bank", identity.ModeCert)); !fault.Because(err, "request_not_pushed") {
		t.Errorf("A01 not pushed: %v", err)
	}
	_, sealed := pushed(t, k, c.Request("bank", identity.ModeCert))
	if _, err := c.ApproveSealed(ctx, sealed); err != nil {
		t.Error(err)
	}
	plain := c.Request("bank", identity.ModeCert)
	plain.Plain = []identity.PlainAsk{{Item: "name"}}
	if _, err := k.Authorize.Push(ctx, plain); !fault.Because(err, "plaintext_not_allowed") {
		t.Errorf("M01: %v", err)
	}
	elsewhere := c.Request("bank", identity.ModeCert)
	elsewhere.Redirect = "https://evil.example/cb"
	if _, err := k.Authorize.Push(ctx, elsewhere); !fault.Because(err, "redirect_uri_unregistered") {
		t.Errorf("A02: %v", err)
	}
	if _, err := k.Authorize.Push(ctx, c.Request("nobody", identity.ModeCert)); !fault.Because(err, "party_unknown") {
		t.Error(err)
	}
	h, err := k.Authorize.Push(ctx, c.Request("bank", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Store.Party(ctx, "bank")
	if err != nil {
		t.Fatal(err)
	}
	p.Standing = identity.PartySuspended
	if err := k.Store.Commit(ctx, identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{identity.AmendParty{Party: p}}}); err != nil {
		t.Fatal(err)
	}
	r, err := k.Authorize.Recall(ctx, "bank", h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Authorize.Begin(ctx, r); !fault.Because(err, "party_suspended") {
		t.Errorf("M10: %v", err)
	}
}

// O11: anybody may push in the name of a party that proves nothing, so many and
// no more; who proves itself is not counted.
func TestPushesOfAPublicPartyAreCounted(t *testing.T) {
	k, c, ctx := scene(t)
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "app", Name: "App", RedirectURIs: []string{"https://app.example/cb"}, Public: true, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	push := func(party identity.PartyID) error {
		_, err := k.Authorize.Push(ctx, c.Request(party, identity.ModeCert))
		return err
	}
	var refused int
	for range 130 {
		if err := push("shop"); err != nil {
			t.Fatal(err)
		}
		if err := push("app"); fault.Is(err, fault.TooMany) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n := len(rows(t, k)); refused != 10 || n != 250 {
		t.Errorf("%d refused, %d rows", refused, n)
	}
	k.Advance(11 * time.Second)
	if err := push("app"); err != nil {
		t.Error(err)
	}
}

// 64 approvals of one pushed request at once, by the same citizen on as many
// pages: one code.
func TestApprovePushedOnce(t *testing.T) {
	k, c, ctx := scene(t)
	const pages = 64
	for range 3 {
		h, err := k.Authorize.Push(ctx, c.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		var sealed [pages]string
		for i := range sealed {
			sealed[i] = recalled(t, k, "shop", h)
		}
		var start, done sync.WaitGroup
		var codes atomic.Int32
		start.Add(1)
		for _, s := range sealed {
			done.Go(func() {
				start.Wait()
				a, err := c.ApproveSealed(ctx, s)
				switch {
				case err == nil && a.Code != "":
					codes.Add(1)
				case !fault.Because(err, "request_used"):
					t.Error(err)
				}
			})
		}
		start.Done()
		done.Wait()
		if codes.Load() != 1 {
			t.Errorf("%d codes", codes.Load())
		}
	}
}

// The code carries which key alone may redeem it (RFC 9449 §10), and a
// request that names none carries none.
func TestPushedKeyIsInTheCode(t *testing.T) {
	k, c, ctx := scene(t)
	r := c.Request("shop", identity.ModeCert)
	r.JKT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
	_, sealed := pushed(t, k, r)
	shown, err := k.Authorize.Present(ctx, sealed, kit.Browser, "en")
	if err != nil || shown.Ask.JKT != r.JKT {
		t.Fatalf("%+v %v", shown.Ask, err)
	}
	answer, err := c.ApproveSealed(ctx, sealed)
	if err != nil {
		t.Fatal(err)
	}
	var code identity.Code
	if err := k.Authorize.Codes.Open(answer.Code, &code); err != nil || code.Ask.JKT != r.JKT {
		t.Errorf("%+v %v", code.Ask, err)
	}
}
