// Package respond is the act by which something takes effect that the authority
// tells by itself: a document is lost, replaced or expired, a person has died, a
// guardianship changed, or one of these was an error.
//
// It owns what follows for number, certificates and sessions, and how far the
// news was acted on. It refuses to know how news travels and who signed it (a
// Feed does), and what a guardianship is.
//
// Invariant: news takes effect in its order, each once, on whichever node: how
// far it was followed moves in the commit of the effect. About somebody who is not here one
// commit is made too, and nobody outside is answered either way. Decision:
// docs/adr/0039-news-of-the-authority.md.
package respond

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Feed gives the authority's news after the n-th, checked, and an error when
// something after them could not be.
type Feed interface {
	News(ctx context.Context, after uint64) ([]identity.News, error)
}

// Store knows how far a feed was followed, and the person's certificates.
type Store interface {
	Followed(ctx context.Context, feed []byte) (uint64, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
}

// Vault finds persons by the authority's handle, and opens them.
type Vault interface {
	CounterIndex(kind string, parts ...[]byte) []byte
	HandleIndex(identity.PersonHandle) [][]byte
	Find(context.Context, [][]byte) (identity.PersonID, error)
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Identity(context.Context, identity.Opened) (identity.Person, error)
	AmendIdentity(context.Context, identity.Opened, func(*identity.Person)) (identity.KeepIdentity, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	SealCertificate(identity.Opened, identity.Certificate) (identity.CertificateRow, error)
	CertOwner(identity.Opened) []byte
	LinkOwner(identity.Opened) []byte
}

// Parting ends the person's sessions at parties, and writes the notices.
type Parting interface {
	Close(ctx context.Context, o identity.Opened) ([]identity.Verb, error)
	Nudge()
}

// Guardians are those of a minor, as of now, who are enrolled here.
type Guardians interface {
	Of(ctx context.Context, ward identity.PersonHandle) ([]identity.Opened, error)
}

// Post writes a message that goes out after the commit.
type Post interface {
	Leave(m identity.Message, until time.Time) (identity.Deliver, error)
}

// noticeLife is how long a message about somebody's guardians is worth sending.
const noticeLife = 72 * time.Hour

// Act responds.
type Act struct {
	Name      string // of the feed: how far it was followed is counted under it
	Feed      Feed
	Store     Store
	Vault     Vault
	Parting   Parting
	Guardians Guardians
	Post      Post
	Notice    func(change string) string // the words of a message to a telephone
	Book      *ledger.Book
	Law       *law.Book
	Missed    func(seq uint64, err error) // hears of news that was passed over; may be nil
	Now       func() time.Time
}

// Follow acts on the next answer of the feed and says how many that were. An
// error is worth another try: nothing after it was acted on.
func (a *Act) Follow(ctx context.Context) (done int, err error) {
	const op = "respond.Follow"
	feed := a.Vault.CounterIndex("feed", []byte(a.Name))
	at, err := a.Store.Followed(ctx, feed)
	if err != nil {
		return 0, fault.At(op, err)
	}
	news, trouble := a.Feed.News(ctx, at)
	for _, n := range news {
		switch {
		case n.Seq <= at: // told again
			continue
		case n.Seq != at+1:
			return done, fault.Newf(op, fault.Unavailable, "authority_unavailable", "news %d came after %d", n.Seq, at)
		}
		err := a.take(ctx, n, identity.MoveFeed{Feed: feed, From: at, To: n.Seq})
		if fault.Because(err, "feed_moved") { // another node is doing this
			return done, nil
		}
		if err != nil {
			return done, fault.At(op, err)
		}
		at, done = n.Seq, done+1
	}
	return done, fault.At(op, trouble)
}

// take acts on one piece of news. What this release does not understand, and a
// person whose rows are not as this service wrote them, must not keep everybody
// else's news waiting: they are passed over, and the operator hears of it.
func (a *Act) take(ctx context.Context, n identity.News, move identity.MoveFeed) error {
	err := fault.Newf("respond.take", fault.Internal, "internal", "news of the kind %.40q is not known", string(n.Kind))
	if n.Kind.Known() {
		err = a.settle(ctx, n, move)
	}
	if !fault.Is(err, fault.Internal) {
		return err
	}
	if a.Missed != nil {
		a.Missed(n.Seq, err)
	}
	return a.Store.Jot(ctx, move)
}

// settle looks again when somebody else's change about the same person came first.
func (a *Act) settle(ctx context.Context, n identity.News, move identity.MoveFeed) error {
	for range 8 {
		err := a.once(ctx, n, move)
		if !lost(err) {
			return err
		}
	}
	return fault.New("respond.settle", fault.Unavailable, "try_again")
}

func lost(err error) bool {
	for _, guard := range []string{"standing_changed", "identity_changed", "certificate_gone", "certificate_changed", "keys_moved", "person_gone"} {
		if fault.Because(err, guard) {
			return true
		}
	}
	return false
}

func (a *Act) once(ctx context.Context, n identity.News, move identity.MoveFeed) error {
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(n.Person))
	if fault.Is(err, fault.NotFound) {
		return a.Store.Jot(ctx, move)
	}
	if err != nil {
		return err
	}
	o, err := a.Vault.Open(ctx, id)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return fault.Wrap("respond.once", fault.Conflict, "person_gone", err) // erased meanwhile: not found the next time
	}
	if err != nil {
		return err
	}
	e, verbs, err := a.follows(ctx, o, n)
	if err != nil {
		return err
	}
	if e.Kind == "" {
		return a.Store.Jot(ctx, move)
	}
	_, err = a.Book.Record(ctx, o, e, append(verbs, move)...)
	if err == nil {
		a.Parting.Nudge()
	}
	return err
}
