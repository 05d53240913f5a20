package shop

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// askAge is the claims parameter (Core §5.5): one boolean, no birth date.
const askAge = `{"id_token":{"age_over_18":null}}`

// skew is by how much the provider's clock may be ahead of the shop's.
const skew = time.Minute

// begin sends the customer to netid, for the result alone or with the age mark.
func (s *shop) begin(wine bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		op, err := s.provider.get()
		if err != nil {
			s.show(w, r, http.StatusServiceUnavailable, "problem", page{Problem: "away"})
			return
		}
		state := rand.Text()
		a := attempt{nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), wine: wine, expires: s.Now().Add(attemptFor)}
		s.sessions.change(w, r, func(x *session) { x.add(state, a) })
		options := []oauth2.AuthCodeOption{oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier), oauth2.SetAuthURLParam("ui_locales", language(r))}
		if wine {
			options = append(options, oauth2.SetAuthURLParam("claims", askAge))
		}
		seeOther(w, r, op.oauth.AuthCodeURL(state, options...))
	}
}

var errOtherIssuer = errors.New("the answer names another issuer")

// callback takes netid's answer. An answer that this browser did not ask for
// is nobody's; one from another issuer is not looked at (RFC 9207 §2.4).
func (s *shop) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a, ok := s.sessions.take(r, q.Get("state"))
	if !ok {
		s.show(w, r, http.StatusBadRequest, "problem", page{Problem: "stale"})
		return
	}
	op, err := s.provider.get()
	if err == nil && (op.namesSelf || q.Has("iss")) && q.Get("iss") != s.Issuer {
		err = errOtherIssuer
	}
	if err == nil && q.Has("error") {
		s.declined(w, r, q.Get("error"))
		return
	}
	var claims []claim
	var raw string
	if err == nil {
		claims, raw, err = s.exchange(r.Context(), op, a, q.Get("code"))
	}
	if err != nil {
		s.show(w, r, http.StatusBadGateway, "problem", page{Problem: "answer"})
		return
	}
	s.sessions.renew(w, r, func(x *session) {
		x.member = &member{way: "netid", name: value(claims, "sub"), claims: claims, raw: raw}
		if a.wine {
			x.wine = verdict(claims)
		}
	})
	if a.wine {
		seeOther(w, r, "/wine")
		return
	}
	seeOther(w, r, "/account")
}

// declined: no is an answer too. Other errors are the shop's to solve.
func (s *shop) declined(w http.ResponseWriter, r *http.Request, code string) {
	if code == "access_denied" {
		s.show(w, r, http.StatusOK, "declined", page{})
		return
	}
	s.show(w, r, http.StatusBadGateway, "problem", page{Problem: "answer"})
}

// exchange trades the code and checks the ID token: signature, issuer,
// audience and time by the library, the nonce here (Core §3.1.3.7).
func (s *shop) exchange(ctx context.Context, op *found, a attempt, code string) (_ []claim, raw string, err error) {
	ctx, cancel := context.WithTimeout(s.provider.context(ctx), 15*time.Second)
	defer cancel()
	token, err := op.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.verifier))
	if err != nil {
		return nil, "", err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, "", errors.New("no ID token")
	}
	id, err := op.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, "", err
	}
	if id.Nonce != a.nonce {
		return nil, "", errors.New("the ID token answers another request")
	}
	var all map[string]any
	if err := id.Claims(&all); err != nil {
		return nil, "", err
	}
	return list(all), raw, s.sound(id, token.AccessToken, all)
}

// sound checks what the library leaves to its user (Core §3.1.3.7, §3.1.3.8):
// for whom the token was made where several may have it, that it names
// somebody, that it is not from tomorrow, and which access token came with it.
func (s *shop) sound(id *oidc.IDToken, access string, all map[string]any) error {
	azp, named := all["azp"]
	switch {
	case len(id.Audience) > 1 && !named, named && azp != s.ClientID:
		return errors.New("the ID token was made for another application")
	case id.Subject == "":
		return errors.New("the ID token names nobody")
	case id.IssuedAt.After(s.Now().Add(skew)):
		return errors.New("the ID token is from the future")
	case id.AccessTokenHash != "":
		return id.VerifyAccessToken(access)
	}
	return nil
}

// claim is one thing that the shop was told.
type claim struct{ Name, Value string }

// order is how the claims are shown; any other follows by name.
var order = []string{"age_over_18", "sub", "acr", "receipt", "sid", "iss", "aud", "iat", "exp", "auth_time", "nonce"}

// list writes every claim out, none left out.
func list(all map[string]any) []claim {
	var out []claim
	for name, v := range all {
		c := claim{Name: name, Value: fmt.Sprint(v)}
		switch x := v.(type) {
		case float64:
			c.Value = fmt.Sprintf("%.0f (%s)", x, time.Unix(int64(x), 0).UTC().Format(time.RFC3339))
		case []any, map[string]any:
			if b, err := json.Marshal(x); err == nil {
				c.Value = string(b)
			}
		}
		out = append(out, c)
	}
	place := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(out, func(a, b claim) int {
		if d := place(a.Name) - place(b.Name); d != 0 {
			return d
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

func value(claims []claim, name string) string {
	for _, c := range claims {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// verdict: the shop sells on yes, refuses on no, and was not told when the
// customer kept the mark back.
func verdict(claims []claim) string {
	switch value(claims, "age_over_18") {
	case "true":
		return "allowed"
	case "false":
		return "refused"
	}
	return "not-told"
}
