package postgres

import (
	"context"
	"time"
)

// Ways are the hosts that an address may lead to, and whether each has to
// prove itself.
func Ways(a Address) map[string]bool {
	c := a.config.ConnConfig
	ways := map[string]bool{c.Host: c.TLSConfig != nil && !c.TLSConfig.InsecureSkipVerify}
	for _, f := range c.Fallbacks {
		proves := f.TLSConfig != nil && !f.TLSConfig.InsecureSkipVerify
		ways[f.Host] = proves && (ways[f.Host] || f.Host != c.Host)
	}
	return ways
}

// Stir moves what came, at once.
func Stir(d *Database) error { return d.stir(context.Background()) }

// SetClock gives a database another clock.
func SetClock(d *Database, now func() time.Time) { d.now = now }
