package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"netid/internal/identity"
	"netid/internal/store"
)

// Benchmark measures durable commits of a verification (guards, entry, chain)
// by 1, 8 and 64 callers.
func Benchmark(b *testing.B, open func(b *testing.B) *store.Store) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers-%d", callers), func(b *testing.B) { commits(b, open(b), callers) })
	}
}

func commits(b *testing.B, s *store.Store, callers int) {
	ctx := context.Background()
	ok(b, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.AdmitParty{Party: party("shop")}}}))
	people := make([]*Person, callers)
	work := make([][]identity.Change, callers)
	for c := range people {
		p := NewPerson(uint64(c))
		people[c] = p
		ok(b, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
	}
	for n := range b.N {
		p := people[n%callers]
		work[n%callers] = append(work[n%callers], identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{
			identity.GuardPerson{ID: p.ID, Standing: identity.Active, Epoch: 1},
			identity.GuardCertificate{ID: p.Certs[0].ID},
			identity.GuardLink{Index: p.Link, Generation: 1},
			identity.GuardParty{ID: "shop"},
		}})
	}
	b.ReportAllocs()
	b.ResetTimer()
	var done sync.WaitGroup
	for _, changes := range work {
		done.Go(func() {
			for _, c := range changes {
				if err := s.Commit(ctx, c); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}
