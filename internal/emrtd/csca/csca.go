// Package csca keeps the passport authorities that an operator trusts: country
// signing CAs, the links between their keys, and their revocation lists.
//
// It owns one file of PEM blocks and how it changes: whole or not at all,
// bounded, and never by something that the file's own anchors, a named
// publisher or the operator's hand do not vouch for. It refuses to know
// documents and what a certificate is good for (internal/emrtd).
//
// Invariant: every link in the file leads to a self-signed certificate in it,
// and an anchor in it signed every revocation list. Whoever writes the file by
// hand is held to the same when it is read.
package csca

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// maxFile bounds the file: a thousand authorities are 2 MB.
const maxFile = 16 << 20

const (
	blockCertificate = "CERTIFICATE"
	blockList        = "X509 CRL"
)

// Store gives the anchors of the file as it is now.
type Store struct {
	path string

	mu   sync.Mutex // guards seen and held
	seen os.FileInfo
	held *emrtd.Anchors
}

// Open reads the file, which must hold an anchor. A sandbox's are refused:
// they vouch for synthetic people.
func Open(path string) (*Store, error) {
	s := &Store{path: path}
	if _, err := s.read(); err != nil {
		return nil, err
	}
	return s, nil
}

// Anchors is an emrtd.Trust. The file is read again when another one has taken
// its place, so that what an operator imports or removes counts from the next
// document on, without a restart. A file that cannot be believed any more stops
// passports, and does not leave the old anchors in force: one of them may be
// what was to go.
func (s *Store) Anchors() (*emrtd.Anchors, error) {
	a, err := s.read()
	return a, fault.Wrap("csca.Anchors", fault.Unavailable, "trust_unavailable", err)
}

func (s *Store) read() (*emrtd.Anchors, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, err
	}
	if s.seen != nil && os.SameFile(s.seen, info) && s.seen.ModTime().Equal(info.ModTime()) && s.seen.Size() == info.Size() {
		return s.held, nil
	}
	a, err := load(s.path)
	if err != nil {
		return nil, err
	}
	if len(a.Certificates()) == 0 {
		return nil, fmt.Errorf("%s: no certificate in it", s.path)
	}
	for _, c := range a.Certificates() {
		if strings.Contains(strings.ToLower(c.Subject()), "sandbox") {
			return nil, fmt.Errorf("%s: a sandbox root is not trusted here", s.path)
		}
	}
	s.seen, s.held = info, a
	return a, nil
}

// load reads the file and holds it to the invariant.
func load(path string) (*emrtd.Anchors, error) {
	b, err := Bounded(path)
	if err != nil {
		return nil, err
	}
	certificates, lists, err := blocks(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	none, _ := emrtd.NewAnchors()
	a := none.With(certificates, lists)
	return a, whole(a)
}

// whole is the invariant.
func whole(a *emrtd.Anchors) error {
	for _, c := range a.Certificates() {
		if !a.Stands(c) {
			return fmt.Errorf("%s is a link, and no anchor here signed it", c.Subject())
		}
	}
	for _, l := range a.Lists() {
		if !a.Vouches(l) {
			return fmt.Errorf("no anchor here signed the revocation list of %s", l.Issuer())
		}
	}
	return nil
}

// Bounded reads a file that is no longer than ours may be.
func Bounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s: longer than %d bytes", path, maxFile)
	}
	return b, err
}

// blocks reads PEM: certificates and revocation lists, nothing else.
func blocks(b []byte) (certificates []*emrtd.Certificate, lists []*emrtd.RevocationList, err error) {
	for {
		block, rest := pem.Decode(b)
		if block == nil {
			return certificates, lists, nil
		}
		b = rest
		switch block.Type {
		case blockCertificate:
			c, err := emrtd.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("certificate %d: %w", len(certificates)+1, err)
			}
			certificates = append(certificates, c)
		case blockList:
			l, err := emrtd.ParseRevocationList(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("revocation list %d: %w", len(lists)+1, err)
			}
			lists = append(lists, l)
		default:
			return nil, nil, fmt.Errorf("a block of %q", block.Type)
		}
	}
}

// text is the file of these anchors.
func text(a *emrtd.Anchors) ([]byte, error) {
	var b bytes.Buffer
	for _, c := range a.Certificates() {
		fmt.Fprintf(&b, "# %s, until %s\n", c.Subject(), c.Until().UTC().Format(time.DateOnly))
		if err := pem.Encode(&b, &pem.Block{Type: blockCertificate, Bytes: c.Raw()}); err != nil {
			return nil, err
		}
	}
	for _, l := range a.Lists() {
		fmt.Fprintf(&b, "# of %s, until %s\n", l.Issuer(), l.Until().UTC().Format(time.DateOnly))
		if err := pem.Encode(&b, &pem.Block{Type: blockList, Bytes: l.Raw()}); err != nil {
			return nil, err
		}
	}
	if b.Len() > maxFile {
		return nil, errors.New("too much for one file")
	}
	return b.Bytes(), nil
}
