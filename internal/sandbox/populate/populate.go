// Package populate fills a new sandbox with many people at once, so that what
// an operation costs among three million can be measured.
//
// It owns the order in which they come and how far that is, and refuses to know
// how a row is made: each person is enrolled and gets a certificate by the acts
// themselves, over the vault, the ledger and the store's verbs. Two things are left out
// that leave no other row: the pages, and guards against others, since nobody
// else is there. One passcode's verifier serves all of them; sealed under each
// person's own keys, no two rows show it.
//
// Invariant: cut at any moment, the same call goes on behind the last person
// whose everything is durable, and nobody is there twice. Everybody is of the
// sandbox's crowd: nobody can be taken for a real person.
package populate

import (
	"context"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/sandbox"
	"netid/internal/vault"
)

// Passcode is everybody's.
const Passcode = "73914628"

// workers is how many people are on their way at a time: that many slots of the
// shelf share a sync, and their changes a signed head.
const workers = 4096

// Crowd knows who the n-th is: the card, the register's handle, the telephone.
type Crowd interface {
	Crowd(n uint32) (identity.Document, identity.PersonHandle, string)
}

// Enrol enrols one person.
type Enrol interface {
	Agreed() []identity.Consent
	Synthetic(ctx context.Context, doc identity.Document, handle identity.PersonHandle, phone string, verifier []byte, consents []identity.Consent) (identity.Grant, error)
}

// Issue binds a certificate to a device.
type Issue interface {
	Mint(ctx context.Context, g identity.Grant, device []byte) (identity.Certificate, string, error)
}

// Heap is the store that is filled. Keep makes durable all that was written,
// with how many people that is; Kept is what was kept last.
type Heap interface {
	Kept(ctx context.Context) (int, error)
	Keep(ctx context.Context, people int) error
}

// Filling is one run.
type Filling struct {
	Crowd   Crowd
	Enrol   Enrol
	Issue   Issue
	Vault   *vault.Guarded
	Heap    Heap
	Devices *Devices
	Step    int              // how many become durable together: what a cut costs at most
	Said    func(people int) // after each step
}

// Run makes the people from the last that were kept up to number most, the
// first of whom is crowd-0.
func (f *Filling) Run(ctx context.Context, most int) error {
	const op = "populate.Run"
	from, err := f.Heap.Kept(ctx)
	if err != nil {
		return fault.At(op, err)
	}
	digits, err := identity.ParsePasscode(Passcode)
	if err != nil {
		return fault.At(op, err)
	}
	verifier := f.Vault.NewVerifier(digits)
	for from < most {
		until := min(from+f.Step, most)
		if err := f.some(ctx, from, until, verifier); err != nil {
			return fault.At(op, err)
		}
		if err := f.Devices.Sync(); err != nil {
			return fault.At(op, err)
		}
		if err := f.Heap.Keep(ctx, until); err != nil {
			return fault.At(op, err)
		}
		from = until
		f.Said(from)
	}
	return nil
}

// some makes the people of one step, many at a time: their slots of the shelf
// share a sync, and their changes a head.
func (f *Filling) some(ctx context.Context, from, until int, verifier []byte) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	consents := f.Enrol.Agreed()
	next := make(chan int)
	errs := make(chan error, workers)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for n := range next {
				if err := f.one(ctx, n, verifier, consents); err != nil {
					stop()
					errs <- err
					return
				}
			}
		})
	}
	for n := from; n < until && ctx.Err() == nil; n++ {
		select {
		case next <- n:
		case <-ctx.Done():
		}
	}
	close(next)
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return context.Cause(ctx)
	}
}

func (f *Filling) one(ctx context.Context, n int, verifier []byte, consents []identity.Consent) error {
	doc, handle, phone := f.Crowd.Crowd(uint32(n))
	grant, err := f.Enrol.Synthetic(ctx, doc, handle, phone, verifier, consents)
	if err != nil {
		return err
	}
	device, private, err := sandbox.NewDevice()
	if err != nil {
		return err
	}
	certificate, _, err := f.Issue.Mint(ctx, grant, device)
	if err != nil {
		return err
	}
	return f.Devices.Write(n, Device{certificate.ID, private})
}
