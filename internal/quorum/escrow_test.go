package quorum_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/quorum"
	"netid/internal/suite"
)

func TestALeavingNeedsAMonth(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	e := quorum.NewEscrow(s.Quorum, suite.NewSecret(identity.ES256), nil)
	who := identity.Opened{ID: identity.NewPersonID(), Profile: identity.Profile{Number: "N1"}}
	if _, _, err := e.Leave(who, logs(november+2), suite.NewSecret(identity.ES256), suite.Random(suite.TagSize)); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "quorum_missing") {
		t.Error(err)
	}
	for name, bad := range map[string]func() error{
		"no number": func() error {
			_, _, err := e.Leave(identity.Opened{}, logs(november), suite.NewSecret(identity.ES256), suite.Random(suite.TagSize))
			return err
		},
		"no key": func() error {
			_, _, err := e.Leave(who, logs(november), identity.Secret{}, suite.Random(32))
			return err
		},
		"no owner": func() error {
			_, _, err := e.Leave(who, logs(november), suite.NewSecret(identity.ES256), nil)
			return err
		},
	} {
		if err := bad(); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A row that is known to be in the store is not sealed again; one whose commit
// failed is.
func TestALeavingIsRememberedOnceDone(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	e := quorum.NewEscrow(s.Quorum, suite.NewSecret(identity.ES256), nil)
	who := identity.Opened{ID: identity.NewPersonID(), Profile: identity.Profile{Number: "N1"}}
	leave := func(p identity.Period) (identity.Verb, func()) {
		verb, done, err := e.Leave(who, p, suite.NewSecret(identity.ES256), suite.Random(suite.TagSize))
		if err != nil {
			t.Fatal(err)
		}
		return verb, done
	}
	if verb, _ := leave(logs(november)); verb == nil {
		t.Fatal("the first is not left")
	}
	verb, done := leave(logs(november))
	if verb == nil {
		t.Fatal("remembered before it was done")
	}
	done()
	if verb, _ := leave(logs(november)); verb != nil {
		t.Error("left again")
	}
	if verb, _ := leave(logs(november + 1)); verb == nil {
		t.Error("another month is not left")
	}
}

func BenchmarkLeave(b *testing.B) {
	for _, of := range []identity.Suite{identity.ES256, identity.SM} {
		b.Run(of.String(), func(b *testing.B) {
			s := founded(b, of, 3, 5)
			e := quorum.NewEscrow(s.Quorum, suite.NewSecret(of), nil)
			key, owner := suite.NewSecret(of), suite.Random(suite.TagSize)
			who := identity.Opened{Profile: identity.Profile{Number: "N1"}}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := e.Leave(who, logs(november), key, owner); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Many leave at once while a command makes months beside them.
func TestManyLeaveAtOnce(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	server := s.reopen(t)
	e := quorum.NewEscrow(server, suite.NewSecret(identity.ES256), nil)
	var all sync.WaitGroup
	for n := range 8 {
		who := identity.Opened{ID: identity.NewPersonID(), Profile: identity.Profile{Number: identity.Number(fmt.Sprint(n))}}
		all.Go(func() {
			for m := november; m < november+4; {
				_, done, err := e.Leave(who, logs(m), suite.NewSecret(identity.ES256), suite.Random(suite.TagSize))
				if fault.Because(err, "quorum_missing") {
					time.Sleep(time.Millisecond)
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				done()
				m++
			}
		})
	}
	if _, err := s.Make(november+2, november+3, ends); err != nil {
		t.Error(err)
	}
	all.Wait()
}
