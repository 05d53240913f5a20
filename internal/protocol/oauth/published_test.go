package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// site is where a party publishes its keys.
type site struct {
	sync.Mutex
	body []byte
	keep time.Duration
	err  error
	came int
	gate chan struct{} // nil: answers at once
}

func (s *site) get(ctx context.Context, address string) ([]byte, time.Duration, error) {
	s.Lock()
	s.came++
	gate := s.gate
	s.Unlock()
	if gate != nil {
		<-gate
	}
	s.Lock()
	defer s.Unlock()
	if ctx.Err() != nil || address != "https://party.example/jwks" {
		return nil, 0, errors.New("gave up, or went astray")
	}
	return s.body, s.keep, s.err
}

func (s *site) publish(t testing.TB, signers ...suite.Signer) {
	t.Helper()
	b, err := jose.Publish(jose.ES256, signers...)
	if err != nil {
		t.Fatal(err)
	}
	s.Lock()
	defer s.Unlock()
	s.body, s.err = b, nil
}

// remote is a desk with a party that publishes its keys.
func remote(t testing.TB) (*desk, *site) {
	t.Helper()
	d, s := open(t), &site{keep: 24 * time.Hour}
	d.register.known["far"] = identity.Party{ID: "far", Auth: identity.AuthKey, JWKSURI: "https://party.example/jwks", Standing: identity.PartyActive}
	d.Keys = oauth.NewPublished(s.get, oauth.PartyAlgs(identity.ES256), func() time.Time { return d.now }).Keys
	return d, s
}

// far comes with an assertion by a key, named.
func (d *desk) far(t testing.TB, s suite.Signer) bool {
	t.Helper()
	d.once.commits++
	c := claims(map[string]any{"iss": "far", "sub": "far", "jti": fmt.Sprint(d.once.commits), "iat": d.now.Unix(), "exp": d.now.Unix() + 60})
	_, no, _ := d.Authenticate(httptest.NewRequest(http.MethodPost, "/token", nil), byKey(forge(t, s, `{"alg":"ES256","kid":"`+s.KeyID()+`"}`, c)))
	if no != nil && no.Code != "invalid_client" {
		t.Errorf("%+v", no)
	}
	return no == nil
}

func TestC17KeysThatTurn(t *testing.T) {
	d, s := remote(t)
	old, young := signer(t), signer(t)
	after := func(by time.Duration) { d.now = d.now.Add(by) }
	expect := func(what string, key suite.Signer, ok bool, came int) {
		t.Helper()
		if d.far(t, key) != ok || s.came != came {
			t.Errorf("%s: want %v and %d fetches, got %d", what, ok, came, s.came)
		}
	}
	s.publish(t, old)
	expect("the first", old, true, 1)
	expect("from memory", old, true, 1)
	s.publish(t, old, young)
	expect("an unknown key within the minute", young, false, 1)
	after(time.Minute)
	expect("an unknown key a minute later", young, true, 2)
	s.publish(t, young)
	expect("a removed key, before anybody looks", old, true, 2)
	after(5 * time.Minute)
	expect("a removed key, five minutes later", old, false, 3)
	expect("and its successor", young, true, 3)
	s.err = errors.New("away")
	after(5 * time.Minute)
	expect("away, with keys of before", young, true, 4)
	expect("away, and not asked again at once", young, true, 4)
	after(50 * time.Minute)
	expect("away for less than an hour", young, true, 5)
	after(5 * time.Minute)
	expect("away for an hour", young, false, 6)
	after(time.Minute)
	s.publish(t, young)
	expect("back", young, true, 7)
	s.body = []byte(`{"keys":[{"kty":"oct","k":"AAAA"}]}`)
	after(5 * time.Minute)
	expect("a set that is none is no news", young, true, 8)
}

// C17: whatever unknown keys are named, a party is asked once a minute.
func TestC17AStormOfUnknownKeys(t *testing.T) {
	d, s := remote(t)
	s.publish(t, signer(t))
	stranger := signer(t)
	for i := range 1000 {
		if i%100 == 0 {
			d.now = d.now.Add(time.Second)
		}
		d.far(t, stranger)
	}
	if s.came != 1 {
		t.Errorf("%d fetches in ten seconds", s.came)
	}
}

func TestKeepIsBounded(t *testing.T) {
	for keep, want := range map[time.Duration]time.Duration{0: time.Minute, 90 * time.Second: 90 * time.Second, 24 * time.Hour: 5 * time.Minute} {
		d, s := remote(t)
		key := signer(t)
		s.publish(t, key)
		s.keep = keep
		d.far(t, key)
		d.now = d.now.Add(want - time.Second)
		if d.far(t, key); s.came != 1 {
			t.Errorf("%v: fetched before %v", keep, want)
		}
		d.now = d.now.Add(time.Second)
		if d.far(t, key); s.came != 2 {
			t.Errorf("%v: not fetched at %v", keep, want)
		}
	}
}

// Many who come at once wait for one fetch; who gives up does not spoil it.
func TestOneFetchForMany(t *testing.T) {
	d, s := remote(t)
	key := signer(t)
	s.publish(t, key)
	s.gate = make(chan struct{})
	party := d.register.known["far"]
	token, err := jose.Place{Algs: jose.PartyAlgs(), Types: []string{""}, Limit: 4 << 10}.Parse(forge(t, key, `{"alg":"ES256","kid":"`+key.KeyID()+`"}`, `{}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if keys, err := d.Keys(context.Background(), party, func(s jose.Set) bool { return s.Finds(token) }); err != nil || !keys.Finds(token) {
				t.Errorf("%v", err)
			}
		})
		wg.Go(func() { d.Keys(ctx, party, func(s jose.Set) bool { return s.Finds(token) }) })
	}
	cancel()
	close(s.gate)
	wg.Wait()
	if s.came != 1 {
		t.Errorf("%d fetches", s.came)
	}
}

func TestPartiesThatPublishNothing(t *testing.T) {
	d, s := remote(t)
	s.err = errors.New("away")
	if d.far(t, signer(t)) {
		t.Error("without keys")
	}
	if p, no, cause := d.Authenticate(httptest.NewRequest(http.MethodPost, "/token", nil), oauth.Form{"client_id": "far"}); no == nil || p.ID != "" || cause == nil {
		t.Error("without an assertion")
	}
}

// Keys of many parties are held, not of any number.
func TestHeldKeysAreBounded(t *testing.T) {
	came := 0
	fetch := func(context.Context, string) ([]byte, time.Duration, error) {
		came++
		return []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`), time.Hour, nil
	}
	now := noon
	p := oauth.NewPublished(fetch, jose.PartyAlgs(), func() time.Time { now = now.Add(time.Microsecond); return now })
	ask := func(i int) {
		if _, err := p.Keys(context.Background(), identity.Party{JWKSURI: fmt.Sprintf("https://p%d.example/", i)}, func(jose.Set) bool { return true }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4097 {
		ask(i)
	}
	if ask(4096); came != 4097 {
		t.Errorf("the newest is held: %d fetches", came)
	}
	if ask(0); came != 4098 {
		t.Errorf("the oldest had to go: %d fetches", came)
	}
}

// Keys of SM2 are a party's where the service's own suite is SM, and nowhere else.
func TestAssertionsBySM2(t *testing.T) {
	secret, err := suite.NewSM2Secret()
	if err != nil {
		t.Fatal(err)
	}
	key, err := suite.NewSM2(secret)
	if err != nil {
		t.Fatal(err)
	}
	set := `{"keys":[` + strings.TrimSuffix(string(key.PublicJWK()), "}") + `,"kid":"g"}]}`
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		d := open(t)
		d.Suite, d.Keys = s, oauth.NewPublished(nil, oauth.PartyAlgs(s), func() time.Time { return noon }).Keys
		d.register.known["robot"] = identity.Party{ID: "robot", Auth: identity.AuthKey, JWKS: []byte(set), Standing: identity.PartyActive}
		_, no := d.come(t, byKey(forge(t, key, `{"alg":"`+suite.AlgSM2+`","kid":"g"}`, claims(nil))))
		if (no == nil) != (s == identity.SM) {
			t.Errorf("suite %v: %+v", s, no)
		}
	}
}
