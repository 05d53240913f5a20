package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/act/issue"
	"netid/internal/connector/document"
	"netid/internal/disk"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/sandbox"
	"netid/internal/sandbox/populate"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

type populateCmd struct {
	People  int    `required:"" placeholder:"N" help:"How many synthetic people."`
	Data    string `required:"" placeholder:"DIR" help:"Data directory of the new sandbox."`
	Step    int    `default:"65536" hidden:"" help:"How many become durable together."`
	Profile string `placeholder:"NAME" help:"Cryptography: international, guomi or dual (default: international)."`
}

// Run fills the heap, makes the store of it and leaves a sandbox that starts.
// It is cut anywhere and run again.
func (c *populateCmd) Run(s *surroundings) error {
	began := time.Now()
	if c.People < 1 || c.Step < 1 {
		return errors.New("--people: at least one")
	}
	profile, err := chosen(c.Profile)
	if err != nil {
		return err
	}
	if err := suite.SelfTest(); err != nil {
		return err
	}
	if lost(authorityDir(c.Data)) && !(lost(keyringDir(c.Data)) && lost(storeFile(c.Data))) {
		return fmt.Errorf("%s has a keyring or a store and is no sandbox: synthetic people go into a sandbox alone", c.Data)
	}
	people, err := sandbox.Found(c.Data, time.Now)
	if err != nil {
		return fmt.Errorf("found the population: %w", err)
	}
	held, err := lock(c.Data, syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer held.Close()
	if lost(storeFile(c.Data)) {
		if err := c.fill(s, people, profile); err != nil {
			return err
		}
	} else if lost(heapFile(c.Data)) {
		return fmt.Errorf("%s has a store already: people are made for a new sandbox alone", c.Data)
	}
	if err := c.taken(s.ctx); err != nil {
		return err
	}
	for _, file := range []string{heapFile(c.Data) + "-wal", heapFile(c.Data) + "-shm", heapFile(c.Data)} { // its own name goes last: it says that the store came of it
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := took(s.errs, began); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "SANDBOX: %d synthetic people, none of whom lives; netid serve refuses this directory. Start it: netid sandbox --data %s\n", c.People, c.Data)
	return nil
}

// filled refuses a directory in which people are still being made: a sandbox
// that starts there would make a store of its own.
func filled(data string) error {
	if !lost(heapFile(data)) {
		return fmt.Errorf("%s is half filled with synthetic people: run netid populate again", data)
	}
	return nil
}

func heapFile(data string) string    { return filepath.Join(data, "netid.db.heap") }
func devicesFile(data string) string { return filepath.Join(data, "crowd.devices") }

// fill makes the people that are missing, then the store.
func (c *populateCmd) fill(s *surroundings, people *sandbox.Population, profile suite.Profile) error {
	h := &house{settings: settings{Data: c.Data, Site: site{data: c.Data}, Master: keyring.MasterFile(masterFile(c.Data)), Profile: profile,
		Operator: trialOperator(), Sandbox: true, Now: time.Now}}
	defer h.Close()
	if err := c.crowd(s, h, people); err != nil {
		return err
	}
	note, err := h.store.Head(s.ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	h.Close()
	if err := disk.WriteVia(via(headFile(c.Data)), headFile(c.Data), note); err != nil { // before the store is: none of fewer entries takes its place
		return err
	}
	began := time.Now()
	fmt.Fprintf(s.errs, "everything into its order …\n")
	err = sqlite.Build(s.ctx, heapFile(c.Data), storeFile(c.Data), func(table string, rows int64) {
		fmt.Fprintf(s.errs, "%s: %d rows, %s\n", table, rows, time.Since(began).Round(time.Second))
	})
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// crowd wires the acts over the heap and lets the people come.
func (c *populateCmd) crowd(s *surroundings, h *house, people *sandbox.Population) (err error) {
	if h.ring, err = openRing(s.ctx, h.Site, h.Master, h.Profile); err != nil {
		return err
	}
	if h.quorum, err = h.officers(time.Now()); err != nil {
		return err
	}
	heap, err := sqlite.OpenHeap(s.ctx, heapFile(c.Data))
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	h.keeper = keeperOf(h.ring)
	if h.store, err = store.Open(s.ctx, heap, h.keeper, time.Now); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	kept, err := heap.Kept(s.ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if kept > c.People {
		return fmt.Errorf("%d people are there already", kept)
	}
	file, err := openShelf(c.Data, h.ring.Versions("shelf"), uint64(kept))
	if err != nil {
		return err
	}
	h.shelf = file
	devices, err := populate.OpenDevices(devicesFile(c.Data), kept)
	if err != nil {
		return err
	}
	defer devices.Close()
	persons := populate.Remembering(&vault.Guarded{Vault: vaultOf(h.ring, h.store, h.shelf, h.Now), Tries: h.store, Now: time.Now})
	rules := law.New().For(h.Operator)
	book := ledger.NewBook(populate.Alone(h.store), h.escrow(persons.Guarded.Vault, rules.Class), time.Now)
	filling := &populate.Filling{Crowd: people, Vault: persons.Guarded, Heap: heap, Devices: devices, Step: c.Step, Said: progress(s.errs, kept, c.People),
		Enrol: &enrol.Act{Cover: h.cover(), Vault: persons, Book: book, Law: rules, Operator: h.Operator, Sandbox: true,
			Desk: document.NewDesk(nil, nil, false, time.Now), Now: time.Now},
		Issue: &issue.Act{Vault: persons, Minter: populate.Unheld{}, Places: h.inOrder(kept), Keys: h.cover(), Book: book, Law: rules, Now: time.Now}}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // little lives long; collecting it would take a tenth of the time
	return filling.Run(s.ctx, c.People)
}

// progress says now and then how many there are, how fast they come and how long the rest takes.
func progress(out io.Writer, from, most int) func(int) {
	began := time.Now()
	next := began
	return func(people int) {
		now := time.Now()
		if people < most && now.Before(next) {
			return
		}
		next = now.Add(2 * time.Second)
		rate := float64(people-from) / now.Sub(began).Seconds()
		left := time.Duration(float64(most-people) / rate * float64(time.Second))
		fmt.Fprintf(out, "%d of %d people, %.0f a second, %s left\n", people, most, rate, left.Round(time.Second))
	}
}

// took says how long this run took, and how much of it the processors worked.
func took(out io.Writer, began time.Time) error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	fmt.Fprintf(out, "took %s, %s of processor time\n", time.Since(began).Round(time.Second), time.Duration(used.Utime.Nano()+used.Stime.Nano()).Round(time.Second))
	return nil
}
