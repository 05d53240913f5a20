package authorize

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// A request that is begun in one browser and decided on another device
// (docs/adr/0056-across-devices.md). The browser that began it shows a code that
// changes; a citizen's own device reads it, shows the request, decides, and then shows a
// number, which is typed where the request began. Nothing is kept before a
// signed-in citizen reads the code, and it is their row that makes the code good once.

const (
	frameLife    = 5 * time.Second // of one code on the screen (attacks.md G01)
	frameAhead   = 2 * time.Second // that two nodes' clocks may differ
	arrivalLife  = 5 * time.Minute // to sign in after the code was read
	crossingLife = 10 * time.Minute
	numberLife   = 2 * time.Minute // to type the number
	numberTries  = 3               // attacks.md F05
	crossingMost = 60              // codes that one person reads in crossingLife: a row for each
	crossingSize = 8 << 10         // rows have few lengths, whatever was decided
	maxLooks     = 60              // bytes of what the browser says that it is
)

// How a crossing ended, where it was not with a no for the party.
const (
	crossed  = "done"
	scrapped = "over" // two devices read the code: nobody knows whose it is
)

// frame is what a code on the screen carries, sealed.
type frame struct {
	At   int64           `json:"t"` // Unix, in milliseconds
	Name identity.Handle `json:"h"` // of the crossing
}

// arrival is what a device that read a code keeps, sealed, in a cookie of its own: no link carries it.
type arrival struct {
	Name    identity.Handle `json:"h"`
	Expires time.Time       `json:"x"`
}

// crossing is the row of a request that was read by another device.
type crossing struct {
	Phone identity.CertificateID `json:"p"`           // of the device that read the code
	Looks string                 `json:"l,omitempty"` // what the browser that began calls itself
	Ask   *identity.Ask          `json:"a,omitempty"` // nil until that browser handed it over
	Code  *identity.Code         `json:"c,omitempty"` // once it was approved
	Match string                 `json:"m,omitempty"` // the number
	Until time.Time              `json:"u,omitzero"`  // for the number
	Wrong int                    `json:"n,omitempty"` // numbers
	End   string                 `json:"e,omitempty"` // crossed, scrapped, or what the party is told
	Even  string                 `json:"w"`
	row   identity.DraftRow
	name  identity.Handle
}

// Crossing is a request across two devices as either side sees it.
type Crossing struct {
	State CrossingState
	Code  string // CrossingShown: what to show now
	Match string // CrossingApproved, on the device that approved: the number
	Looks string // what the browser that began calls itself
	Presented
}

// CrossingState is how far a crossing went.
type CrossingState string

const (
	CrossingShown    CrossingState = "shown"    // nobody has read the code
	CrossingRead     CrossingState = "read"     // a device read it
	CrossingAsked    CrossingState = "asked"    // and shows the request
	CrossingApproved CrossingState = "approved" // the number is to be typed
	CrossingDone     CrossingState = "done"
	CrossingOver     CrossingState = "over"
	CrossingDeclined CrossingState = "declined"
)

// Crosses says whether a request may be decided on another device: what a stranger's
// screen could be after is not given there (attacks.md G11), plain text and what a wallet is to keep.
func (a *Act) Crosses(ask identity.Ask) error {
	if len(ask.Plain) > 0 || ask.Kinds != nil || ask.Quiet {
		return fault.New("authorize.Crosses", fault.Forbidden, "across_refused")
	}
	return nil
}

// across is the request as it is decided on another device: this once, with the
// passcode, since nobody here knows where either device is (attacks.md G08).
func across(ask identity.Ask) identity.Ask {
	ask.Across, ask.Remember, ask.Offline = true, 0, 0
	ask.Mode = identity.Reached(true, ask.Mode.Face())
	return ask
}

// Screen is the crossing in the browser that began the request. Where a device has
// read the code, it is handed the request here, by the one browser that has it.
func (a *Act) Screen(ctx context.Context, sealed string, browser identity.Handle, looks string) (Crossing, error) {
	const op = "authorize.Screen"
	ask, name, err := a.screen(op, sealed, browser)
	if err != nil {
		return Crossing{}, err
	}
	c, err := a.crossing(ctx, name)
	if fault.Because(err, "across_over") {
		code, err := a.Frames.Seal(frame{a.Now().UnixMilli(), name})
		return Crossing{State: CrossingShown, Code: code}, fault.At(op, err)
	}
	if err != nil {
		return Crossing{}, fault.At(op, err)
	}
	if c.Ask == nil && c.End == "" {
		c.Ask, c.Looks = &ask, looks[:min(len(looks), maxLooks)]
		swap, err := a.swap(&c)
		if err == nil {
			err = a.Store.Jot(ctx, swap)
		}
		if err != nil && !fault.Because(err, "draft_moved") { // this browser looked twice
			return Crossing{}, fault.At(op, err)
		}
	}
	return Crossing{State: c.state(a.Now())}, nil
}

// screen opens a request in the browser that began it, and names its crossing.
// That name is made of the browser's own cookie, so nobody else can make it.
func (a *Act) screen(op, sealed string, browser identity.Handle) (identity.Ask, identity.Handle, error) {
	ask, err := a.ask(op, sealed, browser)
	if err == nil {
		err = a.Crosses(ask)
	}
	return ask, a.Cover.Digest([]byte("netid/across/v1"), browser[:], []byte(ask.Transaction)), err
}

func (c crossing) state(now time.Time) CrossingState {
	switch {
	case c.End == crossed:
		return CrossingDone
	case c.End == scrapped:
		return CrossingOver
	case c.End != "":
		return CrossingDeclined
	case c.Ask == nil:
		return CrossingRead
	case !now.Before(c.Ask.Expires) || c.Code != nil && !now.Before(c.Until):
		return CrossingOver
	case c.Code == nil:
		return CrossingAsked
	}
	return CrossingApproved
}

// Arrive takes a code that a device read from a screen within the last seconds, and
// gives what that device keeps to go on: Gone "across_late" for any other.
func (a *Act) Arrive(code string) (string, error) {
	const op = "authorize.Arrive"
	var f frame
	if err := a.Frames.Open(code, &f); err != nil {
		return "", fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if age := a.Now().Sub(time.UnixMilli(f.At)); age < -frameAhead || age > frameLife {
		return "", fault.New(op, fault.Gone, "across_late")
	}
	s, err := a.Arrivals.Seal(arrival{f.Name, a.Now().Add(arrivalLife)})
	return s, fault.At(op, err)
}

// Scan makes the crossing this device's. Of two that read one code neither goes on:
// one of them was not meant, and nobody here can tell which (attacks.md G02).
func (a *Act) Scan(ctx context.Context, s identity.Session, kept string) error {
	const op = "authorize.Scan"
	var from arrival
	if err := a.Arrivals.Open(kept, &from); err != nil {
		return fault.Wrap(op, fault.Gone, "across_over", err)
	}
	if !a.Now().Before(from.Expires) {
		return fault.New(op, fault.Gone, "across_over")
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	c := crossing{Phone: s.Certificate, name: from.Name, row: identity.DraftRow{ID: a.Cover.ID(from.Name), Version: 1, Expires: a.Now().Add(crossingLife)}}
	if err := a.sealCrossing(&c); err != nil {
		return fault.At(op, err)
	}
	err = a.Store.Jot(ctx, identity.PutDraft{Draft: c.row},
		identity.Count{Index: a.Vault.CounterIndex("across", o.ID[:]), Limit: crossingMost, Window: crossingLife, Now: a.Now()})
	if !fault.Because(err, "draft_exists") {
		return fault.At(op, err)
	}
	c, err = a.crossing(ctx, from.Name)
	if err != nil || c.Phone == s.Certificate { // this device looked twice
		return fault.At(op, err)
	}
	if c.End == "" {
		c.End = scrapped
		swap, err := a.swap(&c)
		if err == nil {
			err = a.Store.Jot(ctx, swap)
		}
		if err != nil {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Gone, "across_used")
}

// Scanned is the crossing on the device that read the code.
func (a *Act) Scanned(ctx context.Context, s identity.Session, kept, locale string) (Crossing, error) {
	const op = "authorize.Scanned"
	c, err := a.mine(ctx, op, s, kept)
	if err != nil {
		return Crossing{}, err
	}
	view := Crossing{State: c.state(a.Now()), Match: c.Match, Looks: c.Looks}
	if c.Ask == nil {
		return view, nil
	}
	p, err := a.party(ctx, op, c.Ask.Party)
	if err != nil {
		return view, err
	}
	ask := across(*c.Ask)
	view.Presented = Presented{Ask: ask, Party: p, Statement: a.Statement(short(ask), p, locale, nil)}
	return view, nil
}

// mine is the crossing that this device read.
func (a *Act) mine(ctx context.Context, op string, s identity.Session, kept string) (crossing, error) {
	var from arrival
	if err := a.Arrivals.Open(kept, &from); err != nil {
		return crossing{}, fault.Wrap(op, fault.Gone, "across_over", err)
	}
	c, err := a.crossing(ctx, from.Name)
	if err != nil {
		return c, fault.At(op, err)
	}
	if c.Phone != s.Certificate {
		return c, fault.New(op, fault.Gone, "across_used")
	}
	return c, nil
}

// crossing reads a row; Gone "across_over" where there is none.
func (a *Act) crossing(ctx context.Context, name identity.Handle) (c crossing, err error) {
	const op = "authorize.crossing"
	row, err := a.Store.Draft(ctx, a.Cover.ID(name))
	switch {
	case fault.Is(err, fault.NotFound):
		return c, fault.Wrap(op, fault.Gone, "across_over", err)
	case err != nil:
		return c, err
	}
	if err = a.Cover.Open(name, row.Body, &c); err == nil && !a.Now().Before(row.Expires) {
		c.End = scrapped // not swept yet: no new code is shown for it
	}
	c.row, c.name = row, name
	return c, err
}

// swap puts the crossing in the place of what was read.
func (a *Act) swap(c *crossing) (identity.SwapDraft, error) {
	from := c.row.Version
	c.row.Version++
	err := a.sealCrossing(c)
	return identity.SwapDraft{Draft: c.row, From: from}, err
}

func (a *Act) sealCrossing(c *crossing) (err error) {
	c.Even = ""
	plain, err := json.Marshal(c)
	if err != nil {
		return fault.Wrap("authorize.sealCrossing", fault.Internal, "internal", err)
	}
	c.Even = strings.Repeat(" ", crossingSize-len(plain)%crossingSize)
	c.row.Body, err = a.Cover.Seal(c.name, c)
	return err
}
