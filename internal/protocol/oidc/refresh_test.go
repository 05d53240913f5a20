package oidc_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oidc"
)

// lasts is whose refresh tokens there are. Those of the public app are good once.
func lasts() map[string]identity.PartyID {
	return map[string]identity.PartyID{"refresh-of-shop": "shop", "refresh-of-app": "app", "refresh-of-app-2": "app", "refresh-of-a-key": "app", "refresh-of-fapi": "fapi"}
}

// kept is what the party is given to come back with.
func (a *acts) kept(v *identity.Verification, code string) {
	if token := map[string]string{"code-that-lasts": "refresh-of-shop", "code-of-app-that-lasts": "refresh-of-app", "code-of-fapi-that-lasts": "refresh-of-fapi"}[code]; token != "" {
		v.Offline, v.Refresh = true, token
	}
}

// Refresh answers again without the nonce; a token that is good once gives the next.
func (a *acts) Refresh(ctx context.Context, r verify.Renewal) (identity.Verification, error) {
	no := func(kind fault.Kind, why string) (identity.Verification, error) {
		return identity.Verification{}, fault.Newf("acts", kind, why, "a detail for the log")
	}
	if a.failure != nil {
		return identity.Verification{}, a.failure
	}
	owner, ok := lasts()[r.Token]
	switch {
	case !ok:
		return no(fault.Invalid, "refresh_invalid")
	case owner != r.Party:
		return no(fault.Invalid, "other_party")
	case r.Token == "refresh-of-a-key" && r.JKT != a.jkt:
		return no(fault.Invalid, "proof_key_wrong")
	case a.now().After(start.Add(30 * 24 * time.Hour)):
		return no(fault.Gone, "refresh_expired")
	case a.withdrawn:
		return no(fault.Conflict, "link_changed")
	case a.taken[r.Token]:
		return no(fault.Gone, "refresh_reused")
	}
	if err := a.take(ctx, r.Takes...); err != nil {
		return identity.Verification{}, err
	}
	at := start.Add(-10 * time.Second)
	v := identity.Verification{Receipt: identity.EventID{15: 2}, Subject: "pairwise-1", Party: r.Party, Mode: identity.ModeCertPwd, AuthTime: &at,
		Time: a.now(), Access: "access-2", TTL: 5 * time.Minute, Confirm: r.Confirm, Offline: true}
	if r.Token == "refresh-of-app" {
		a.taken[r.Token], v.Refresh = true, "refresh-of-app-2"
	}
	return v, nil
}

func (a *acts) Lasting(_ context.Context, party identity.PartyID, token string) (verify.Claimed, error) {
	if a.failure != nil {
		return verify.Claimed{}, a.failure
	}
	if lasts()[token] != party {
		return verify.Claimed{}, fault.New("acts", fault.Unauthenticated, "token_invalid")
	}
	return verify.Claimed{Party: party, Subject: "pairwise-1", Time: start, Expires: start.Add(30 * 24 * time.Hour)}, nil
}

// Whatever a refresh asks for: it gets no more than was granted, and never less
// than openid.
func FuzzRefreshScope(f *testing.F) {
	for _, s := range []string{"", "openid", "openid offline_access", "offline_access", "openid openid", "openid profile", " openid", "OPENID"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		offline, ok := oidc.Narrowed(s)
		if !ok || s == "" {
			return
		}
		words := strings.Split(s, " ")
		if !slices.Contains(words, "openid") || offline != slices.Contains(words, "offline_access") {
			t.Fatalf("%q: %v", s, offline)
		}
		for _, w := range words {
			if w != "openid" && w != "offline_access" {
				t.Fatalf("%q came through", s)
			}
		}
	})
}
