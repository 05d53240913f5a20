package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"netid/internal/disk"
	"netid/internal/gauge"
	"netid/internal/identity"
	"netid/internal/law"
)

const diskFull = 90 // per cent, from which the disk is an alarm

// capacity is what this server bears and what is wrong with it, for the console.
type capacity struct{ h *house }

// Amounts are read as they are now. Files of a database that lies elsewhere are not this
// machine's to measure: they are left out.
func (c capacity) Amounts(ctx context.Context) ([]gauge.Amount, error) {
	h := c.h
	b, err := h.store.Burden(ctx)
	if err != nil {
		return nil, err
	}
	size, err := h.entries(ctx)
	if err != nil {
		return nil, err
	}
	lists, err := h.store.Shards(ctx)
	if err != nil {
		return nil, err
	}
	all := []gauge.Amount{{Name: "queue", Now: int64(b.Queue), Most: int64(b.QueueMost)}, {Name: "drafts", Now: int64(b.Drafts)}, {Name: "waiting", Now: int64(b.Waiting)}, {Name: "dead", Now: int64(b.Dead)},
		{Name: "entries", Now: int64(size)}, {Name: "lists", Now: int64(len(lists))}}
	if h.Site.store == nil {
		for name, files := range map[string][]string{"database": {storeFile(h.Data), storeFile(h.Data) + "-wal"}, "shelf": {shelfFile(h.Data)}} {
			n, err := bytesOf(files...)
			if err != nil {
				return nil, err
			}
			all = append(all, gauge.Amount{Name: name, Now: n, Bytes: true})
		}
	}
	free, of, err := disk.Space(h.Data)
	return append(all, gauge.Amount{Name: "disk", Now: int64(of - min(of, free)), Most: int64(of), Bytes: true}), err
}

// bytesOf adds up files, of which some may not be there yet.
func bytesOf(files ...string) (n int64, err error) {
	for _, f := range files {
		info, err := os.Stat(f)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return n, err
		}
		n += info.Size()
	}
	return n, nil
}

// Hour is one amount in the last hour.
func (c capacity) Hour(now time.Time, name string) []gauge.Level { return c.h.levels.Hour(now, name) }

// noteLevels keeps what the amounts are in this minute.
func (h *house) noteLevels(ctx context.Context) {
	all, err := capacity{h}.Amounts(ctx)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("read what the store bears", "err", err)
	}
	for _, a := range all {
		h.levels.Note(h.Now(), a.Name, a.Now)
	}
}

// Checks asks each thing that must hold. What cannot be asked does not hold.
func (c capacity) Checks(ctx context.Context) (all []gauge.Check) {
	for _, one := range []struct {
		name string
		ask  func(context.Context) (wrong int, err error)
	}{
		{"ready", c.ready}, {"statuses", c.lists}, {"officers", c.officers}, {"deliveries", c.deliveries}, {"disk", c.disk}, {"queue", c.queue}, {"codes", c.codes},
		{"incidents", c.incidents}, {"drills", c.drills}, {"assistance", c.assistance}, {"supervision", c.duties}, {"claims", c.claims}, {"bases", c.bases}, {"domains", c.domains}, {"counters", c.counters}, {"keys", c.keys},
	} {
		n, err := one.ask(ctx)
		if err != nil && ctx.Err() == nil {
			c.h.Log.Error("a check of the service's health failed", "check", one.name, "err", err)
		}
		all = append(all, gauge.Check{Name: one.name, Bad: n > 0 || err != nil, Count: n})
	}
	return all
}

// yes counts what is wrong as one.
func yes(wrong bool) int {
	if wrong {
		return 1
	}
	return 0
}

func (c capacity) ready(context.Context) (int, error) { return yes(c.h.state() != "ready"), nil }
func (c capacity) lists(context.Context) (int, error) { return 0, c.h.statuses.Ready() }

func (c capacity) officers(context.Context) (int, error) {
	return yes(!c.h.quorum.Ready(identity.MonthAt(c.h.Now()) + 1)), nil
}

func (c capacity) deliveries(ctx context.Context) (int, error) {
	b, err := c.h.store.Burden(ctx)
	return b.Dead, err
}

func (c capacity) disk(context.Context) (int, error) {
	free, of, err := disk.Space(c.h.Data)
	if err != nil || of == 0 {
		return 0, err
	}
	return full(free, of), nil
}

// full is how many per cent of a disk are in use, from where that is an alarm.
func full(free, of uint64) int {
	if used := 100 - int(min(of, free)*100/of); used >= diskFull {
		return used
	}
	return 0
}

func (c capacity) queue(ctx context.Context) (int, error) {
	b, err := c.h.store.Burden(ctx)
	return b.Queue * yes(2*b.Queue > b.QueueMost), err
}

func (c capacity) codes(ctx context.Context) (int, error) {
	n, most, err := c.h.sent(ctx)
	return n * yes(n >= most-most/5), err
}

func (c capacity) incidents(ctx context.Context) (int, error) {
	all, err := c.h.incident.Alarms(ctx)
	return len(all), err
}

// drills is one where the next drill is late. A service that begins has a year for its first.
func (c capacity) drills(ctx context.Context) (int, error) {
	began := c.h.Now()
	for _, k := range c.h.ring.List() {
		if k.Created.Before(began) {
			began = k.Created
		}
	}
	due, err := c.h.incident.DrillDue(ctx, began)
	return yes(!c.h.Now().Before(due)), err
}

// assistance counts the openings that nobody reviewed within 72 hours.
func (c capacity) assistance(ctx context.Context) (int, error) {
	all, err := c.h.assist.Overdue(ctx)
	return len(all), err
}

// duties counts what supervision asked for by a day that is over.
func (c capacity) duties(ctx context.Context) (late int, err error) {
	all, err := c.h.supervise.Alarms(ctx)
	for _, one := range all {
		late += yes(one.Stage == law.Late)
	}
	return late, err
}

func (c capacity) claims(ctx context.Context) (late int, err error) {
	all, err := c.h.rights.Queue(ctx)
	for _, one := range all {
		late += yes(one.Over(c.h.Now()))
	}
	return late, err
}

func (c capacity) bases(ctx context.Context) (int, error) {
	all, err := c.h.admit.Endings(ctx, identity.Today(c.h.Now().Add(reminder)))
	return len(all), err
}

func (c capacity) counters(ctx context.Context) (busy int, err error) {
	all, err := c.h.counters.List(ctx)
	for _, one := range all {
		_, many, err := c.h.helped.HelpedAt(ctx, one.ID)
		if err != nil {
			return busy, err
		}
		busy += yes(many)
	}
	return busy, err
}

// keys counts what is due; that the shares of the master key were never recorded is the page
// of keys' to say, since a service that begins has none.
func (c capacity) keys(context.Context) (due int, err error) {
	for _, k := range c.h.ceremonies().State(nil).Keys {
		due += yes(k.Due != "")
	}
	return due, nil
}
