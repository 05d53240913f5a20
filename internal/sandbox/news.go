package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netid/internal/connector/authority"
	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// newsFile is what the register has told by itself: one signed piece of news a
// line, the first first. It begins with the first.
const newsFile = "news.jsonl"

// Teller is the register's part that speaks unasked.
type Teller struct {
	dir     string
	people  *Population
	signers []suite.Signer
	now     func() time.Time
}

// Teller of this population, which lies under dir. Its keys come from the
// register's own, so that all nodes of one sandbox speak for one register.
func (p *Population) Teller(dir string, now func() time.Time) *Teller {
	key := func(which string) suite.Signer {
		return suite.NewEdDSA(suite.Derive(p.sam, "netid/sandbox/news/"+which))
	}
	return &Teller{dir: filepath.Join(dir, place), people: p, signers: []suite.Signer{key("one"), key("other")}, now: now}
}

// Name is that of this register's news among those of other sandboxes.
func (t *Teller) Name() string { return t.signers[0].KeyID() }

// Keys are what its news is checked with.
func (t *Teller) Keys() ([]suite.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	for _, s := range t.signers {
		set.Keys = append(set.Keys, s.PublicJWK())
	}
	b, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	return authority.ParseKeys(b)
}

// Tell says something of a persona: "deceased", "alive", "guardianship", or of a
// card of theirs (the first when none is named) "lost", "replaced", "expired",
// "good". until is the card's last valid day, where that is said; today when it is zero.
func (t *Teller) Tell(persona, word, card string, until identity.Date) (identity.News, error) {
	const op = "sandbox.Tell"
	n := identity.News{Time: t.now().UTC().Truncate(time.Second)}
	for _, kind := range []string{"document-" + word, "person-" + word, word + "-changed"} {
		if k := identity.NewsKind(kind); k.Known() {
			n.Kind = k
		}
	}
	who, ok := t.people.registered(persona)
	if n.Kind == "" || !ok {
		return n, fault.Newf(op, fault.NotFound, "card_unknown", "no persona %q, or no news %q", persona, word)
	}
	n.Person = who.Handle
	if n.Kind == identity.GuardianshipChanged {
		if n.Guardian, ok = t.people.guardianOf(who); !ok {
			return n, fault.Newf(op, fault.NotFound, "card_unknown", "nobody is %s's guardian", persona)
		}
	}
	if n.Kind.AboutDocument() {
		d, ok := t.people.documentOf(who, persona, card)
		if !ok {
			return n, fault.Newf(op, fault.NotFound, "card_unknown", "%s has no card %q", persona, card)
		}
		n.Document = identity.DocumentName{Kind: d.Kind, Number: d.Number}
		switch {
		case n.Kind == identity.DocumentGood:
			n.Until, n.Long = d.Expires, d.Long
		case n.Kind != identity.DocumentLost && until.Valid():
			n.Until = until
		case n.Kind != identity.DocumentLost:
			n.Until = identity.Today(n.Time)
		}
	}
	release, err := disk.Exclusive(t.dir) // other nodes of the sandbox tell too
	if err != nil {
		return n, fault.Wrap(op, fault.Internal, "", err)
	}
	defer release()
	lines, err := told(t.dir)
	if err != nil {
		return n, fault.Wrap(op, fault.Internal, "", err)
	}
	n.Seq = uint64(len(lines) + 1)
	if n.Kind == identity.GuardianshipChanged { // said again, it is as it was
		ended, err := endedIn(lines, n.Person)
		if err != nil {
			return n, fault.Wrap(op, fault.Internal, "", err)
		}
		n.Ended = !ended[n.Guardian]
	}
	by := t.signers[:1]
	if n.Kind.TakesBack() {
		by = t.signers
	}
	signed, err := authority.Sign(n, by...)
	if err != nil {
		return n, fault.Wrap(op, fault.Internal, "", err)
	}
	var all bytes.Buffer
	for _, s := range append(lines, signed) {
		if err := json.NewEncoder(&all).Encode(s); err != nil {
			return n, fault.Wrap(op, fault.Internal, "", err)
		}
	}
	return n, fault.Wrap(op, fault.Internal, "", disk.Write(filepath.Join(t.dir, newsFile), all.Bytes()))
}

// registered finds a persona's row.
func (p *Population) registered(name string) (person, bool) {
	if n, ok := crowdNumber(name, ""); ok {
		w, _ := crowd(n, p.sam)
		return w, true
	}
	for _, w := range p.people {
		if w.Word == name {
			return w, true
		}
	}
	return person{}, false
}

// documentOf is the register's row of a card, the persona's first when none is named.
func (p *Population) documentOf(who person, persona, card string) (registered, bool) {
	if len(who.Documents) > 0 && card == "" {
		return who.Documents[0], true
	}
	c, ok := p.card(card)
	for _, d := range who.Documents {
		if ok && c.Owner == persona && d.Kind == c.Kind && d.Number == c.Number {
			return d, true
		}
	}
	return registered{}, false
}

// told is everything that was told so far.
func told(dir string) (all []authority.Signed, err error) {
	b, err := os.ReadFile(filepath.Join(dir, newsFile))
	if missing(err) {
		return nil, nil
	}
	for line := range strings.Lines(string(b)) {
		var s authority.Signed
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, err
}

// News is what the register told after the n-th.
func (r *Register) News(after uint64) ([]authority.Signed, error) {
	all, err := told(r.dir)
	if err != nil {
		return nil, fault.Wrap("sandbox.News", fault.Internal, "", err)
	}
	all = all[min(after, uint64(len(all))):]
	return all[:min(len(all), authority.MostNews)], nil
}

// guardianOf is the first of those who answer for a minor.
func (p *Population) guardianOf(who person) (identity.PersonHandle, bool) {
	for _, g := range p.people {
		if slices.Contains(who.Guardians, g.Word) {
			return g.Handle, true
		}
	}
	return "", false
}

// since reports what was told of a person since the founding: whether they are
// dead, and whether this document is valid no more. The register knows at once
// what it tells.
func (r *Register) since(who identity.PersonHandle, d identity.DocumentName) (dead, gone bool, err error) {
	all, err := told(r.dir)
	if err != nil {
		return false, false, err
	}
	err = each(all, who, func(n identity.News) {
		switch {
		case n.Kind == identity.PersonDeceased || n.Kind == identity.PersonAlive:
			dead = n.Kind == identity.PersonDeceased
		case n.Document == d:
			gone = n.Kind != identity.DocumentGood
		}
	})
	return dead, gone, err
}

// endedIn are those whose guardianship of a child ended, by what was told.
func endedIn(all []authority.Signed, child identity.PersonHandle) (map[identity.PersonHandle]bool, error) {
	ended := map[identity.PersonHandle]bool{}
	err := each(all, child, func(n identity.News) {
		if n.Kind == identity.GuardianshipChanged {
			ended[n.Guardian] = n.Ended
		}
	})
	return ended, err
}

func each(all []authority.Signed, who identity.PersonHandle, news func(identity.News)) error {
	for _, s := range all {
		b, _ := base64.RawURLEncoding.DecodeString(s.Payload)
		var n identity.News
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		if n.Person == who {
			news(n)
		}
	}
	return nil
}
