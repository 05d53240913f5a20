package csca

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netid/internal/disk"
	"netid/internal/emrtd"
)

// Source is what an operator brings: PEM or DER of certificates and revocation
// lists, or a master list.
type Source struct {
	Bytes      []byte
	Publishers *emrtd.Anchors // of master lists; nil: none is taken
	Countries  []string       // of two letters; empty: all
}

// Change is what became of it.
type Change struct {
	Added   []Entry
	Known   int // were here
	Others  int // of other countries
	Refused int // in a master list: unreadable, no CA, or a link that leads nowhere
}

// Entry is one thing of the file, to be read by people.
type Entry struct {
	Kind        string // "root", "link", "list"
	Country     string
	Name        string
	Until       time.Time
	Revokes     int // of a list
	Fingerprint string
}

// Import adds a source to the file, which may not exist yet. A self-signed
// certificate by itself is trusted because the operator brings it; a link needs
// an anchor that signed it; a revocation list needs one, too, must be of today
// and newer than the one that it replaces; a master list needs a publisher.
func Import(path string, s Source, now time.Time) (Change, error) {
	var change Change
	err := edit(path, func(a *emrtd.Anchors) (*emrtd.Anchors, error) {
		certificates, lists, listed, err := s.read(now, &change)
		if err != nil {
			return nil, err
		}
		if a, err = change.add(a, s.wanted(certificates, &change), listed); err != nil {
			return nil, err
		}
		for _, l := range lists {
			if a, err = change.list(a, l, now); err != nil {
				return nil, err
			}
		}
		return a, nil
	})
	return change, err
}

// read takes the source for PEM, a certificate, a revocation list or a master
// list, the first that fits. listed: what cannot be used is counted, and takes
// nothing else away.
func (s Source) read(now time.Time, change *Change) (certificates []*emrtd.Certificate, lists []*emrtd.RevocationList, listed bool, err error) {
	if block, _ := pem.Decode(s.Bytes); block != nil {
		certificates, lists, err = blocks(s.Bytes)
		return certificates, lists, false, err
	}
	if c, err := emrtd.ParseCertificate(s.Bytes); err == nil {
		return []*emrtd.Certificate{c}, nil, false, nil
	}
	if l, err := emrtd.ParseRevocationList(s.Bytes); err == nil {
		return nil, []*emrtd.RevocationList{l}, false, nil
	}
	if s.Publishers == nil {
		return nil, nil, false, errors.New("neither a certificate nor a revocation list; a master list needs its publisher's certificate")
	}
	certificates, change.Refused, err = emrtd.ParseMasterList(s.Bytes, s.Publishers, now)
	if err != nil {
		err = fmt.Errorf("master list: %w", err)
	}
	return certificates, nil, true, err
}

func (s Source) wanted(all []*emrtd.Certificate, change *Change) (some []*emrtd.Certificate) {
	for _, c := range all {
		if len(s.Countries) > 0 && !slices.ContainsFunc(s.Countries, func(of string) bool { return strings.EqualFold(of, c.Country()) }) {
			change.Others++
			continue
		}
		some = append(some, c)
	}
	return some
}

// add takes roots first, then links as far as they lead to what is there: a
// link may come before the link that it stands on.
func (change *Change) add(a *emrtd.Anchors, more []*emrtd.Certificate, listed bool) (*emrtd.Anchors, error) {
	seen := map[string]bool{}
	for _, c := range a.Certificates() {
		seen[c.Fingerprint()] = true
	}
	var wait []*emrtd.Certificate
	for _, c := range more {
		switch {
		case seen[c.Fingerprint()]:
			change.Known++
		case !c.Authority():
			if !listed {
				return nil, fmt.Errorf("%s is no certificate of an authority that signs", c.Subject())
			}
			change.Refused++
		default:
			wait = append(wait, c)
		}
		seen[c.Fingerprint()] = true
	}
	for moved := true; moved; {
		var left []*emrtd.Certificate
		moved = false
		for _, c := range wait {
			if !a.Stands(c) {
				left = append(left, c)
				continue
			}
			a, moved = a.With([]*emrtd.Certificate{c}, nil), true
			change.Added = append(change.Added, certificateEntry(c))
		}
		wait = left
	}
	if len(wait) > 0 && !listed {
		return nil, fmt.Errorf("%s is a link, and no anchor here signed it", wait[0].Subject())
	}
	change.Refused += len(wait)
	return a, nil
}

// list puts a revocation list in the place of the one before.
func (change *Change) list(a *emrtd.Anchors, l *emrtd.RevocationList, now time.Time) (*emrtd.Anchors, error) {
	switch {
	case !a.Vouches(l):
		return nil, fmt.Errorf("no anchor here signed the revocation list of %s", l.Issuer())
	case now.After(l.Until()):
		return nil, fmt.Errorf("the revocation list of %s was over on %s", l.Issuer(), l.Until().UTC().Format(time.DateOnly))
	}
	var kept []*emrtd.RevocationList
	for _, old := range a.Lists() {
		switch {
		case !old.SameIssuer(l):
			kept = append(kept, old)
		case old.Fingerprint() == l.Fingerprint():
			change.Known++
			return a, nil
		case !l.Newer(old):
			return nil, fmt.Errorf("the revocation list of %s is older than the one here", l.Issuer())
		}
	}
	change.Added = append(change.Added, listEntry(l))
	none, err := emrtd.NewAnchors()
	return none.With(a.Certificates(), append(kept, l)), err
}

// Remove takes out what this fingerprint, or a beginning of it that fits one
// thing alone, names, and what stood on it.
func Remove(path, fingerprint string) (removed []Entry, err error) {
	fingerprint = strings.ToLower(strings.TrimSpace(fingerprint))
	err = edit(path, func(a *emrtd.Anchors) (*emrtd.Anchors, error) {
		var named []Entry
		for _, e := range entries(a) {
			if len(fingerprint) >= 8 && strings.HasPrefix(e.Fingerprint, fingerprint) {
				named = append(named, e)
			}
		}
		if len(named) != 1 {
			return nil, fmt.Errorf("%d things here begin with that fingerprint; give one, at least 8 characters of it", len(named))
		}
		left, err := without(a, named[0].Fingerprint)
		for _, e := range entries(a) {
			if err == nil && !slices.Contains(entries(left), e) {
				removed = append(removed, e)
			}
		}
		return left, err
	})
	return removed, err
}

// without drops one thing and, again and again, what it held up.
func without(a *emrtd.Anchors, fingerprint string) (*emrtd.Anchors, error) {
	var certificates []*emrtd.Certificate
	for _, c := range a.Certificates() {
		if c.Fingerprint() != fingerprint {
			certificates = append(certificates, c)
		}
	}
	none, err := emrtd.NewAnchors()
	if err != nil {
		return nil, err
	}
	for {
		left := none.With(certificates, nil)
		standing := slices.DeleteFunc(slices.Clone(certificates), func(c *emrtd.Certificate) bool { return !left.Stands(c) })
		if len(standing) == len(certificates) {
			lists := slices.DeleteFunc(a.Lists(), func(l *emrtd.RevocationList) bool { return l.Fingerprint() == fingerprint || !left.Vouches(l) })
			return none.With(certificates, lists), nil
		}
		certificates = standing
	}
}

// List is the file, to be read by people.
func List(path string) ([]Entry, error) {
	a, err := load(path)
	if err != nil {
		return nil, err
	}
	return entries(a), nil
}

func entries(a *emrtd.Anchors) (all []Entry) {
	for _, c := range a.Certificates() {
		all = append(all, certificateEntry(c))
	}
	for _, l := range a.Lists() {
		all = append(all, listEntry(l))
	}
	return all
}

func certificateEntry(c *emrtd.Certificate) Entry {
	kind := "root"
	if c.Link() {
		kind = "link"
	}
	return Entry{Kind: kind, Country: c.Country(), Name: c.Subject(), Until: c.Until().UTC(), Fingerprint: c.Fingerprint()}
}

func listEntry(l *emrtd.RevocationList) Entry {
	return Entry{Kind: "list", Country: l.Country(), Name: l.Issuer(), Until: l.Until().UTC(), Revokes: l.Revokes(), Fingerprint: l.Fingerprint()}
}

// edit changes the file whole, one editor at a time: a cut at any point leaves
// the old file or the new one.
func edit(path string, change func(*emrtd.Anchors) (*emrtd.Anchors, error)) error {
	release, err := disk.Exclusive(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer release()
	a, err := load(path)
	if errors.Is(err, fs.ErrNotExist) {
		a, err = emrtd.NewAnchors()
	}
	if err != nil {
		return err
	}
	next, err := change(a)
	if err != nil {
		return err
	}
	before, err := text(a)
	if err != nil {
		return err
	}
	after, err := text(next)
	if err != nil || bytes.Equal(before, after) {
		return err
	}
	return disk.Write(path, after)
}

// Publishers reads the certificates (PEM) of those whose master lists are believed.
func Publishers(path string) (*emrtd.Anchors, error) { return load(path) }
