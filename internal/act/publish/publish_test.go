package publish_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"netid/internal/act/publish"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/statuslist"
	"netid/test/kit"
)

type act = publish.Act[*statuslist.List]

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read is what anybody who asks a node learns of a place.
func read(t *testing.T, k *kit.Kit, a *act, form string, at identity.Place) (statuslist.Status, *statuslist.Token) {
	t.Helper()
	is, err := a.List(at.Shard(), form)
	must(t, err)
	key, err := suite.ParsePublicKey(k.Ring.Signer("status").PublicJWK())
	must(t, err)
	r := statuslist.Reader{Alg: jose.ES256, Keys: func(string) (suite.PublicKey, bool) { return key, true }}
	read := func(b []byte, uri string) (*statuslist.Token, error) { return r.ReadJWT(string(b), uri, k.Now()) }
	if form == publish.CWT {
		read = func(b []byte, uri string) (*statuslist.Token, error) { return r.ReadCWT(b, uri, k.Now()) }
	}
	list, err := read(is.Body, publish.URI(kit.Issuer, at.Shard()))
	must(t, err)
	s, err := list.Status(at.Index(), k.Now())
	must(t, err)
	return s, list
}

// Who freezes, thaws and leaves is published as that by every node with its next
// look, well within a minute (J08), in both forms, and what is revoked stays so (J11).
func TestJ08PublishedInTime(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	must(t, c.Enrol(ctx))
	must(t, c.SignIn(ctx))
	at := c.Certificate.Place
	other := &act{Store: k.Store, Signer: k.Status.Signer, Issuer: kit.Issuer, Now: k.Now} // another node
	if _, err := k.Status.List(at.Shard(), publish.JWT); !fault.Because(err, "status_stale") {
		t.Fatalf("before the first look: %v", err)
	}
	var last time.Time
	step := func(want statuslist.Status) {
		t.Helper()
		k.Advance(publish.Period)
		tags := map[string]bool{}
		for _, node := range []*act{k.Status, other} {
			must(t, node.Follow(ctx))
			for _, form := range []string{publish.JWT, publish.CWT} {
				got, list := read(t, k, node, form, at)
				if got != want {
					t.Errorf("%s says %d, not %d", form, got, want)
				}
				must(t, list.Follows(last))
				if list.TTL != 5*time.Minute || list.Expires.Sub(list.Issued) != 24*time.Hour || list.Aggregation != kit.Issuer+"/status" || k.Now().Sub(list.Issued) > 6*time.Hour {
					t.Errorf("%+v", list.Claims)
				}
				last = list.Issued
				is, err := node.List(at.Shard(), form)
				must(t, err)
				tags[is.Tag] = true
			}
		}
		if len(tags) != 1 {
			t.Errorf("the nodes call one list by %d names", len(tags))
		}
	}
	step(statuslist.Valid)
	must(t, k.Issue.Freeze(ctx, c.Session))
	step(statuslist.Frozen)
	must(t, k.Issue.Thaw(ctx, c.Session, c.Passcode))
	step(statuslist.Valid)
	must(t, k.Issue.Freeze(ctx, c.Session))
	step(statuslist.Frozen)
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	step(statuslist.Revoked)

	again := &act{Store: k.Store, Signer: k.Status.Signer, Issuer: kit.Issuer, Now: k.Now} // a node that starts
	must(t, again.Follow(ctx))
	if got, _ := read(t, k, again, publish.JWT, at); got != statuslist.Revoked {
		t.Errorf("a node that starts says %d", got)
	}
	before, err := again.List(at.Shard(), publish.JWT)
	must(t, err)
	k.Advance(30 * time.Second)
	same, err := again.List(at.Shard(), publish.JWT)
	must(t, err)
	if string(same.Body) != string(before.Body) {
		t.Error("nothing changed, and it was signed again")
	}
	k.Advance(time.Minute)
	if _, err := again.List(at.Shard(), publish.JWT); !fault.Because(err, "status_stale") {
		t.Errorf("a node that does not follow says something still: %v", err)
	}
	if _, err := again.Lists(); !fault.Because(err, "status_stale") || !fault.Is(again.Ready(), fault.Unavailable) {
		t.Error(err, again.Ready())
	}
	k.Advance(7 * time.Hour)
	must(t, again.Follow(ctx))
	anew, err := again.List(at.Shard(), publish.JWT)
	must(t, err)
	if string(anew.Body) == string(before.Body) || anew.Tag == before.Tag {
		t.Error("a list of hours ago is given out still")
	}
	if uris, err := again.Lists(); err != nil || len(uris) != 1 || uris[0] != publish.URI(kit.Issuer, at.Shard()) {
		t.Error(uris, err)
	}
	if _, err := again.List(99, publish.JWT); !fault.Because(err, "status_list_unknown") {
		t.Error(err)
	}
	// When all certificates of a list are over it is gone, and its marks with it.
	k.Advance(250 * 24 * time.Hour)
	must(t, k.Store.Sweep(ctx, k.Now()))
	must(t, again.Follow(ctx))
	if _, err := again.List(at.Shard(), publish.JWT); !fault.Because(err, "status_list_unknown") {
		t.Error(err)
	}
	if marks, err := k.Store.MarksAfter(ctx, 0, 10); err != nil || len(marks) > 0 {
		t.Error(marks, err)
	}
	next, err := k.Places.Next(ctx)
	if err != nil || next.Shard() != at.Shard()+1 {
		t.Errorf("a list that is over takes somebody in: %d, %v", next.Shard(), err)
	}
}

// memory is a counter that takes blocks, and fails as it is told.
type memory struct {
	next  uint64
	jots  int
	moved int // how often another node is quicker
	err   error
}

func (m *memory) PlacesTaken(context.Context) (uint64, bool, error) {
	return m.next, m.next != identity.ShardSize, m.err
}

func (m *memory) Jot(_ context.Context, notes ...identity.Note) error {
	m.jots++
	v := notes[0].(identity.TakePlaces)
	if m.moved > 0 {
		m.moved--
		m.next += identity.PlacesTaken
		return fault.New("memory", fault.Conflict, "places_moved")
	}
	m.next = v.To
	return m.err
}

// Places come one by one out of blocks, none twice, in no order that says when; what
// fails hands out nothing.
func TestJ09PlacesOutOfBlocks(t *testing.T) {
	ctx := context.Background()
	now := kit.Start
	m := &memory{next: identity.ShardSize, moved: 2}
	key := suite.NewSecret(identity.ES256)
	p := &publish.Places{Counter: m, Now: func() time.Time { return now }, Shuffle: func(shard uint32, n uint64) (uint64, error) {
		s, err := statuslist.NewShuffle(key, string(rune(shard)), identity.ShardSize)
		must(t, err)
		return s.Place(n)
	}}
	seen, ascending := map[identity.Place]bool{}, 0
	var last identity.Place
	const n = 3 * identity.PlacesTaken
	for range n {
		at, err := p.Next(ctx)
		must(t, err)
		if seen[at] || at.Shard() != 1 {
			t.Fatalf("%x again", at)
		}
		if at > last {
			ascending++
		}
		seen[at], last = true, at
	}
	if m.jots != 3+2 || ascending < n/3 || ascending > 2*n/3 {
		t.Errorf("%d commits, %d of %d places after the one before", m.jots, ascending, n)
	}
	m.err = errors.New("down")
	now = now.Add(time.Hour) // what is left of a block is not handed out later than its list's end was reckoned for
	if _, err := p.Next(ctx); err == nil {
		t.Error("a place out of a block that is over")
	}
	m.err = nil
	at, err := p.Next(ctx)
	must(t, err)
	if seen[at] {
		t.Errorf("%x again", at)
	}
	m.moved = 1000
	now = now.Add(time.Hour)
	if _, err := p.Next(ctx); !fault.Because(err, "places_moved") {
		t.Errorf("another node is always quicker: %v", err)
	}
}
