package look_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func scene(t *testing.T) (*kit.Kit, []*kit.Citizen, context.Context) {
	t.Helper()
	ctx := context.Background()
	k := kit.New(t, law.New())
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	var all []*kit.Citizen
	for n := range 2 {
		c := k.Adult(n)
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		a, err := c.Approve(ctx, c.Request("shop", identity.ModeCert, identity.Over18), "age_over_18")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Redeem(ctx, "shop", a.Code); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return k, all, ctx
}

func TestRecordsAreOnesOwn(t *testing.T) {
	k, all, ctx := scene(t)
	recs, err := k.Look.Records(ctx, all[0].Session)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, r := range recs {
		kinds = append(kinds, string(r.Event.Kind))
		if len(r.Event.Grounds) == 0 || len(r.Event.Grounds[0].Articles) == 0 {
			t.Errorf("%s says no article", r.Event.Kind)
		}
	}
	if got := strings.Join(kinds, " "); got != "verified signed-in issued enrolled" {
		t.Fatalf("newest first: %s", got)
	}
	id, err := identity.ParseEventID(recs[0].Event.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Look.Record(ctx, all[1].Session, id); !fault.Because(err, "record_unknown") {
		t.Fatalf("another's record: %v", err)
	}
	p, err := k.Look.Record(ctx, all[0].Session, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.CheckEvent(p.Canonical, p.Salt, p.Record.Index, p.Size, p.Proof, []byte(p.Head), p.VerifierKey); err != nil {
		t.Fatal(err)
	}
}

func TestParties(t *testing.T) {
	k, all, ctx := scene(t)
	rel, err := k.Look.Parties(ctx, all[0].Session)
	if err != nil || len(rel) != 1 || rel[0].Times != 1 || rel[0].Withdrawn || rel[0].Domain != "shop.example" || strings.Join(rel[0].Given, " ") != "result age_over_18=true" {
		t.Fatalf("%+v %v", rel, err)
	}
	if err := k.Authorize.Withdraw(ctx, all[0].Session, "shop"); err != nil {
		t.Fatal(err)
	}
	if rel, err = k.Look.Parties(ctx, all[0].Session); err != nil || !rel[0].Withdrawn {
		t.Fatalf("%+v %v", rel, err)
	}
}

// What a citizen takes away proves itself, omission included.
func TestExport(t *testing.T) {
	k, all, ctx := scene(t)
	b, err := k.Look.Export(ctx, all[0].Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CheckExport(bytes.NewReader(b), k.Keeper.VerifierKey()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(all[0].Document.Number)) || bytes.Contains(b, []byte(all[0].Handle)) || bytes.Contains(b, []byte(all[1].Document.Number)) {
		t.Fatal("an export holds what is one's own, and nothing of the register's or of others")
	}
	for _, held := range []string{string(all[0].Grant.Number), all[0].Certificate.ID.String(), all[0].Phone()} {
		if !bytes.Contains(b, []byte(held)) {
			t.Errorf("everything about the person lacks %q", held)
		}
	}
	var file client.Export
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Events) != 5 {
		t.Fatalf("%d events: taking a copy is one, and in it", len(file.Events))
	}
	for i := range file.Events {
		cut := file
		cut.Events = append(append([]client.ExportEvent(nil), file.Events[:i]...), file.Events[i+1:]...)
		c, err := json.Marshal(cut)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := client.CheckExport(bytes.NewReader(c), k.Keeper.VerifierKey()); err == nil && i < len(file.Events)-1 {
			t.Errorf("an export without event %d passes: %+v", i+1, r)
		}
	}
}

func TestHomeAndData(t *testing.T) {
	k, all, ctx := scene(t)
	h, err := k.Look.Home(ctx, all[0].Session)
	if err != nil || h.Number != all[0].Grant.Number || h.Standing != identity.Active || h.Certificate.ID != all[0].Certificate.ID {
		t.Fatalf("%+v %v", h, err)
	}
	d, err := k.Look.Data(ctx, all[0].Session)
	if err != nil || d.Name != all[0].Document.Name || d.Handle != "" {
		t.Fatalf("%+v %v", d, err)
	}
	if _, err := k.Look.Data(ctx, identity.Session{Person: identity.NewPersonID()}); !fault.Because(err, "session_over") {
		t.Fatal(err)
	}
}
