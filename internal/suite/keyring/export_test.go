package keyring

import (
	"time"

	"netid/internal/disk"
	"netid/internal/disk/disktest"
)

// OpenCut is Open on a disk that is cut short.
func OpenCut(dir string, m Master, c *disktest.Cut) (*Ring, error) { return open(dir, m, "", c) }

// RotateCut is Rotate on a disk that is cut short.
func RotateCut(dir string, m Master, use string, c *disktest.Cut) (Entry, error) {
	return changeCut(dir, m, c, time.Now, func(o opening, m *manifest) (Entry, error) { return o.rotate(m, use) })
}

// SucceedCut is Succeed on a disk that is cut short.
func SucceedCut(dir string, m Master, use string, record Record, c *disktest.Cut) (Entry, error) {
	return changeCut(dir, m, c, time.Now, func(o opening, m *manifest) (Entry, error) {
		o.record = record
		return o.rotate(m, use)
	})
}

// RetireCut is Retire of a compromised key on a disk that is cut short.
func RetireCut(dir string, m Master, id string, c *disktest.Cut) (Entry, error) {
	return changeCut(dir, m, c, time.Now, func(o opening, m *manifest) (Entry, error) { return o.retire(m, id, true) })
}

// RetireAt is Retire at an instant.
func RetireAt(dir string, m Master, id string, now time.Time) (Entry, error) {
	return changeCut(dir, m, disk.Machine{}, func() time.Time { return now }, func(o opening, m *manifest) (Entry, error) { return o.retire(m, id, false) })
}

// RetireEmptiedAt is RetireEmptied at an instant.
func RetireEmptiedAt(dir string, m Master, id string, now time.Time) (Entry, error) {
	return changeCut(dir, m, disk.Machine{}, func() time.Time { return now }, func(o opening, m *manifest) (Entry, error) { return o.retireEmptied(m, id) })
}

// RetireEmptiedCut is RetireEmptied an hour from now, on a disk that is cut short.
func RetireEmptiedCut(dir string, m Master, id string, c *disktest.Cut) error {
	_, err := changeCut(dir, m, c, func() time.Time { return time.Now().Add(time.Hour) }, func(o opening, m *manifest) (Entry, error) { return o.retireEmptied(m, id) })
	return err
}

// LifeOf says what the table says of a use, and whether it is in it.
func LifeOf(use string) (why string, known bool) {
	l := lifeOf(use)
	return l.why, l.class != Fixed && l.class != "" || l.why != lifeOf("no such use").why
}

// MostOf is how many versions of a use may be live.
func MostOf(use string) int { return lifeOf(use).most() }

// RotateMasterCut is RotateMaster on a disk that is cut short.
func RotateMasterCut(dir string, m Master, c *disktest.Cut) error {
	o, _, err := existing(dir, m)
	if err != nil {
		return err
	}
	return o.rotateMaster(m, c)
}

// SetClock gives an open ring another clock.
func SetClock(r *Ring, now func() time.Time) { r.clock = now }

func changeCut(dir string, m Master, d disk.Disk, now func() time.Time, how func(opening, *manifest) (Entry, error)) (Entry, error) {
	o, _, err := existing(dir, m)
	if err != nil {
		return Entry{}, err
	}
	o.disk, o.create = d, now
	return changing(o, how)
}
