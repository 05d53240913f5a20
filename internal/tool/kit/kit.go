// Package kit tries a relying party's own integration: it is an OpenID provider
// for tests, to which the application is pointed, and a browser that signs in
// there; in each check one answer is wrong, and the application must refuse it.
//
// It judges by behaviour alone: whether the application asked for tokens,
// whether the browser is signed in afterwards, whether the application broke.
// It knows no netid server, and its answers are about nobody: every subject
// begins with "kit-". Its provider listens on loopback only.
//
// Invariant: a check that could not be tried is skipped, with the reason, and
// never passes. OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 8725, RFC 9207.
package kit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Version of the checks; a report names it.
const Version = "2"

// Config says where the application is and how a signed-in browser is known.
type Config struct {
	Issuer       string // of the kit's provider: http://127.0.0.1:port
	ClientID     string
	ClientSecret string
	Keys         Keys   // by which the application proves itself; nil: by the secret
	Start        string // the address of the application at which a sign-in begins
	Post         bool   // the start is a form's target
	SignedIn     string // an address that answers 200 by itself to who is signed in, and to nobody else; "": a sign-in that ended at 200 is one
	Logout       string // an address of the application that takes logout tokens; "": those checks are skipped
	Erasure      string // … requests to erase
	Now          func() time.Time
	Silence      time.Duration // how long a browser waits for the application while the provider is silent; 0: a minute
	Wait         time.Duration // for the application to come up
	Patience     time.Duration // for it to ask for keys again: libraries do so once a minute at most
}

// Outcome of a check.
type Outcome string

// The outcomes. Advised is a fault in what the standard leaves to the application.
const (
	Advised Outcome = "advised"
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // it could not be tried
)

// Result is what one check found.
type Result struct {
	ID      string  `json:"id"`
	Source  string  `json:"source"`
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why,omitempty"` // of all but passed
}

// Report is the whole of a run. Digest is of the other fields: it shows a
// slip of the hand, not a forger, for the developer makes both.
type Report struct {
	Application string    `json:"application"` // the client id
	Kit         string    `json:"kit"`
	When        time.Time `json:"when"`
	Checks      []Result  `json:"checks"`
	Digest      string    `json:"digest,omitempty"`
}

// Passed: every check that could be tried, with at least the happy path.
func (r Report) Passed() bool {
	tried := false
	for _, c := range r.Checks {
		if c.Outcome == Failed {
			return false
		}
		tried = tried || c.Outcome == Passed
	}
	return tried
}

// Sum is the digest of a report: SHA-256 of its JSON without the digest, hex.
func (r Report) Sum() (string, error) {
	r.Digest = ""
	b, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// Kit is one run's provider and browser.
type Kit struct {
	Config
	*provider
}

// New makes a kit whose provider answers, as a handler, at c.Issuer.
func New(c Config) (*Kit, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Silence == 0 {
		c.Silence = time.Minute
	}
	p, err := newProvider(c)
	if err != nil {
		return nil, err
	}
	return &Kit{Config: c, provider: p}, nil
}

// ErrAbsent: the application does not answer.
var ErrAbsent = errors.New("the application does not answer at its start address")

// Run makes every check, in order. An application in which nobody can sign in
// at all refuses everything, so the first check decides whether the rest say something.
func (k *Kit) Run(ctx context.Context) (Report, error) {
	if err := k.await(ctx); err != nil {
		return Report{}, err
	}
	r := Report{Application: k.ClientID, Kit: Version, When: k.Now().UTC().Truncate(time.Second)}
	for _, c := range Checks() {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		res := Result{ID: c.ID, Source: c.Source}
		if len(r.Checks) > 0 && r.Checks[0].Outcome != Passed {
			res.Outcome, res.Why = Skipped, "nobody can sign in: a refusal says nothing"
		} else {
			res.Outcome, res.Why = k.try(ctx, c)
		}
		r.Checks = append(r.Checks, res)
	}
	var err error
	r.Digest, err = r.Sum()
	return r, err
}

func (k *Kit) await(ctx context.Context) error {
	at, end := k.SignedIn, time.Now().Add(k.Wait)
	if at == "" {
		at = k.Start
	}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return err
		}
		resp, err := plain.Do(req)
		if err == nil {
			resp.Body.Close()
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%w: %w", ErrAbsent, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// try makes one check in browsers of its own.
func (k *Kit) try(ctx context.Context, c Check) (Outcome, string) {
	if why := k.untold(c); why != "" {
		return Skipped, why
	}
	ctx, cancel := context.WithTimeout(ctx, k.Patience+90*time.Second)
	defer cancel()
	t := k.begin(c)
	s, err := k.drive(ctx, c)
	again := c
	again.rotate = false
	for end := time.Now().Add(k.Patience); c.rotate && err == nil && !s.signedIn && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return Failed, ctx.Err().Error()
		case <-time.After(min(5*time.Second, time.Until(end))):
		}
		t = k.begin(again)
		s, err = k.drive(ctx, c)
	}
	if err != nil {
		return Failed, err.Error()
	}
	seen := k.seen(t)
	for end := time.Now().Add(5 * time.Second); c.obey && c.Advice && !seen.forgot && time.Now().Before(end); seen = k.seen(t) {
		select {
		case <-ctx.Done():
			return Failed, ctx.Err().Error()
		case <-time.After(50 * time.Millisecond):
		}
	}
	if c.applies != nil {
		if why := c.applies(seen); why != "" {
			return Skipped, why
		}
	}
	if why := c.judge(seen, s); why != "" {
		if c.Advice {
			return Advised, why
		}
		return Failed, why
	}
	return Passed, ""
}
