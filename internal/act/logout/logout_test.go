package logout_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/logout"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// scene is an adult who is signed in, and parties: one that takes notices, one
// that needs each session named, one that only sends browsers back, one that knows nothing of log-outs.
func scene(t testing.TB) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	ctx, k := context.Background(), kit.New(t, law.New())
	for id, in := range map[string]admit.Leaving{"told": {BackChannel: "https://told.example/back"}, "named": {BackChannel: "https://named.example/back", BySession: true},
		"sent": {PostLogout: []string{"https://sent.example/bye"}}, "plain": {}} {
		if _, _, err := k.Admit.Register(ctx, admit.Application{ID: id, Name: "The " + id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true, Leaving: in}); err != nil {
			t.Fatal(err)
		}
	}
	c := k.Adult(1)
	must(t, c.Enrol(ctx))
	must(t, c.SignIn(ctx))
	return k, c, ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func visit(t testing.TB, c *kit.Citizen, party identity.PartyID) identity.Verification {
	t.Helper()
	a, err := c.Approve(t.Context(), c.Request(party, identity.ModeCert))
	must(t, err)
	v, err := c.Redeem(t.Context(), party, a.Code)
	must(t, err)
	return v
}

// lives reports how many sessions there are, and whether the token of one is good.
func lives(t testing.TB, c *kit.Citizen) int {
	t.Helper()
	all, err := c.Logout.Sessions(t.Context(), c.Session)
	must(t, err)
	return len(all)
}

func dead(t testing.TB, c *kit.Citizen, v identity.Verification) bool {
	t.Helper()
	_, err := c.Verify.Claims(t.Context(), v.Access)
	if err != nil && !fault.Because(err, "token_revoked") {
		t.Fatal(err)
	}
	return err != nil
}

// ends counts the events that say that a session ended.
func ends(t testing.TB, c *kit.Citizen) (n int) {
	t.Helper()
	all, err := c.Look.Records(t.Context(), c.Session)
	must(t, err)
	for _, r := range all {
		if r.Event.Kind == identity.SessionEnded {
			n++
		}
	}
	return n
}

func TestASessionIsNamedToWhoLogsOutAlone(t *testing.T) {
	_, c, _ := scene(t)
	told, sent, plain := visit(t, c, "told"), visit(t, c, "sent"), visit(t, c, "plain")
	if told.SID == "" || sent.SID == "" || plain.SID != "" {
		t.Errorf("%q, %q, %q", told.SID, sent.SID, plain.SID)
	}
	if again := visit(t, c, "told"); again.SID == told.SID || told.SID == sent.SID {
		t.Error("two sessions have one name")
	}
	if n := lives(t, c); n != 4 {
		t.Errorf("%d sessions", n)
	}
}

// The longest party that may log out has records no longer than any other's:
// their length tells nothing.
func TestRecordsOfOneLength(t *testing.T) {
	k, c, ctx := scene(t)
	id := strings.Repeat("x", 64)
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: id, Name: "X", RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true,
		Leaving: admit.Leaving{PostLogout: []string{"https://x.example/bye"}}}); err != nil {
		t.Fatal(err)
	}
	v, _ := visit(t, c, identity.PartyID(id)), visit(t, c, "plain")
	must(t, k.Logout.End(ctx, c.Session, v.Receipt))
	o, err := k.Vault.Visit(ctx, c.Session)
	must(t, err)
	rows, err := k.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	must(t, err)
	lengths := map[int]int{}
	for _, r := range rows[len(rows)-3:] {
		lengths[len(r.Body)]++
	}
	if len(lengths) != 1 || len(v.SID) > 240 {
		t.Errorf("lengths %v, a sid of %d", lengths, len(v.SID))
	}
}

// A party ends its own session: tokens, event and notice in one; a second time, another's, garbage: nothing.
func TestHinted(t *testing.T) {
	k, c, ctx := scene(t)
	v, other, sent := visit(t, c, "told"), visit(t, c, "told"), visit(t, c, "sent")
	must(t, k.Logout.Hinted(ctx, "named", v.SID))
	must(t, k.Logout.Hinted(ctx, "told", "garbage"))
	must(t, k.Logout.Hinted(ctx, "told", v.Access))
	if dead(t, c, v) || ends(t, c) != 0 || len(k.Told()) != 0 {
		t.Fatal("ended by who may not")
	}
	for range 3 {
		must(t, k.Logout.Hinted(ctx, "told", v.SID))
	}
	if !dead(t, c, v) || dead(t, c, other) || dead(t, c, sent) || ends(t, c) != 1 || lives(t, c) != 2 {
		t.Errorf("%t %t %t, %d ends, %d live", dead(t, c, v), dead(t, c, other), dead(t, c, sent), ends(t, c), lives(t, c))
	}
	if n := k.Told(); len(n) != 1 || n[0].Party != "told" || n[0].SID != v.SID || n[0].Subject != v.Subject {
		t.Errorf("told %+v", n)
	}
}

func TestEndAndEndAll(t *testing.T) {
	k, c, ctx := scene(t)
	first, second, third, plain := visit(t, c, "named"), visit(t, c, "named"), visit(t, c, "told"), visit(t, c, "plain")
	must(t, k.Logout.End(ctx, c.Session, first.Receipt))
	must(t, k.Logout.End(ctx, c.Session, first.Receipt))
	must(t, k.Logout.End(ctx, c.Session, plain.Receipt))
	must(t, k.Logout.End(ctx, c.Session, identity.NewEventID(k.Now())))
	if !dead(t, c, first) || dead(t, c, second) || !dead(t, c, plain) || ends(t, c) != 2 || len(k.Told()) != 1 {
		t.Errorf("%d ends, told %v", ends(t, c), k.Told())
	}
	fourth := visit(t, c, "named")
	for range 2 {
		must(t, k.Logout.EndAll(ctx, c.Session, "named"))
	}
	if !dead(t, c, second) || !dead(t, c, fourth) || dead(t, c, third) || ends(t, c) != 3 || lives(t, c) != 1 {
		t.Errorf("%d ends, %d live", ends(t, c), lives(t, c))
	}
	names := map[string]bool{}
	for _, n := range k.Told() {
		names[n.SID] = n.Party == "named"
	}
	if len(names) != 3 || !names[first.SID] || !names[second.SID] || !names[fourth.SID] {
		t.Errorf("told %v", k.Told())
	}
	must(t, k.Logout.Hinted(ctx, "named", fourth.SID)) // was ended in another way
	if ends(t, c) != 3 {
		t.Error("a session ended twice")
	}
	if again := visit(t, c, "named"); dead(t, c, again) || lives(t, c) != 2 {
		t.Error("nobody can sign in again")
	}
}

// Somebody else's session is nobody's here.
func TestAnotherPersonsSession(t *testing.T) {
	k, c, ctx := scene(t)
	v, other := visit(t, c, "told"), k.Adult(2)
	must(t, other.Enrol(ctx))
	must(t, other.SignIn(ctx))
	must(t, k.Logout.End(ctx, other.Session, v.Receipt))
	must(t, k.Logout.EndAll(ctx, other.Session, "told"))
	if dead(t, c, v) || ends(t, other)+ends(t, c) != 0 || len(k.Told()) != 0 {
		t.Error("somebody ended another's session")
	}
}

// Withdrawing, freezing and erasing end sessions and tell parties, each its own.
func TestWhatElseEndsSessions(t *testing.T) {
	for name, do := range map[string]func(context.Context, *kit.Citizen) error{
		"withdraw": func(ctx context.Context, c *kit.Citizen) error { return c.Authorize.Withdraw(ctx, c.Session, "told") },
		"freeze":   func(ctx context.Context, c *kit.Citizen) error { return c.Issue.Freeze(ctx, c.Session) },
		"erase": func(ctx context.Context, c *kit.Citizen) error {
			_, err := c.Kit.Erase.Erase(ctx, c.Session, c.Passcode)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, c, ctx := scene(t)
			v, _, named, sent := visit(t, c, "told"), visit(t, c, "told"), visit(t, c, "named"), visit(t, c, "sent")
			must(t, do(ctx, c))
			told := map[string]kit.Notice{}
			for _, n := range k.Told() {
				told[n.Party] = n
			}
			want := map[string]int{"withdraw": 1, "freeze": 2, "erase": 2}[name]
			if len(told) != want || len(k.Told()) != want || told["told"].Subject != v.Subject || told["told"].SID != "" {
				t.Errorf("told %+v", k.Told())
			}
			if want == 2 && told["named"].SID != named.SID {
				t.Errorf("told %+v", told["named"])
			}
			if !dead(t, c, v) {
				t.Error("the token still speaks")
			}
			if name == "freeze" {
				must(t, c.Issue.Thaw(ctx, c.Session, c.Passcode))
				if !dead(t, c, v) || !dead(t, c, sent) || lives(t, c) != 0 {
					t.Error("thawing brought a session back")
				}
			}
			must(t, k.Logout.Hinted(ctx, "told", v.SID))
			if len(k.Told()) != want && name != "freeze" {
				t.Error("told again")
			}
		})
	}
}

// However many came after it: what a party could come back with ends with the freeze.
func TestFreezingEndsEveryRefreshToken(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	k, c, ctx := scene(t)
	_, _, err := k.Admit.Register(ctx, admit.Application{ID: "again", Name: "Again", RedirectURIs: []string{"https://again.example/cb"}, Offline: 90, Sandbox: true})
	must(t, err)
	r := c.Request("again", identity.ModeCert)
	r.Offline = true
	a, err := c.Approve(ctx, r, "offline_90")
	must(t, err)
	v, err := c.Redeem(ctx, "again", a.Code)
	must(t, err)
	for range 65 { // more than a commit has notices
		visit(t, c, "told")
	}
	k.Advance(2 * time.Hour)
	must(t, c.SignIn(ctx))
	if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "again"}); err != nil {
		t.Fatal(err)
	}
	must(t, c.Issue.Freeze(ctx, c.Session))
	must(t, c.Issue.Thaw(ctx, c.Session, c.Passcode))
	if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "again"}); !fault.Because(err, "verification_over") {
		t.Errorf("the freeze left a refresh token: %v", err)
	}
}

// unreadable has one record of everybody's that does not open.
type unreadable struct {
	logout.Store
	id []byte
}

func (s unreadable) EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error) {
	rows, err := s.Store.EntriesOf(ctx, owner)
	for i := range rows {
		if string(rows[i].ID) == string(s.id) {
			rows[i].Body = append([]byte{1}, rows[i].Body...)
		}
	}
	return rows, err
}

// A record that somebody altered keeps no session from ending with the others.
func TestFreezingEndsWhatCannotBeRead(t *testing.T) {
	k, c, ctx := scene(t)
	v, other := visit(t, c, "told"), visit(t, c, "plain")
	k.Logout.Store = unreadable{k.Logout.Store, k.Store.EntryKey(v.Receipt).ID}
	if lives(t, c) != 1 {
		t.Fatal("the record opens")
	}
	must(t, c.Issue.Freeze(ctx, c.Session))
	must(t, c.Issue.Thaw(ctx, c.Session, c.Passcode))
	if !dead(t, c, v) || !dead(t, c, other) {
		t.Error("a session outlives the freeze")
	}
}

// What its party revoked is listed no more, and the others are.
func TestARevokedSessionIsNotListed(t *testing.T) {
	k, c, ctx := scene(t)
	v, _ := visit(t, c, "told"), visit(t, c, "plain")
	must(t, k.Verify.Revoke(ctx, "told", v.Access))
	all, err := c.Logout.Sessions(ctx, c.Session)
	if err != nil || len(all) != 1 || all[0].Party != "plain" {
		t.Errorf("%+v %v", all, err)
	}
	must(t, c.Logout.EndAll(ctx, c.Session, "told")) // and is no error to end
}

// After thirty days a verification is taken for no session any more.
func TestSessionsEndByThemselves(t *testing.T) {
	k, c, ctx := scene(t)
	v := visit(t, c, "told")
	k.Advance(identity.SessionLife + 25*time.Hour)
	must(t, c.SignIn(ctx))
	if lives(t, c) != 0 {
		t.Error("it still lives")
	}
	must(t, k.Logout.Hinted(ctx, "told", v.SID))
	must(t, k.Logout.EndAll(ctx, c.Session, "told"))
	if ends(t, c) != 0 || len(k.Told()) != 0 {
		t.Error("what was over ended")
	}
}

// However many end one session at once, and whoever uses its token meanwhile:
// one event, one notice, and afterwards nothing is good.
func TestManyEndAtOnce(t *testing.T) {
	k, c, ctx := scene(t)
	v := visit(t, c, "told")
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				err = k.Logout.Hinted(ctx, "told", v.SID)
			case 1:
				err = k.Logout.End(ctx, c.Session, v.Receipt)
			default:
				if _, err = k.Verify.Claims(ctx, v.Access); fault.Because(err, "token_revoked") {
					err = nil
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if ends(t, c) != 1 || len(k.Told()) != 1 || !dead(t, c, v) {
		t.Errorf("%d events, %d notices", ends(t, c), len(k.Told()))
	}
}

// All of them at a party at once with one of them: at most one event each.
func TestOneAndAllAtOnce(t *testing.T) {
	k, c, ctx := scene(t)
	v, w := visit(t, c, "told"), visit(t, c, "told")
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			do := []func() error{func() error { return k.Logout.EndAll(ctx, c.Session, "told") }, func() error { return k.Logout.Hinted(ctx, "told", v.SID) }}[i%2]
			if err := do(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := ends(t, c); n < 1 || n > 2 || !dead(t, c, v) || !dead(t, c, w) || lives(t, c) != 0 {
		t.Errorf("%d events, %d live", n, lives(t, c))
	}
}

// A party's server that is down is told later, once; the notice waits sealed and ends visibly.
func TestNoticesWait(t *testing.T) {
	k, c, ctx := scene(t)
	v := visit(t, c, "told")
	k.Down = func(string) error { return fault.New("test", fault.Unavailable, "logout_unreachable") }
	must(t, k.Logout.Hinted(ctx, "told", v.SID))
	if len(k.Told()) != 0 {
		t.Fatal("told while down")
	}
	k.Advance(time.Minute)
	k.Down = nil
	if n := k.Told(); len(n) != 1 || n[0].SID != v.SID {
		t.Errorf("told %+v", n)
	}
	rows, err := k.Store.Deliveries(ctx, false, 10)
	must(t, err)
	if len(rows) != 0 {
		t.Errorf("%d notices wait still", len(rows))
	}
}

// The log-out that a browser carries is ours, and good for ten minutes.
func TestGoodbyeTravelsSealed(t *testing.T) {
	k, _, ctx := scene(t)
	want := identity.Goodbye{Party: "told", Redirect: "https://told.example/bye", State: "s", Ended: true}
	sealed, err := k.Logout.Seal(want)
	must(t, err)
	g, p, err := k.Logout.Read(ctx, sealed)
	must(t, err)
	if g.Redirect != want.Redirect || g.State != "s" || !g.Ended || p.ID != "told" {
		t.Errorf("%+v %+v", g, p)
	}
	for _, s := range []string{"", "x", sealed + "A"} {
		if _, err := k.Logout.Open(s); !fault.Because(err, "request_invalid") {
			t.Errorf("%q: %v", s, err)
		}
	}
	k.Advance(10 * time.Minute)
	if _, err := k.Logout.Open(sealed); !fault.Because(err, "request_expired") {
		t.Error(err)
	}
}
