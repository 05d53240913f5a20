package crash_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/test/visitor"
)

// life is one person with all that the server acknowledged to them. What was
// under way when the server died is doubt: it may have happened or not.
type life struct {
	*crash
	card, second string // ids of the drawer; second may be ""
	who          int
	chance       *rand.Rand
	acknowledged map[string]int // how many facts of each kind there ever were
	pace         int            // makes the telephone of every life another one

	me       *visitor.Citizen // nil: not enrolled
	numbers  []string         // of earlier lives: erased, never to come back
	number   string           // "": no number was ever acknowledged in this life
	frozen   bool
	receipts []string
	codes    []code
	cut      string             // the party that was withdrawn from last, if nothing came after
	former   []*visitor.Citizen // erased
	proofs   []url.Values       // sign-in answers that were taken
	leaf     string             // of the erasure's tombstone

	doubt     string // the act that was under way
	cutShort  int    // how often a kill came between a passcode's try and its success: such a try stays counted
	halfGone  int    // erasures whose answer never came
	throttled bool   // too many of those in a quarter of an hour: this device waits, as it should
}

// code is an approval that came back to a party.
type code struct {
	party    *visitor.Party
	text     string
	state    string // "fresh", "used", "dead", "doubt"
	received time.Time
}

var errDown = errors.New("the server is down")

// excused: an answer that says that somebody behind it is dead is no answer. It
// leaves a doubt, as silence does.
func (c *crash) excused(status int) bool {
	e := int(c.excuse.Load())
	return status != 0 && status == e || e <= outage && status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout || e == stepped && status == http.StatusGone
}

// outage excuses what a node says whose database changes over, and what a
// balancer says of a node that it lost; stepped excuses also what a node calls
// expired that was at work when its clock stepped.
const (
	outage  = -1
	stepped = -2
)

// did sorts what an act came to: done, the server died, or a defect.
func (l *life) did(t *testing.T, act string, err error) error {
	var refused *visitor.Refused
	switch {
	case err == nil:
		l.doubt = ""
		l.ack(act)
		return nil
	case errors.As(err, &refused) && !l.excused(refused.Status):
		t.Errorf("%s, %s: %v", l.card, act, err)
	case act == "erase":
		l.halfGone++
	}
	return errors.Join(errDown, err)
}

func (l *life) ack(kind string) {
	if l.acknowledged == nil {
		l.acknowledged = map[string]int{}
	}
	l.acknowledged[kind]++
}

// live does one thing after another until the server dies.
func (l *life) live(t *testing.T, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if l.step(t) != nil {
			return
		}
	}
}

func (l *life) step(t *testing.T) error {
	if l.throttled {
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	if l.me == nil {
		return l.enrol(t, l.card)
	}
	p := l.parties[l.chance.IntN(len(l.parties))]
	switch n := l.chance.IntN(20); {
	case l.frozen:
		return l.thaw(t)
	case n < 9:
		if err := l.approve(t, p); err != nil {
			return err
		}
		return l.redeem(t, len(l.codes)-1)
	case n < 11:
		return l.approve(t, p)
	case n < 13:
		return l.freeze(t)
	case n < 15:
		return l.withdraw(t, p)
	case n < 16:
		return l.signIn(t)
	case n < 18:
		card := l.card
		if l.second != "" && l.chance.IntN(2) == 0 {
			card = l.second
		}
		return l.enrol(t, card)
	}
	return l.erase(t)
}

// whole is a life in which nothing goes wrong, from wherever it stands.
func (l *life) whole(t *testing.T) {
	if l.throttled {
		return
	}
	acts := []func(*testing.T) error{l.signIn, func(t *testing.T) error { return l.approve(t, l.parties[0]) },
		func(t *testing.T) error { return l.redeem(t, len(l.codes)-1) }, l.freeze, l.thaw, func(t *testing.T) error { return l.approve(t, l.parties[1]) },
		func(t *testing.T) error { return l.withdraw(t, l.parties[1]) }}
	if l.who%2 == 1 {
		acts = append(acts, l.erase, func(t *testing.T) error { return l.enrol(t, l.card) })
	}
	if l.me == nil {
		acts = append([]func(*testing.T) error{func(t *testing.T) error { return l.enrol(t, l.card) }}, acts...)
	} else if l.frozen {
		acts = append([]func(*testing.T) error{l.thaw}, acts...)
	}
	for _, act := range acts {
		if err := act(t); err != nil {
			t.Errorf("%s, while nobody killed anything: %v", l.card, err)
			return
		}
	}
}

func (l *life) enrol(t *testing.T, card string) error {
	c, err := visitor.NewCitizen(l.URL, card, fmt.Sprintf("1009%02d%05d", l.who, l.pace))
	if err != nil {
		return err
	}
	l.doubt = "enrol"
	if err := c.Start(); err != nil {
		return l.did(t, "enrol", err)
	}
	if err := c.Until("confirm"); err != nil {
		if reason(err) == "too_many_tries" {
			return l.waits()
		}
		return l.did(t, "enrol", err)
	}
	a, err := c.Step("confirm")
	if err == nil && a.Leads() != "/enrol/done" {
		err = &visitor.Refused{At: "/enrol/confirm", Status: a.Status, Reason: a.Reason()}
	}
	if reason(err) == "device_waits" {
		return l.waits()
	}
	if err != nil {
		return l.did(t, "enrol", err)
	}
	// From here on the number and the certificate are acknowledged: the
	// parcel is in the cookie, whether or not its page is seen.
	if err := c.Unpack(); err != nil {
		var refused *visitor.Refused
		if errors.As(err, &refused) && !l.excused(refused.Status) {
			return l.did(t, "unpack", err)
		}
		l.me, l.doubt = c, "unpack"
		return errDown
	}
	l.enrolled(t, c)
	return l.did(t, "signIn", c.SignIn())
}

// waits is no defect: one telephone gets so many codes an hour, and who types
// the passcode with the document again and again waits (ADR 0038). Without a
// device nothing goes on.
func (l *life) waits() error {
	l.throttled, l.doubt = l.me == nil, ""
	return nil
}

// enrolled holds a number that was given against those before it.
func (l *life) enrolled(t *testing.T, c *visitor.Citizen) {
	for _, n := range l.numbers {
		if n == c.Number {
			t.Errorf("%s: a number that was erased came back", l.card)
		}
	}
	if l.number != "" && l.number != c.Number {
		t.Errorf("%s: the same person has a second number", l.card)
	}
	l.me, l.number, l.doubt = c, c.Number, ""
	l.ack("number")
}

func (l *life) signIn(t *testing.T) error {
	form, err := l.me.Knock()
	if err != nil {
		return l.did(t, "signIn", err)
	}
	a, err := l.me.Post("/signin", form)
	if err == nil && a.Status != http.StatusSeeOther {
		err = &visitor.Refused{At: "/signin", Status: a.Status, Reason: a.Reason()}
	}
	if err == nil {
		l.proofs = append(l.proofs, form)
	}
	return l.did(t, "signIn", err)
}

func (l *life) approve(t *testing.T, p *visitor.Party) error {
	answer, err := l.me.Approve(p.Authorize(nil))
	if err != nil {
		return l.did(t, "approve", err)
	}
	c := code{p, answer.Query().Get("code"), "fresh", time.Now()}
	if c.text == "" {
		t.Errorf("%s: no code in %s", l.card, answer.RawQuery)
	}
	l.codes = append(l.codes, c)
	return l.did(t, "approve", nil)
}

func (l *life) redeem(t *testing.T, i int) error {
	c := &l.codes[i]
	c.state = "doubt"
	got, err := c.party.Redeem(c.text, nil)
	if err == nil && l.excused(got.Status) {
		err = &visitor.Refused{At: "/token", Status: got.Status, Reason: got.Error}
	}
	if err != nil {
		return l.did(t, "redeem", err)
	}
	c.state = "used"
	if got.Status != http.StatusOK || got.Receipt() == "" {
		return l.did(t, "redeem", &visitor.Refused{At: "/token", Status: got.Status, Reason: got.Error + " " + got.Description})
	}
	l.receipts = append(l.receipts, got.Receipt())
	if l.cut == c.party.ID {
		l.cut = ""
	}
	return l.did(t, "redeem", nil)
}

// dead: codes that were approved before do not outlive a withdrawal or the
// person. A freeze stops them for as long as it lasts.
func (l *life) dead(party string) {
	for i := range l.codes {
		if l.codes[i].state == "fresh" && l.codes[i].party.ID == party {
			l.codes[i].state = "dead"
		}
	}
}

func (l *life) freeze(t *testing.T) error {
	l.doubt = "freeze"
	err := l.posted("/certificate/freeze", nil)
	l.frozen = l.frozen || err == nil
	return l.did(t, "freeze", err)
}

func (l *life) thaw(t *testing.T) error {
	l.doubt = "thaw"
	err := l.posted("/certificate/thaw", url.Values{"passcode": {l.me.Passcode}})
	if reason(err) == "too_many_tries" && l.cutShort >= 3 {
		l.throttled, l.doubt = true, ""
		return nil
	}
	if err == nil {
		l.frozen = false
	}
	return l.did(t, "thaw", err)
}

func (l *life) withdraw(t *testing.T, p *visitor.Party) error {
	l.doubt = "withdraw"
	err := l.posted("/platforms/withdraw", url.Values{"party": {p.ID}})
	if err == nil {
		l.cut = p.ID
		l.dead(p.ID)
	}
	return l.did(t, "withdraw", err)
}

// posted sends a form whose success is a redirect.
func (l *life) posted(path string, form url.Values) error {
	a, err := l.me.Post(path, form)
	if err == nil && a.Status != http.StatusSeeOther {
		err = &visitor.Refused{At: path, Status: a.Status, Reason: a.Reason()}
	}
	return err
}

func (l *life) erase(t *testing.T) error {
	l.doubt = "erase"
	a, err := l.me.Post("/erase", url.Values{"passcode": {l.me.Passcode}, "confirm": {"erase"}})
	if err == nil && a.Data("data-receipt") == "" {
		err = &visitor.Refused{At: "/erase", Status: a.Status, Reason: a.Reason()}
	}
	if reason(err) == "too_many_tries" && l.cutShort >= 3 {
		l.throttled, l.doubt = true, ""
		return nil
	}
	if err == nil {
		l.erased(a.Data("data-leaf"))
	}
	return l.did(t, "erase", err)
}

// erased begins another life of the same person.
func (l *life) erased(leaf string) {
	for i := range l.codes {
		l.codes[i].state = "dead"
	}
	l.former = append(l.former, l.me)
	l.numbers = append(l.numbers, l.number)
	l.pace++
	l.me, l.number, l.frozen, l.receipts, l.cut, l.leaf, l.doubt = nil, "", false, nil, "", leaf, ""
}

// tag says whether the page of platforms calls a party withdrawn; it has no
// form for one that is.
func tag(page, party string) bool {
	_, item, ok := strings.Cut(page, `data-party="`+party+`"`)
	if !ok {
		return false
	}
	item, _, _ = strings.Cut(item, "</li>")
	return !strings.Contains(item, "/platforms/withdraw")
}
