package emrtd

import (
	"bytes"
	"errors"
	"time"

	"netid/internal/fault"
)

// Anchors are the country signing CAs that are trusted, the links between
// their keys, and their revocation lists. They do not change.
type Anchors struct {
	certificates []*Certificate
	lists        []*RevocationList
}

// Trust gives the anchors of this moment.
type Trust func() (*Anchors, error)

// NewAnchors reads certificates in DER. Whoever names a self-signed one trusts it.
func NewAnchors(certificates ...[]byte) (*Anchors, error) {
	a := &Anchors{}
	for _, der := range certificates {
		c, err := ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		a.certificates = append(a.certificates, c)
	}
	return a, nil
}

// With is the same anchors and more.
func (a *Anchors) With(certificates []*Certificate, lists []*RevocationList) *Anchors {
	return &Anchors{append(a.certificates[:len(a.certificates):len(a.certificates)], certificates...), append(a.lists[:len(a.lists):len(a.lists)], lists...)}
}

// Always is a Trust that does not change.
func (a *Anchors) Always() (*Anchors, error) { return a, nil }

// Certificates are the anchors and links.
func (a *Anchors) Certificates() []*Certificate {
	return append([]*Certificate(nil), a.certificates...)
}

// Lists are the revocation lists.
func (a *Anchors) Lists() []*RevocationList { return append([]*RevocationList(nil), a.lists...) }

// maxLinks bounds how often an authority can have changed its key while a
// document of its first one is still good.
const maxLinks = 8

// Stands reports whether a certificate may be an anchor: it signed itself, or
// it is a link that another anchor signed while that one was valid (9303-12
// §3: a new key is introduced by the old one). The old one may be over by now.
func (a *Anchors) Stands(c *Certificate) bool { return a.stands(c, maxLinks) }

func (a *Anchors) stands(c *Certificate, links int) bool {
	if !c.Link() {
		return true
	}
	for _, by := range a.certificates {
		if links > 0 && by != c && by.goodRoot(c.notBefore) && c.signedBy(by) && a.stands(by, links-1) {
			return true
		}
	}
	return false
}

// trusted follows a document signer to an anchor: one step, for a country
// signing CA signs its document signers itself (9303-12 §3), and then to the
// authority's revocation list.
func (a *Anchors) trusted(c *Certificate, of string, now time.Time) error {
	if err := c.goodSigner(of, now); err != nil {
		return unsigned(err)
	}
	return a.follow(c, now)
}

func (a *Anchors) follow(c *Certificate, now time.Time) error {
	for _, root := range a.certificates {
		if bytes.Equal(c.issuer, root.subject) && root.goodRoot(now) && c.signedBy(root) && a.Stands(root) {
			return a.unrevoked(now, root, c)
		}
	}
	return unsigned(errors.New("no anchor signed it"))
}

// unrevoked asks the lists of the certificates' issuers. Where the operator
// has brought one, it must be of today: a list that is over hides what was
// revoked since. An authority without a list here is taken without.
func (a *Anchors) unrevoked(now time.Time, chain ...*Certificate) (err error) {
	const op = "emrtd.unrevoked"
	for _, l := range a.lists {
		for _, c := range chain {
			switch {
			case !bytes.Equal(l.issuer, c.issuer) || !a.Vouches(l):
			case l.revoked[c.serial.String()]:
				return fault.New(op, fault.Invalid, Revoked)
			case !l.fresh(now):
				err = fault.Newf(op, fault.Unavailable, ListOver, "the revocation list of %s", l.Issuer())
			}
		}
	}
	return err
}

// Vouches reports whether an anchor signed the list. Not necessarily the key
// that signed the document's signer: after a change of keys the newest signs
// for all (9303-12 §7.3).
func (a *Anchors) Vouches(l *RevocationList) bool {
	for _, c := range a.certificates {
		if l.signedBy(c) && c.goodRoot(l.from) && a.Stands(c) {
			return true
		}
	}
	return false
}
