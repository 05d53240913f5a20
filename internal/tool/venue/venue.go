// Package venue is the terminal at a venue's gate: it checks the codes that people
// show, without a network, and fetches what it checks them by when there is one. Codes
// that the service alone can check it takes there, where it was given a key for that.
//
// It owns the terminal's two files (the bundle, and what was shown at this gate) and
// its page. It refuses to know anybody: no name comes here, and of what is checked
// here nothing leaves this computer. What makes a code good, client says.
//
// Invariant: a yes is said only after it is on disk that this code was shown; a
// bundle is never replaced by an older one, nor by one that the venue's root does
// not vouch for.
//
// Decision and its limits: docs/adr/0050-venues.md.
package venue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"netid/client"
	"netid/internal/disk"
)

// maxBundle is the longest bundle that is fetched: as client reads it, in bytes.
const maxBundle = 32 << 20

// Bundles are the file with the bundle, and where a newer one comes from.
type Bundles struct {
	File   string
	Roots  []byte // PEM, pinned by the venue
	Issuer string
	Now    func() time.Time

	mu   sync.Mutex // guards what follows, and the file
	held client.Bundle
}

// Load reads the file. It gives what is wrong with it: a terminal that has none
// checks nothing.
func (b *Bundles) Load() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, err := os.Open(b.File)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := limited(f)
	if err != nil {
		return err
	}
	read, err := client.ReadBundle(string(text), b.Roots, b.Issuer, b.Now())
	if err == nil {
		b.held = read
	}
	return err
}

// Held is the newest bundle.
func (b *Bundles) Held() client.Bundle {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// Fetch takes a newer bundle from an address. One that is older than what is held
// would bring back who was stopped since.
func (b *Bundles) Fetch(ctx context.Context, web *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := web.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, answer.Status)
	}
	text, err := limited(answer.Body)
	if err != nil {
		return err
	}
	read, err := client.ReadBundle(string(text), b.Roots, b.Issuer, b.Now())
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if read.Issued.Before(b.held.Issued) {
		return fmt.Errorf("%w: older than the one that is here", client.ErrBundle)
	}
	if err := disk.Write(b.File, text); err != nil {
		return err
	}
	b.held = read
	return nil
}

func limited(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBundle+1))
	if err == nil && len(b) > maxBundle {
		err = errors.New("the bundle is too long")
	}
	return b, err
}

// Reason is the word for why a code was refused: the client's, or "internal".
func Reason(err error) string {
	var r client.Reason
	if errors.As(err, &r) {
		return string(r)
	}
	return "internal"
}
