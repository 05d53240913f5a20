package dossier_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"netid/internal/dossier"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

type note struct {
	Text string `json:"text"`
}

// rows is a table in memory.
type rows map[string]identity.DossierRow

func (r rows) Dossier(_ context.Context, id []byte) (identity.DossierRow, error) {
	if d, ok := r[string(id)]; ok {
		return d, nil
	}
	return identity.DossierRow{}, fault.New("rows", fault.NotFound, "dossier_unknown")
}

func (r rows) Dossiers(_ context.Context, shelf, after []byte, limit int) (all []identity.DossierRow, err error) {
	for _, d := range r {
		if bytes.Equal(d.Shelf, shelf) && bytes.Compare(d.ID, after) > 0 {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b identity.DossierRow) int { return bytes.Compare(a.ID, b.ID) })
	return all[:min(limit, len(all))], nil
}

func (r rows) keep(t testing.TB, d *dossier.Desk, kind, name string, from uint64, v any) identity.DossierRow {
	t.Helper()
	k, err := d.Keep(kind, name, from, v)
	if err != nil {
		t.Fatal(err)
	}
	r[string(k.Row.ID)] = k.Row
	return k.Row
}

func TestDesk(t *testing.T) {
	ctx, r := context.Background(), rows{}
	d := dossier.New(r, suite.NewSecret(identity.ES256), suite.Only(suite.NewSecret(identity.ES256)))
	var got note
	if _, err := d.Read(ctx, "incident", "a", &got); !fault.Because(err, "dossier_unknown") {
		t.Fatal(err)
	}
	first := r.keep(t, d, "incident", "a", 0, note{"one"})
	second := r.keep(t, d, "incident", "a", 1, note{strings.Repeat("two", 400)})
	if bytes.Contains(second.Body, []byte("two")) || len(first.Body) == len(second.Body) || !bytes.Equal(first.ID, second.ID) {
		t.Error("not sealed, or not padded by units")
	}
	if v, err := d.Read(ctx, "incident", "a", &got); err != nil || v != 2 || !strings.HasPrefix(got.Text, "twotwo") {
		t.Fatal(v, err)
	}
	if d.Guard("incident", "a", 2).Version != 2 || !bytes.Equal(d.Drop("incident", "a", 2).ID, first.ID) {
		t.Error("verbs of another record")
	}
	for i := range 600 { // several pages
		r.keep(t, d, "staff", string(rune('a'+i)), 0, note{})
	}
	seen := map[string]bool{}
	if err := d.List(ctx, "staff", func(name string, version uint64, open func(any) error) error {
		seen[name] = true
		return open(&got)
	}); err != nil || len(seen) != 600 {
		t.Error(len(seen), err)
	}
	if _, err := d.Keep("staff", "x", 0, note{strings.Repeat("x", 70000)}); !fault.Because(err, "dossier_large") {
		t.Error(err)
	}
	if _, err := dossier.New(r, identity.Secret{}, nil).Keep("staff", "x", 0, note{}); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}

// A body opens in its own place and version alone.
func TestDeskRefusesAnotherPlace(t *testing.T) {
	ctx, r := context.Background(), rows{}
	d := dossier.New(r, suite.NewSecret(identity.ES256), suite.Only(suite.NewSecret(identity.ES256)))
	before := r.keep(t, d, "incident", "a", 0, note{"before"})
	now := r.keep(t, d, "incident", "a", 1, note{"now"})
	other := r.keep(t, d, "incident", "b", 1, note{"other"})
	for name, change := range map[string]func(*identity.DossierRow){
		"an older body":   func(d *identity.DossierRow) { d.Body = before.Body },
		"another's body":  func(d *identity.DossierRow) { d.Body = other.Body },
		"another version": func(d *identity.DossierRow) { d.Version = 9 },
		"another shelf":   func(d *identity.DossierRow) { d.Shelf = []byte("shelf") },
		"another turn":    func(d *identity.DossierRow) { d.Body = append([]byte{0, 0, 0, 7}, d.Body[4:]...) },
		"a short body":    func(d *identity.DossierRow) { d.Body = d.Body[:3] },
		"no body":         func(d *identity.DossierRow) { d.Body = nil },
		"another row":     func(d *identity.DossierRow) { *d = other },
	} {
		altered := now
		change(&altered)
		r[string(now.ID)] = altered
		var got note
		if _, err := d.Read(ctx, "incident", "a", &got); !fault.Is(err, fault.Internal) || got.Text != "" {
			t.Errorf("%s: %v %q", name, err, got.Text)
		}
	}
}

func TestDeskOverRotation(t *testing.T) {
	ctx, r, names := context.Background(), rows{}, suite.NewSecret(identity.ES256)
	keys := []suite.Version{{Key: suite.NewSecret(identity.ES256)}}
	d := dossier.New(r, names, func() []suite.Version { return keys })
	r.keep(t, d, "incident", "a", 0, note{"old"})
	keys = append([]suite.Version{{Turn: 1, Key: suite.NewSecret(identity.ES256)}}, keys...)
	r.keep(t, d, "incident", "b", 0, note{"new"})
	var got note
	if _, err := d.Read(ctx, "incident", "a", &got); err != nil || got.Text != "old" {
		t.Error(err)
	}
	keys = keys[:1]
	if _, err := d.Read(ctx, "incident", "a", &got); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if _, err := d.Read(ctx, "incident", "b", &got); err != nil || got.Text != "new" {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	r := rows{}
	d := dossier.New(r, suite.NewSecret(identity.ES256), suite.Only(suite.NewSecret(identity.ES256)))
	row := r.keep(f, d, "incident", "a", 0, note{"one"})
	f.Add(row.Body)
	f.Add([]byte{0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, body []byte) {
		altered := row
		altered.Body = body
		r[string(row.ID)] = altered
		var got note
		if _, err := d.Read(context.Background(), "incident", "a", &got); err == nil && !bytes.Equal(body, row.Body) {
			t.Error("opened what nobody sealed")
		}
	})
}
