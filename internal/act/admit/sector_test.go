package admit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

const document = "https://group.example/sector.json"

func group(id string, hosts ...string) admit.Application {
	in := good()
	in.ID, in.RedirectURIs, in.SectorURI = id, nil, document
	for _, h := range hosts {
		in.RedirectURIs = append(in.RedirectURIs, "https://"+h+"/cb")
	}
	return in
}

func publish(k *kit.Kit, hosts ...string) {
	var all []string
	for _, h := range hosts {
		all = append(all, "https://"+h+"/cb")
	}
	b, _ := json.Marshal(all)
	k.Published = map[string]string{document: string(b)}
}

// M13: two parties at one host, or with one's identifier for the other's sector,
// are two sectors. Several hosts need a document that lists them.
func TestM13SectorsAreNotJoinedByAddresses(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	sectors := map[string]string{}
	for _, id := range []string{"one", "two", "shop.example", "group.example"} {
		in := good()
		in.ID = id
		p, _, err := k.Admit.Register(ctx, in)
		if err != nil || sectors[p.Sector] != "" {
			t.Fatalf("%s and %s are one sector: %v", id, sectors[p.Sector], err)
		}
		sectors[p.Sector] = id
	}
	publish(k, "a.example", "b.example")
	p, _, err := k.Admit.Register(ctx, group("group", "a.example", "b.example"))
	if err != nil || sectors[p.Sector] != "" || p.Sector != "https://group.example" || p.Joins {
		t.Fatalf("%+v %v", p, err)
	}
	for want, change := range map[string]func(*admit.Application){
		"sector_missing":           func(a *admit.Application) { a.SectorURI = "" },
		"sector_mismatch":          func(a *admit.Application) { a.RedirectURIs[1] = "https://b.example/cb?x" },
		"sector_unreachable":       func(a *admit.Application) { a.SectorURI = "https://group.example/none" },
		"sector_uri_invalid":       func(a *admit.Application) { a.SectorURI = "http://group.example/sector.json" },
		"sector_uri_invalid ":      func(a *admit.Application) { a.SectorURI = "https://169.254.169.254/" },
		"sector_uri_invalid  ":     func(a *admit.Application) { a.SectorURI = "https://[::1]/" },
		"sector_document_invalid":  func(*admit.Application) { k.Published[document] = `{"redirect_uris":[]}` },
		"sector_document_invalid ": func(*admit.Application) { k.Published[document] = `[]` },
	} {
		publish(k, "a.example", "b.example")
		in := group("refused", "a.example", "b.example")
		change(&in)
		if _, _, err := k.Admit.Register(ctx, in); !fault.Because(err, strings.TrimSpace(want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// M13: who comes second to a sector waits until the operator approves exactly that.
func TestM13JoiningASectorNeedsAnApproval(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	publish(k, "a.example", "b.example")
	if p, _, err := k.Admit.Register(ctx, group("first", "a.example")); err != nil || p.Joins {
		t.Fatalf("%+v %v", p, err)
	}
	p, _, err := k.Admit.Register(ctx, group("second", "b.example"))
	if err != nil || p.Standing != identity.PartySuspended || !p.Joins {
		t.Fatalf("joined unasked: %+v %v", p, err)
	}
	if _, err := k.Approve(ctx, "second", false); !fault.Because(err, "sector_shared") {
		t.Fatal(err)
	}
	if p, err = k.Approve(ctx, "second", true); err != nil || p.Standing != identity.PartyActive || p.Joins {
		t.Fatalf("%+v %v", p, err)
	}
	// Also when the first is gone: its people have their names still.
	if _, err := k.Admit.Remove(ctx, "first", "gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Remove(ctx, "second", "gone"); err != nil {
		t.Fatal(err)
	}
	if p, _, err := k.Admit.Register(ctx, group("third", "b.example")); err != nil || !p.Joins {
		t.Fatalf("%+v %v", p, err)
	}
}

// In a sandbox the sector's own document is the approval: it lists both.
func TestASandboxJoinsWhatOneDocumentLists(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	enter := func(host string) (identity.Party, error) {
		in := group("", host)
		in.Sandbox = true
		p, _, err := k.Admit.Enter(ctx, "", in)
		return p, err
	}
	publish(k, "a.example")
	first, err := enter("a.example")
	if err != nil {
		t.Fatal(err)
	}
	publish(k, "b.example")
	if _, err := enter("b.example"); !fault.Because(err, "sector_shared") {
		t.Fatal(err)
	}
	publish(k, "a.example", "b.example")
	if p, err := enter("b.example"); err != nil || p.Sector != first.Sector || p.Standing != identity.PartyActive {
		t.Fatalf("%+v %v", p, err)
	}
}

// Of parties that come to a new sector at once, one is first.
func TestOneIsFirstInASector(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	publish(k, "a.example")
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if _, _, err := k.Admit.Register(ctx, group(fmt.Sprint("p", i), "a.example")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ps, err := k.Admit.Parties(ctx)
	first := 0
	for _, p := range ps {
		if !p.Joins {
			first++
		}
	}
	if err != nil || len(ps) != 16 || first != 1 {
		t.Fatalf("%d of %d are first: %v", first, len(ps), err)
	}
}

// A sector is for good: its people would get other names.
func TestASectorStays(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	publish(k, "a.example", "b.example")
	in := group("", "a.example")
	p, told, err := k.Admit.Enter(ctx, invited(t, k), in)
	if err != nil {
		t.Fatal(err)
	}
	own := in
	own.SectorURI = ""
	if _, _, err := k.Admit.Change(ctx, p.ID, told.Access, own); !fault.Because(err, "sector_fixed") {
		t.Error(err)
	}
	more := group("", "a.example", "c.example")
	if _, _, err := k.Admit.Change(ctx, p.ID, told.Access, more); !fault.Because(err, "sector_mismatch") {
		t.Error(err)
	}
	more = group("", "a.example", "b.example")
	if p, _, err := k.Admit.Change(ctx, p.ID, told.Access, more); err != nil || len(p.RedirectURIs) != 2 || p.Sector != "https://group.example" {
		t.Errorf("%+v %v", p, err)
	}
	alone, told, err := k.Admit.Enter(ctx, invited(t, k), good())
	if err != nil {
		t.Fatal(err)
	}
	joined := good()
	joined.RedirectURIs, joined.SectorURI = []string{"https://a.example/cb"}, document
	if _, _, err := k.Admit.Change(ctx, alone.ID, told.Access, joined); !fault.Because(err, "sector_fixed") {
		t.Error(err)
	}
}

// Whatever a sector publishes: what comes out is a bounded list, or nothing.
func FuzzListed(f *testing.F) {
	for _, s := range []string{`["https://a.example/cb"]`, `[]`, `{}`, `[1]`, `[null]`, `["a"`, `["a"]x`, "[\"\xff\"]", `[["a"]]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := admit.Listed(b)
		if err != nil && (all != nil || fault.Of(err) != fault.Invalid) || err == nil && (len(all) == 0 || len(all) > 1000) {
			t.Fatalf("%q: %d %v", b, len(all), err)
		}
		for _, s := range all {
			if s == "" {
				t.Fatalf("%q lists nothing", b)
			}
		}
	})
}
