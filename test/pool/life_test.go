package pool_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/client/verifier"
	"netid/internal/identity"
	"netid/test/holder"
	"netid/test/kit"
)

const copies = 6 // of a batch: some go to one party, some to the other

// step is something that happens, at a time.
type step struct {
	at time.Time
	do func()
}

// lived lets so many persons live so many days. Each comes to either party at times
// that were drawn for that party alone.
func lived(t testing.TB, people, days int) *world {
	t.Helper()
	w := found(t)
	var steps []step
	on := func() time.Time {
		return kit.Start.Add(24*time.Hour + time.Duration(w.dice.Int64N(int64(days)*int64(24*time.Hour))))
	}
	for n := range people {
		p := &person{Citizen: w.Adult(n + 1), n: n, holds: map[string][]holder.Credential{}}
		w.people = append(w.people, p)
		must(t, p.Enrol(t.Context()))
		for _, at := range w.parties {
			for range 5 + w.dice.IntN(3) {
				steps = append(steps, step{on(), func() { w.comes(p, at) }})
			}
		}
		switch w.dice.IntN(8) {
		case 0, 4:
			began := on()
			steps = append(steps, step{began, func() { w.freezes(p) }}, step{began.Add(3 * time.Hour), func() { w.thaws(p) }})
		case 1:
			steps = append(steps, step{on(), func() { w.leaves(p) }})
		case 2, 3:
			at := w.parties[w.dice.IntN(2)]
			steps = append(steps, step{on(), func() { w.ends(p, at) }})
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for _, s := range steps {
		if d := s.at.Sub(w.Now()); d > 0 {
			w.Advance(d)
		}
		s.do()
	}
	return w
}

// signs in, unless a session of the last hours is still there: the same then serves at both parties.
func (w *world) signs(p *person) {
	if _, err := w.Vault.Visit(w.t.Context(), p.Session); err != nil || w.Now().Sub(p.Session.At) > 6*time.Hour {
		must(w.t, p.SignIn(w.t.Context()))
	}
}

// comes is one use: an answer by OpenID, an answer without the citizen, or a presentation.
func (w *world) comes(p *person, at *party) {
	if tokens := at.tokens[p.key()]; len(tokens) > 0 && (p.frozen || w.dice.IntN(5) == 0) {
		w.ask(at, p, "refreshed", "POST", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens[len(tokens)-1]}}, p.frozen)
		return
	}
	if p.frozen {
		return
	}
	w.signs(p)
	switch w.dice.IntN(6) {
	case 0:
		w.presents(p, at, false)
	case 1, 2:
		w.presents(p, at, true)
	case 3:
		w.hosted(p, at)
	default:
		w.answers(p, at)
	}
}

// answers is a sign-in at a party, with what it may do with the answer then.
func (w *world) answers(p *person, at *party) {
	t, ctx := w.t, w.t.Context()
	r := w.Request(at.id, identity.Modes[w.dice.IntN(2)], identity.Over18)
	r.Redirect, r.AuthTime, r.Offline = "https://"+string(at.id)+".example/cb", true, true
	give := []string{"age_over_18"}
	if w.dice.IntN(2) == 0 {
		give = append(give, "offline_90")
	}
	sealed, err := w.Authorize.Begin(ctx, r)
	must(t, err)
	var answer string
	if w.dice.IntN(10) == 0 {
		answer, err = w.Authorize.Decline(ctx, &p.Session, sealed, kit.Browser)
	} else {
		in, no := p.Signed(ctx, sealed, give...)
		must(t, no)
		answer, err = w.Authorize.Approve(ctx, p.Session, sealed, kit.Browser, in)
	}
	must(t, err)
	back := w.ask(at, p, "redirect", "GET", "/authorize/answer?a="+url.QueryEscape(answer), nil, false)
	to, err := url.Parse(back.Header().Get("Location"))
	must(t, err)
	code := to.Query().Get("code")
	if code == "" {
		return
	}
	trade := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {r.Redirect}, "code_verifier": {kit.Verifier}}
	var got struct {
		ID      string `json:"id_token"`
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	rec := w.ask(at, p, "answer", "POST", "/token", trade, false)
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.ID == "" {
		t.Fatalf("%d %s %v", rec.Code, rec.Body, err)
	}
	at.hints[p.key()] = append(at.hints[p.key()], got.ID)
	if got.Refresh != "" {
		at.tokens[p.key()] = append(at.tokens[p.key()], got.Refresh)
	}
	switch w.dice.IntN(5) {
	case 0: // the answer's tokens are over by that, too
		w.ask(at, p, "replayed", "POST", "/token", trade, false)
	case 1:
		w.ask(at, p, "introspected", "POST", "/introspect", url.Values{"token": {got.Access}}, false)
	default:
		w.ask(at, p, "userinfo", "GET", "/userinfo", url.Values{"bearer": {got.Access}}, false)
	}
}

// wallet has credentials of the day, from one batch that serves at both parties.
func (w *world) wallet(p *person, kind string) *holder.Wallet {
	t, ctx := w.t, w.t.Context()
	if today := identity.Today(w.Now()); p.day != today {
		p.day = today
		clear(p.holds)
	}
	if len(p.holds[kind]) == 0 {
		_, grant, err := p.Held(ctx, identity.Confirm{}, kind)
		must(t, err)
		order := kit.Order(grant, kind, 0)
		order.Nonces[0].Until = w.Now().Add(time.Hour)
		var keys []*ecdsa.PrivateKey
		for range copies {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			must(t, err)
			keys, order.Keys = append(keys, key), append(order.Keys, jwk(key))
		}
		texts, err := w.Attest.Issue(ctx, order)
		must(t, err)
		for i, text := range texts {
			p.holds[kind] = append(p.holds[kind], credential(t, kind, text, keys[i]))
		}
	}
	one := p.holds[kind][0]
	p.holds[kind] = p.holds[kind][1:]
	return &holder.Wallet{HTTP: &http.Client{Transport: w}, Now: w.Now, Holds: []holder.Credential{one}}
}

func credential(t testing.TB, kind, text string, key *ecdsa.PrivateKey) holder.Credential {
	parts := strings.Split(strings.TrimSuffix(text, "~"), "~")
	c := holder.Credential{Kind: kit.Issuer + "/credentials/" + kind, JWT: parts[0], Key: key, Disclosures: parts[1:]}
	for _, d := range c.Disclosures {
		b, err := base64.RawURLEncoding.DecodeString(d)
		must(t, err)
		var said []any
		must(t, json.Unmarshal(b, &said))
		c.Names = append(c.Names, said[1].(string))
	}
	return c
}

// presents shows a credential to a party that reads by itself.
func (w *world) presents(p *person, at *party, age bool) {
	t := w.t
	kind, claims := "person", []string(nil)
	if age {
		kind, claims = "age", []string{"age_over_18"}
	}
	q, err := client.QueryFor(kit.Issuer+"/credentials/"+kind, claims...)
	must(t, err)
	begun, err := at.desk.Begin(t.Context(), verifier.Question{Query: q})
	must(t, err)
	wallet := w.wallet(p, kind)
	wallet.Show = func(_, text string) string {
		w.receives(at, p, "presented", nil, text, false)
		return text
	}
	req, err := wallet.Fetch(begun.Link)
	must(t, err)
	if w.dice.IntN(10) == 0 {
		_, err := wallet.Refuse(req, "access_denied")
		must(t, err)
		return
	}
	got, err := wallet.Answer(req)
	must(t, err)
	result, err := at.desk.Result(t.Context(), begun.Handle, "")
	if err != nil || got.Status != http.StatusOK || result.Pending || result.Refused != "" {
		t.Fatalf("%+v %+v %v", got, result, err)
	}
}

// hosted shows one to netid's own reader, which tells the party.
func (w *world) hosted(p *person, at *party) {
	t := w.t
	var asked struct{ ID, Link, Access_token string }
	rec := w.ask(at, p, "asked", "POST", "/vp/requests", url.Values{"ask": {"age_over_18"}, "nonce": {"n-1"}}, false)
	if err := json.Unmarshal(rec.Body.Bytes(), &asked); err != nil || asked.Link == "" {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	wallet := w.wallet(p, "age")
	req, err := wallet.Fetch(asked.Link)
	must(t, err)
	got, err := wallet.Answer(req)
	if err != nil || got.Status != http.StatusOK {
		t.Fatal(got, err)
	}
	rec = w.ask(at, p, "result", "GET", "/vp/requests/"+asked.ID, url.Values{"bearer": {asked.Access_token}}, false)
	if !strings.Contains(rec.Body.String(), `"answered"`) {
		t.Fatal(rec.Body)
	}
}

func (w *world) freezes(p *person) {
	w.signs(p)
	must(w.t, w.Kit.Issue.Freeze(w.t.Context(), p.Session))
	p.frozen = true
	w.told(p, true)
}

func (w *world) thaws(p *person) {
	must(w.t, p.SignIn(w.t.Context()))
	must(w.t, w.Kit.Issue.Thaw(w.t.Context(), p.Session, p.Passcode))
	p.frozen = false
}

// leaves erases the person, who enrols again at once and is new to everybody.
func (w *world) leaves(p *person) {
	if p.frozen {
		return
	}
	w.signs(p)
	_, err := w.Kit.Erase.Erase(w.t.Context(), p.Session, p.Passcode)
	must(w.t, err)
	w.told(p, true)
	for _, at := range w.parties { // what the party hears when it comes with what it had
		if tokens := at.tokens[p.key()]; len(tokens) > 0 {
			w.ask(at, p, "refreshed", "POST", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens[len(tokens)-1]}}, true)
		}
	}
	p.life++
	p.Device = kit.NewDevice()
	clear(p.holds)
	w.Advance(time.Second)
	must(w.t, p.Enrol(w.t.Context()))
	must(w.t, p.SignIn(w.t.Context()))
}

// ends is a log-out at one party: by that party, or by the citizen at netid.
func (w *world) ends(p *person, at *party) {
	hints := at.hints[p.key()]
	if p.frozen || len(hints) == 0 {
		return
	}
	if w.dice.IntN(2) == 0 {
		w.ask(at, p, "left", "GET", "/logout?"+url.Values{"id_token_hint": {hints[len(hints)-1]}, "post_logout_redirect_uri": {"https://" + string(at.id) + ".example/bye"}}.Encode(), nil, false)
	} else {
		w.signs(p)
		must(w.t, w.Logout.EndAll(w.t.Context(), p.Session, at.id))
	}
	w.told(p, false)
}
