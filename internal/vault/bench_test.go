package vault_test

import (
	"testing"

	"netid/internal/identity"
)

func BenchmarkOpen(b *testing.B) {
	s := newScene(b)
	id := s.enrol(b, 0, "1990-01-01").opened.ID
	for b.Loop() {
		if _, err := s.Open(ctx, id); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenParallel(b *testing.B) {
	s := newScene(b)
	id := s.enrol(b, 0, "1990-01-01").opened.ID
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.Open(ctx, id); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkOver(b *testing.B) {
	s := newScene(b)
	o := s.enrol(b, 0, "1990-01-01").opened
	on := identity.Date{Year: 2026, Month: 1, Day: 1}
	for b.Loop() {
		if over, err := s.Over(ctx, o, 18, on); err != nil || !over {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	s := newScene(b)
	index := s.HandleIndex(s.enrol(b, 0, "1990-01-01").person.Handle)
	for b.Loop() {
		if _, err := s.Find(ctx, index); err != nil {
			b.Fatal(err)
		}
	}
}

// Each takes its turn at the disk; many hands share one fsync.
func BenchmarkPut(b *testing.B) {
	s := newScene(b)
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			put(b, s.shelf, secret(1))
		}
	})
	b.Run("64 hands", func(b *testing.B) {
		b.SetParallelism(64)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				put(b, s.shelf, secret(1))
			}
		})
	})
}
