package kit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/quorum"
	"netid/internal/suite"
)

// Officers are the quorum of a kit, any two of three, and their private keys,
// which lie beside the service and not in it.
type Officers struct {
	*quorum.Quorum
	Index identity.Secret // of what is left to them
	Keys  []quorum.Officer
	now   func() time.Time
}

func found(t testing.TB, dir, own string, key, index identity.Secret, now func() time.Time) *Officers {
	t.Helper()
	q, err := quorum.Open(dir, key, now)
	must(t, err)
	o := &Officers{Quorum: q, Index: index, now: now}
	var public []suite.Recipient
	must(t, os.MkdirAll(own, 0o700))
	for n := range 3 {
		file := filepath.Join(own, fmt.Sprintf("officer-%d.key", n+1))
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			made, err := quorum.NewOfficer(key.Suite())
			must(t, err)
			b, err := made.File(nil, "kit")
			must(t, err)
			must(t, os.WriteFile(file, b, 0o600))
		}
		b, err := os.ReadFile(file)
		must(t, err)
		one, err := quorum.ReadOfficer(b, nil)
		must(t, err)
		o.Keys, public = append(o.Keys, one), append(public, one.Public())
	}
	if !q.Founded() {
		must(t, q.Found(public, 2, false))
	}
	o.meet(t)
	return o
}

// meet makes the month that it is.
func (o *Officers) meet(t testing.TB) {
	t.Helper()
	m := identity.MonthAt(o.now())
	if o.Ready(m) {
		return
	}
	_, err := o.Make(m, m, law.Ends)
	must(t, err)
}
