package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// M09: the operator hears once a day of a domain whose proof is over and whose party goes on,
// and the console counts it; before, and once the party is stopped, of none.
func TestDomainsWhoseProofIsOver(t *testing.T) {
	k := kit.New(t, law.New())
	ctx := t.Context()
	w, err := k.Organisation(ctx)
	if err == nil {
		err = k.ProveHost(ctx, w)
	}
	var id identity.PartyID
	if err == nil {
		id, err = k.Drafted(ctx, w)
	}
	if err == nil {
		err = k.Partner.Lodge(ctx, w.Who, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"] += "\n" + string(id)
	if _, err := k.Approve(ctx, id, false); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	h := &house{settings: settings{Log: slog.New(slog.NewTextHandler(&said, nil)), Now: k.Now}, partner: k.Partner}
	tells := func(want int) identity.Date {
		t.Helper()
		said.Reset()
		today := h.remindOfDomains(ctx, identity.Date{})
		n, err := capacity{h}.domains(ctx)
		if strings.Count(said.String(), "party="+string(id)) != want || n != want || err != nil {
			t.Fatal(said.String(), n, err)
		}
		return today
	}
	tells(0)
	k.Advance(366 * 24 * time.Hour)
	today := tells(1)
	if !strings.Contains(said.String(), "host="+kit.CompanyHost) || !strings.Contains(said.String(), "level=WARN") {
		t.Error(said.String())
	}
	said.Reset()
	if h.remindOfDomains(ctx, today); said.Len() != 0 {
		t.Error("twice a day:", said.String())
	}
	if _, err := k.Admit.Suspend(ctx, id, "its domain is nobody's"); err != nil {
		t.Fatal(err)
	}
	k.Advance(2 * time.Second)
	tells(0)
	k.Partner.Register = mute{k.Partner.Register}
	if _, err := (capacity{h}).domains(ctx); err == nil {
		t.Error("what cannot be asked holds")
	}
}

// mute is a register that cannot be asked.
type mute struct{ partner.Register }

func (mute) Party(context.Context, identity.PartyID) (identity.Party, error) {
	return identity.Party{}, context.DeadlineExceeded
}
