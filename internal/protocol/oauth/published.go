package oauth

import (
	"context"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/jose"
)

const (
	keepLeast = time.Minute     // between two fetches of one party's keys, whatever asks for them
	keepMost  = 5 * time.Minute // a key that its party removed is good no longer than this
	keepStale = time.Hour       // old keys serve so long when new ones cannot be fetched
	maxHeld   = 4096            // parties whose keys are held
)

// Fetch gets a document that a party publishes, and how long it may be kept.
type Fetch func(ctx context.Context, address string) (body []byte, keep time.Duration, err error)

// Published holds the keys of parties: those that are registered as they are,
// and those that a party publishes, fetched when they are first needed, again
// when they are old, and again when they are not the ones that a request needs,
// never more than once a minute for each party. Each node has its own.
type Published struct {
	fetch Fetch
	algs  []string
	now   func() time.Time

	mu   sync.Mutex // guards held, and what is in it
	held map[string]*ring
}

// ring is one party's keys. fetching guards nothing but who goes.
type ring struct {
	keys    jose.Set
	there   bool      // keys were fetched once
	since   time.Time // when
	fresh   time.Time // until then they are taken without a look
	tried   time.Time // the last fetch, also one that failed
	running chan struct{}
}

// NewPublished makes an empty one, for keys of the algorithms.
func NewPublished(fetch Fetch, algs []string, now func() time.Time) *Published {
	return &Published{fetch: fetch, algs: algs, now: now, held: map[string]*ring{}}
}

// Keys gives a party's keys. A fetch that fails leaves the keys of before in
// force for an hour; without any the party has not proved itself. Reason
// "keys_unreachable".
func (p *Published) Keys(ctx context.Context, party identity.Party, has func(jose.Set) bool) (jose.Set, error) {
	const op = "oauth.Keys"
	if party.JWKSURI == "" {
		keys, err := jose.ParseSet(party.JWKS, p.algs...)
		return keys, fault.Wrap(op, fault.Internal, "", err) // it was good when the party was admitted
	}
	for {
		keys, there, wait, fetch := p.look(party.JWKSURI, has)
		switch {
		case fetch:
			p.refresh(ctx, party.JWKSURI) // and look once more
		case wait != nil:
			select {
			case <-wait:
			case <-ctx.Done():
				return keys, fault.Wrap(op, fault.Unavailable, "keys_unreachable", ctx.Err())
			}
		case !there:
			return keys, fault.Newf(op, fault.Unauthenticated, "keys_unreachable", "%s gives no keys", party.JWKSURI)
		default:
			return keys, nil
		}
	}
}

// look says what is held, whom to wait for when that is not enough, and whether
// the caller is to go; then nobody else is told to before the caller is back.
func (p *Published) look(address string, has func(jose.Set) bool) (keys jose.Set, there bool, wait chan struct{}, fetch bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	r := p.held[address]
	if r == nil {
		p.room()
		r = &ring{}
		p.held[address] = r
	}
	there = r.there && now.Before(r.since.Add(keepStale))
	if r.running != nil {
		if there && has(r.keys) {
			return r.keys, true, nil, false
		}
		return r.keys, there, r.running, false
	}
	due := !r.there || !now.Before(r.fresh) || !has(r.keys)
	if fetch = due && !now.Before(r.tried.Add(keepLeast)); fetch {
		r.tried, r.running = now, make(chan struct{})
	}
	return r.keys, there, nil, fetch
}

// room forgets whoever was fetched for longest ago, when too many are held.
func (p *Published) room() {
	oldest := ""
	for address, r := range p.held {
		if r.running == nil && (oldest == "" || r.tried.Before(p.held[oldest].tried)) {
			oldest = address
		}
	}
	if len(p.held) >= maxHeld {
		delete(p.held, oldest)
	}
}

// refresh fetches. It goes on when the request that set it off is given up:
// otherwise whoever hangs up in time would keep a party's keys from coming.
func (p *Published) refresh(ctx context.Context, address string) {
	body, keep, err := p.fetch(context.WithoutCancel(ctx), address)
	var keys jose.Set
	if err == nil {
		keys, err = jose.ParseFetched(body, p.algs...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.held[address]
	if err == nil {
		now := p.now()
		r.keys, r.there, r.since, r.fresh = keys, true, now, now.Add(min(max(keep, keepLeast), keepMost))
	}
	close(r.running)
	r.running = nil
}
