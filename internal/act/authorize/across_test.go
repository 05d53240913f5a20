package authorize_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// desk is a computer on which a request began, and the phone that is to decide it.
type desk struct {
	*kit.Kit
	t      testing.TB
	ctx    context.Context
	sealed string
	phone  *kit.Citizen
	kept   string // by the phone
}

// begun is a request on a computer where nobody is signed in.
func begun(t testing.TB, k *kit.Kit, c *kit.Citizen, r authorize.Request) *desk {
	t.Helper()
	d := &desk{Kit: k, t: t, ctx: context.Background(), phone: c}
	var err error
	d.sealed, err = k.Authorize.Begin(d.ctx, r)
	d.must(err)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) because(err error, reason string) {
	d.t.Helper()
	if !fault.Because(err, reason) {
		d.t.Fatalf("%v, want %s", err, reason)
	}
}

// screen is what the computer shows, which must be this.
func (d *desk) screen(want authorize.CrossingState) authorize.Crossing {
	d.t.Helper()
	c, err := d.Authorize.Screen(d.ctx, d.sealed, kit.Browser, "Firefox, Linux")
	d.must(err)
	if c.State != want {
		d.t.Fatalf("the computer shows %q, want %q", c.State, want)
	}
	return c
}

// scan has the phone read the code that stands there.
func (d *desk) scan() *desk {
	d.t.Helper()
	var err error
	d.kept, err = d.Authorize.Arrive(d.screen(authorize.CrossingShown).Code)
	d.must(err)
	d.must(d.Authorize.Scan(d.ctx, d.phone.Session, d.kept))
	return d
}

// held is what the phone shows, which must be this.
func (d *desk) held(want authorize.CrossingState) authorize.Crossing {
	d.t.Helper()
	c, err := d.Authorize.Scanned(d.ctx, d.phone.Session, d.kept, "en")
	d.must(err)
	if c.State != want {
		d.t.Fatalf("the phone shows %q, want %q", c.State, want)
	}
	return c
}

// asked is a request that stands on the phone.
func (d *desk) asked() *desk {
	d.t.Helper()
	d.scan().screen(authorize.CrossingAsked)
	return d
}

func (d *desk) approve() error {
	d.t.Helper()
	shown := d.held(authorize.CrossingAsked)
	return d.Authorize.ApproveAcross(d.ctx, d.phone.Session, d.kept, authorize.Approval{Locale: "en", Passcode: d.phone.Passcode,
		Certificate: d.phone.Certificate.ID.String(), Signature: d.phone.Device.Sign(shown.Statement.Bytes())})
}

// approved is one that the citizen agreed to: the number stands on the phone.
func (d *desk) approved() string {
	d.t.Helper()
	d.asked().must(d.approve())
	d.screen(authorize.CrossingApproved)
	return d.held(authorize.CrossingApproved).Match
}

func (d *desk) match(number string) (identity.Answer, error) {
	sealed, err := d.Authorize.Match(d.ctx, d.sealed, kit.Browser, number)
	if err != nil {
		return identity.Answer{}, err
	}
	return d.Authorize.Open(sealed)
}

func other(number string) string {
	if number == "11" {
		return "12"
	}
	return "11"
}

func TestARequestAcrossTwoDevices(t *testing.T) {
	k, c, ctx := scene(t)
	d := begun(t, k, c, c.Request("shop", identity.ModeCert, identity.Over18))
	before := size(t, k)
	for range 2 {
		d.screen(authorize.CrossingShown)
	}
	d.scan().held(authorize.CrossingRead)
	d.screen(authorize.CrossingAsked)
	d.must(k.Authorize.Scan(ctx, c.Session, d.kept)) // a page that is loaded again
	shown := d.held(authorize.CrossingAsked)
	if shown.Party.ID != "shop" || shown.Looks != "Firefox, Linux" || !shown.Statement.Across || shown.Lasting != "" || shown.Ask.Mode != identity.ModeCertPwd {
		t.Errorf("%+v", shown)
	}
	d.must(d.approve())
	if size(t, k) != before {
		t.Error("something was recorded before the number")
	}
	number := d.held(authorize.CrossingApproved).Match
	d.screen(authorize.CrossingApproved)
	a, err := d.match(number)
	d.must(err)
	d.screen(authorize.CrossingDone)
	d.held(authorize.CrossingDone)
	v, err := k.Redeem(ctx, "shop", a.Code)
	d.must(err)
	if v.Mode != identity.ModeCertPwd || a.State != "s" {
		t.Errorf("%+v %+v", v, a)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	d.must(err)
	st, err := client.CheckApproval(recs[0].Event.Approval.Statement, recs[0].Event.Approval.Signature, recs[0].Event.Approval.Device)
	if err != nil || !st.Across || recs[0].Event.Kind != identity.Verified {
		t.Errorf("the record does not say that it was across two devices: %+v %v", st, err)
	}
	if _, err := d.match(number); !fault.Because(err, "request_used") {
		t.Errorf("used twice: %v", err)
	}
}

// The party cannot tell by its code's length that another device took part.
func TestACodeAcrossIsAsLongAsAny(t *testing.T) {
	k, c, ctx := scene(t)
	mine, err := c.Approve(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	a, err := d.match(d.approved())
	d.must(err)
	if was, is := len(mine.Code), len(a.Code); is-was > 8 || was-is > 8 { // the mode that was reached, which the party is told
		t.Errorf("%d and %d characters", was, is)
	}
}

func TestG01ACodeOnAScreenIsGoodForFiveSeconds(t *testing.T) {
	k, c, _ := scene(t)
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	for age, good := range map[time.Duration]bool{0: true, time.Second: true, 5 * time.Second: true, 5*time.Second + time.Millisecond: false, 30 * time.Second: false, -2 * time.Second: true, -3 * time.Second: false} {
		if age < 0 {
			k.Advance(-age)
		}
		code := d.screen(authorize.CrossingShown).Code
		k.Advance(age)
		if _, err := k.Authorize.Arrive(code); good != (err == nil) || !good && !fault.Because(err, "across_late") {
			t.Errorf("after %v: %v", age, err)
		}
	}
	if a, b := d.screen(authorize.CrossingShown).Code, d.screen(authorize.CrossingShown).Code; a == b {
		t.Error("the code does not change")
	}
	for name, foreign := range map[string]string{"request": d.sealed, "empty": "", "altered": strings.Repeat("A", 200)} {
		if _, err := k.Authorize.Arrive(foreign); !fault.Because(err, "request_invalid") {
			t.Errorf("%s as a code: %v", name, err)
		}
	}
	kept, err := k.Authorize.Arrive(d.screen(authorize.CrossingShown).Code)
	d.must(err)
	k.Advance(5 * time.Minute)
	d.because(k.Authorize.Scan(d.ctx, c.Session, kept), "across_over")
}

// Two that read one code: the second is told, and the first does not go on, before and after its yes.
func TestG02ACodeIsReadOnce(t *testing.T) {
	k, c, ctx := scene(t)
	thief := k.Adult(2)
	for _, err := range []error{thief.Enrol(ctx), thief.SignIn(ctx)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, late := range []bool{false, true} {
		d := begun(t, k, c, c.Request("shop", identity.ModeCert))
		code := d.screen(authorize.CrossingShown).Code
		first, err := k.Authorize.Arrive(code)
		d.must(err)
		second, err := k.Authorize.Arrive(code)
		d.must(err)
		d.kept = first
		d.must(k.Authorize.Scan(ctx, c.Session, first))
		d.screen(authorize.CrossingAsked)
		if late {
			d.must(d.approve())
		}
		number := d.phone.Passcode
		if late {
			number = d.held(authorize.CrossingApproved).Match
		}
		d.because(k.Authorize.Scan(ctx, thief.Session, second), "across_used")
		d.screen(authorize.CrossingOver)
		d.held(authorize.CrossingOver)
		if _, err := d.match(number); !fault.Because(err, "across_over") {
			t.Errorf("late %t: %v", late, err)
		}
		if _, err := k.Authorize.Scanned(ctx, thief.Session, second, "en"); !fault.Because(err, "across_used") {
			t.Errorf("the second sees the request: %v", err)
		}
	}
}

// One person's readings are rows: nobody fills the table with them.
func TestOnePersonReadsSoManyCodes(t *testing.T) {
	k, c, ctx := scene(t)
	for range 60 {
		begun(t, k, c, c.Request("shop", identity.ModeCert)).scan()
	}
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	kept, err := k.Authorize.Arrive(d.screen(authorize.CrossingShown).Code)
	d.must(err)
	d.because(k.Authorize.Scan(ctx, c.Session, kept), "too_many_tries")
	d.screen(authorize.CrossingShown)
	k.Advance(10 * time.Minute)
	d.must(c.SignIn(ctx))
	begun(t, k, c, c.Request("shop", identity.ModeCert)).scan()
}

func TestG02ManyReadACodeAtOnce(t *testing.T) {
	k, c, ctx := scene(t)
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	d.asked().must(d.approve())
	number := d.held(authorize.CrossingApproved).Match
	var all sync.WaitGroup
	codes := make(chan string, 64)
	for range 64 {
		all.Go(func() {
			if a, err := d.match(number); err == nil && a.Code != "" {
				codes <- a.Code
			}
		})
	}
	all.Wait()
	close(codes)
	if len(codes) != 1 {
		t.Fatalf("%d codes of one number", len(codes))
	}
	if _, err := k.Redeem(ctx, "shop", <-codes); err != nil {
		t.Error(err)
	}
}

// Who begins a request and has somebody else approve it gets nothing: neither without
// the browser, nor in that browser without the number.
func TestG03TheResultGoesToTheBrowserThatBeganAndKnowsTheNumber(t *testing.T) {
	k, c, ctx := scene(t)
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	number := d.approved()
	for _, browser := range []identity.Handle{{}, {8}} {
		_, err := k.Authorize.Match(ctx, d.sealed, browser, number)
		d.because(err, "other_browser")
		_, err = k.Authorize.Screen(ctx, d.sealed, browser, "")
		d.because(err, "other_browser")
	}
	// The same request cannot be approved around it, in a browser that the phone is not.
	_, err := k.Authorize.Approve(ctx, c.Session, d.sealed, identity.Handle{8}, authorize.Approval{})
	d.because(err, "other_browser")
	if a, err := d.match(number); err != nil || a.Code == "" {
		t.Fatal(err)
	}
}

// Three wrong numbers, and the request is void; the citizen's records say so (F05).
func TestG03ThreeWrongNumbers(t *testing.T) {
	k, c, ctx := scene(t)
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	number := d.approved()
	for range 2 {
		_, err := d.match(other(number))
		d.because(err, "across_number_wrong")
	}
	if a, err := d.match(other(number)); err != nil || a.Error != "access_denied" || a.Code != "" {
		t.Fatalf("%+v %v", a, err)
	}
	if a, err := d.match(number); err != nil || a.Error != "access_denied" {
		t.Fatalf("the right number after three wrong ones: %+v %v", a, err)
	}
	d.held(authorize.CrossingDeclined)
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || recs[0].Event.Kind != identity.Declined || recs[0].Event.Detail != "number" {
		t.Errorf("%+v %v", recs[0].Event, err)
	}
}

func TestG03TheNumberIsAskedOnlyAfterAYes(t *testing.T) {
	k, c, _ := scene(t)
	d := begun(t, k, c, c.Request("shop", identity.ModeCert))
	_, err := d.match("")
	d.because(err, "across_over")
	d.asked()
	_, err = d.match("") // the number of a row that has none
	d.because(err, "across_waits")
	d.must(d.approve())
	d.because(k.Authorize.ApproveAcross(d.ctx, c.Session, d.kept, authorize.Approval{}), "across_over")
	number := d.held(authorize.CrossingApproved).Match
	k.Advance(2 * time.Minute)
	d.held(authorize.CrossingOver)
	_, err = d.match(number)
	d.because(err, "across_over")
}

// What was read by one device is of no use to another, though it has its cookie.
func TestG04WhatADeviceReadIsItsOwn(t *testing.T) {
	k, c, ctx := scene(t)
	second, err := c.Another(ctx, "tablet")
	if err != nil {
		t.Fatal(err)
	}
	d := begun(t, k, c, c.Request("shop", identity.ModeCert)).asked()
	_, err = k.Authorize.Scanned(ctx, second.Session, d.kept, "en")
	d.because(err, "across_used")
	d.because(k.Authorize.DeclineAcross(ctx, second.Session, d.kept), "across_used")
	d.because(k.Authorize.ApproveAcross(ctx, second.Session, d.kept, authorize.Approval{}), "across_used")
	_, err = k.Authorize.Scanned(ctx, c.Session, d.sealed, "en")
	d.because(err, "across_over")
}

// Nobody here knows where two devices are, so each pair takes the passcode.
func TestG08AcrossDevicesTakesThePasscode(t *testing.T) {
	k, c, ctx := scene(t)
	for _, mode := range []identity.Mode{identity.ModeCert, identity.ModeCertFace} {
		d := begun(t, k, c, c.Request("shop", mode)).asked()
		st := d.held(authorize.CrossingAsked).Statement
		in := authorize.Approval{Locale: "en", Face: "match", Certificate: c.Certificate.ID.String(), Signature: c.Device.Sign(st.Bytes())}
		d.because(k.Authorize.ApproveAcross(ctx, c.Session, d.kept, in), "passcode_needed")
		st.Across = false // what is signed for this device is not good for another
		in.Passcode, in.Signature = c.Passcode, c.Device.Sign(st.Bytes())
		d.because(k.Authorize.ApproveAcross(ctx, c.Session, d.kept, in), "signature_invalid")
		d.must(d.approve())
	}
}

func TestG11WhatIsNotGivenAcrossDevices(t *testing.T) {
	k, c, ctx := scene(t)
	for name, change := range map[string]func(*identity.Ask){
		"plain text": func(a *identity.Ask) { a.Plain = []identity.PlainAsk{{Item: identity.ItemName}} },
		"a match":    func(a *identity.Ask) { a.Plain = []identity.PlainAsk{{Item: identity.ItemName, Match: true}} },
		"a wallet":   func(a *identity.Ask) { a.Kinds = []string{"person"} },
		"no page":    func(a *identity.Ask) { a.Quiet = true },
	} {
		sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		var ask identity.Ask
		if err := k.Authorize.Requests.Open(sealed, &ask); err != nil {
			t.Fatal(err)
		}
		change(&ask)
		if sealed, err = k.Authorize.Requests.Seal(ask); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{k.Authorize.Crosses(ask), second(k.Authorize.Screen(ctx, sealed, kit.Browser, "")), second(k.Authorize.Match(ctx, sealed, kit.Browser, "11"))} {
			if !fault.Because(err, "across_refused") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A no on the phone is the no of any device, also after a yes; the computer goes back with it.
func TestDeclineAcross(t *testing.T) {
	k, c, ctx := scene(t)
	for _, late := range []bool{false, true} {
		d := begun(t, k, c, c.Request("shop", identity.ModeCert)).asked()
		if late {
			d.must(d.approve())
		}
		d.must(k.Authorize.DeclineAcross(ctx, c.Session, d.kept))
		d.screen(authorize.CrossingDeclined)
		if a, err := d.match(""); err != nil || a.Error != "access_denied" || a.Code != "" {
			t.Errorf("%+v %v", a, err)
		}
		d.because(k.Authorize.DeclineAcross(ctx, c.Session, d.kept), "across_over")
		recs, err := k.Look.Records(ctx, c.Session)
		if err != nil || recs[0].Event.Kind != identity.Declined {
			t.Errorf("%+v %v", recs[0].Event, err)
		}
	}
}

func TestAPushedRequestAcross(t *testing.T) {
	k, c, ctx := scene(t)
	h, err := k.Authorize.Push(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	pushed := func() *desk {
		r, err := k.Authorize.Recall(ctx, "shop", h)
		if err != nil {
			t.Fatal(err)
		}
		r.Browser = kit.Browser
		return begun(t, k, c, r)
	}
	first, second := pushed(), pushed()
	one, two := first.approved(), second.approved()
	if a, err := first.match(one); err != nil || a.Code == "" {
		t.Fatal(err)
	}
	_, err = second.match(two)
	second.because(err, "request_used")
}

// A child's guardian answers in the child's own browser, and who is not meant is not told of.
func TestWhoDoesNotApproveAcross(t *testing.T) {
	k, c, ctx := scene(t)
	r := c.Request("shop", identity.ModeCert)
	r.Hint = "somebody-else"
	d := begun(t, k, c, r).asked()
	d.must(d.approve())
	if a, err := d.match(""); err != nil || a.Error != "login_required" {
		t.Errorf("%+v %v", a, err)
	}
	r = c.Request("shop", identity.ModeCert)
	r.Fresh = true
	k.Advance(time.Second)
	d = begun(t, k, c, r).asked()
	d.because(d.approve(), "session_over")
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "gone", Name: "Gone", RedirectURIs: []string{"https://gone.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	d = begun(t, k, c, c.Request("gone", identity.ModeCert)).asked()
	d.must(second(k.Admit.Suspend(ctx, "gone", "test")))
	d.because(second(k.Authorize.Scanned(ctx, c.Session, d.kept, "en")), "party_suspended")
}

// A use that takes a guardian's yes cannot wait for it on two devices: it is said
// before anything is signed away, and nothing moves.
func TestAChildDoesNotDecideAcross(t *testing.T) {
	k, _, ctx := scene(t)
	g := k.Adult(60)
	for _, do := range []func(context.Context) error{g.Enrol, g.SignIn} {
		if err := do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	child := k.Person(61, identity.Date{Year: k.Now().Year() - 10, Month: 1, Day: 2}).Of(g)
	if err := child.EnrolMinor(ctx, g); err != nil {
		t.Fatal(err)
	}
	if err := child.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	d := begun(t, k, child, child.Request("shop", identity.ModeCert)).asked()
	before := size(t, k)
	d.because(d.approve(), "across_child")
	if size(t, k) != before {
		t.Error("something was recorded")
	}
	d.held(authorize.CrossingAsked)
	d.screen(authorize.CrossingAsked)
}
