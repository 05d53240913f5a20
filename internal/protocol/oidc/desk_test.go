package oidc_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// desk is where parties register themselves in conversations: the real act on a
// real store, opened when somebody comes.
type desk struct {
	t    testing.TB
	acts *acts
	k    *kit.Kit
}

func (d *desk) act() *admit.Act {
	if d.k == nil {
		d.k = kit.New(d.t, law.New())
		d.k.Published = map[string]string{}
	}
	return d.k.Admit
}

func (d *desk) Enter(ctx context.Context, invitation string, in admit.Application) (identity.Party, admit.Told, error) {
	if d.acts.failure != nil {
		return identity.Party{}, admit.Told{}, d.acts.failure
	}
	return d.act().Enter(ctx, invitation, in)
}

func (d *desk) Managed(ctx context.Context, id identity.PartyID, access string) (identity.Party, error) {
	return d.act().Managed(ctx, id, access)
}

func (d *desk) Change(ctx context.Context, id identity.PartyID, access string, in admit.Application) (identity.Party, string, error) {
	return d.act().Change(ctx, id, access, in)
}

func (d *desk) Leave(ctx context.Context, id identity.PartyID, access string) error {
	return d.act().Leave(ctx, id, access)
}

func (d *desk) SecretMatches(p identity.Party, secret string) bool {
	return d.act().SecretMatches(p, secret)
}

func (d *desk) invite() string {
	s, _, err := d.act().Invite(context.Background(), "Shop Ltd", time.Hour)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func (d *desk) publish(words []string) {
	d.act()
	d.k.Published[words[0]] = strings.Join(words[1:], " ")
}

func (d *desk) operator(word, id string) {
	var err error
	switch party := identity.PartyID(id); word {
	case "suspends":
		_, err = d.act().Suspend(context.Background(), party, "complaints")
	case "approves": // both of them
		d.act()
		p, _ := d.k.Admit.Party(context.Background(), party)
		if d.k.Published == nil {
			d.k.Published = map[string]string{}
		}
		for _, uri := range p.RedirectURIs { // its hosts say that they are its own
			if u, no := url.Parse(uri); no == nil {
				d.k.Published["https://"+u.Hostname()+"/.well-known/netid-party.txt"] = id
			}
		}
		_, err = d.k.Approve(context.Background(), party, false)
	case "removes":
		_, err = d.act().Remove(context.Background(), party, "contract ended")
	default:
		d.t.Fatal(word)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}
