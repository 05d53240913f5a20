package partner_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

func TestUploadRefuses(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	put := func(body string, until time.Time) error {
		return k.Partner.Upload(ctx, w.Who, id, []byte(body), until)
	}
	good := string(kit.PublicKey("new"))
	refused(t, "a private key", put(strings.Replace(good, `"kty"`, `"d":"AA","kty"`, 1), time.Time{}), fault.Invalid, "partner_key_private")
	refused(t, "a shared secret", put(`{"kty":"oct","k":"AA"}`, time.Time{}), fault.Invalid, "partner_key_private")
	refused(t, "no JSON", put("-----BEGIN PUBLIC KEY-----", time.Time{}), fault.Invalid, "partner_keys_unread")
	refused(t, "no keys", put(`{"keys":[]}`, time.Time{}), fault.Invalid, "partner_keys_unfit")
	refused(t, "an RSA key of the wrong kind", put(`{"kty":"OKP","crv":"X25519","x":"AA"}`, time.Time{}), fault.Invalid, "partner_keys_unfit")
	refused(t, "twice", put(`{"keys":[`+good+`,`+good+`]}`, time.Time{}), fault.Invalid, "partner_keys_unfit")
	refused(t, "until yesterday", put(good, k.Now().Add(-time.Hour)), fault.Invalid, "partner_overlap_invalid")
	refused(t, "until for ever", put(good, k.Now().Add(91*24*time.Hour)), fault.Invalid, "partner_overlap_invalid")
	refused(t, "an address that cannot be", k.Partner.Publish(ctx, w.Who, id, "ftp://company.example/keys"), fault.Invalid, "jwks_uri_invalid")
	refused(t, "two of one name", put(strings.Replace(good, `"kid":"new"`, `"kid":"first of `+string(id)+`"`, 1), k.Now().Add(time.Hour)), fault.Invalid, "partner_keys_unfit")
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		if err := put(string(kit.PublicKey(name)), k.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(name, err)
		}
	}
	refused(t, "keys without end", put(string(kit.PublicKey("6")), k.Now().Add(24*time.Hour)), fault.TooMany, "partner_full")
	// What somebody else's party has, the register refuses; the keys that were there stay.
	before := stands(t, k, w, id, partner.InReview).Keys
	key := kit.PublicKey("theirs")
	if _, _, err := k.Admit.Register(ctx, kit.Theirs(key)); err != nil {
		t.Fatal(err)
	}
	k.Advance(2 * time.Minute)
	refused(t, "another's key", put(string(key), time.Time{}), fault.Forbidden, "key_shared")
	if v := stands(t, k, w, id, partner.InReview); v.Why != "key_shared" || v.Due != "" || !slices.EqualFunc(v.Keys.Set, before.Set, func(a, b partner.Key) bool { return a.Thumbprint == b.Thumbprint }) {
		t.Fatalf("%+v", v)
	}
}

// A key is good beside its successor until the day that was said, and then goes by itself.
func TestKeysRotateWithOverlap(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	first := stands(t, k, w, id, partner.InReview).Keys.Set[0].Thumbprint
	until := k.Now().Add(7 * 24 * time.Hour)
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("next"), until); err != nil {
		t.Fatal(err)
	}
	held := func() (prints []string) {
		p, err := k.Admit.Party(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if prints, err = k.Admit.Keys.Thumbprints(p.JWKS); err != nil {
			t.Fatal(err)
		}
		return prints
	}
	v := stands(t, k, w, id, partner.InReview)
	if all := held(); len(all) != 2 || !slices.Contains(all, first) {
		t.Fatal("both are good:", all)
	}
	if len(v.Alarms) != 1 || v.Alarms[0].Kind != "key" || v.Alarms[0].Name != first || v.Alarms[0].Over {
		t.Errorf("%+v", v.Alarms)
	}
	if err := k.Partner.Turn(ctx); err != nil || len(held()) != 2 {
		t.Fatal("it goes before its day:", err)
	}
	k.Advance(7 * 24 * time.Hour)
	for range 2 { // again is done already
		if err := k.Partner.Turn(ctx); err != nil {
			t.Fatal(err)
		}
	}
	k.Advance(2 * time.Second)
	if all := held(); len(all) != 1 || all[0] == first {
		t.Fatal("it did not go:", all)
	}
	w = signIn(t, k, w)
	v = stands(t, k, w, id, partner.InReview)
	if last := v.Steps[len(v.Steps)-1]; len(v.Keys.Set) != 1 || last.Kind != identity.PartnerRekeyed || last.Member != "" {
		t.Errorf("%+v", v.Application)
	}
	if err := k.Partner.Publish(ctx, w.Who, id, "https://"+kit.CompanyHost+"/keys.json"); err != nil {
		t.Fatal(err)
	}
	if p := stands(t, k, w, id, partner.InReview).Party; p.JWKSURI == "" || len(p.JWKS) != 0 {
		t.Errorf("%+v", p)
	}
}

// meddles has something happen while the register is asked for other keys.
type meddles struct {
	partner.Register
	first func()
}

func (m *meddles) Rekey(ctx context.Context, f partner.Filing, word string) error {
	if first := m.first; first != nil {
		m.first = nil
		first()
	}
	return m.Register.Rekey(ctx, f, word)
}

func (m *meddles) Change(ctx context.Context, f partner.Filing, word string) error {
	if first := m.first; first != nil {
		m.first = nil
		first()
	}
	return m.Register.Change(ctx, f, word)
}

// Two nodes hand over the same, and the slower one comes back after somebody had something
// newer registered: a key that was replaced does not return, nor a purpose.
func TestTheSlowerNodeOvertakesNothing(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	good := k.Partner.Register
	slow := func(meanwhile func() error) {
		k.Partner.Register = &meddles{good, func() {
			if err := k.Partner.Turn(ctx); err != nil { // the other node is through with it
				t.Error(err)
			}
			k.Advance(2 * time.Minute)
			if err := meanwhile(); err != nil {
				t.Error(err)
			}
		}}
	}
	slow(func() error { return k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("fresh"), time.Time{}) })
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("stolen"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	v := stands(t, k, w, id, partner.InReview)
	if there := string(v.Party.JWKS); v.Due != "" || !strings.Contains(there, `"fresh"`) || strings.Contains(there, `"stolen"`) || v.Keys.Set[0].Kid() != "fresh" {
		t.Fatalf("here %+v, at the register %s", v.Keys.Set, there)
	}
	lodge := func(purpose string) error {
		d := kit.Declared()
		d.Purpose = purpose
		_, err := k.Partner.Draft(ctx, w.Who, id, d)
		if err == nil {
			err = k.Partner.Lodge(ctx, w.Who, id)
		}
		return err
	}
	slow(func() error { return lodge("The newer one") })
	if err := lodge("The older one"); err != nil {
		t.Fatal(err)
	}
	if v = stands(t, k, w, id, partner.InReview); v.Due != "" || v.Party.Purpose.Text.EN != "The newer one" || v.Filed.Purpose != "The newer one" {
		t.Fatalf("here %q, at the register %q", v.Filed.Purpose, v.Party.Purpose.Text.EN)
	}
}

// Keys that somebody uploads while others go by themselves are not overtaken: what the
// portal shows is what the register believes, and a key that was taken away is not back.
func TestEndedKeysOvertakeNoNewerOnes(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	until := k.Now().Add(24 * time.Hour)
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("stolen"), until); err != nil {
		t.Fatal(err)
	}
	k.Advance(24*time.Hour + 2*time.Second)
	w = signIn(t, k, w)
	var met error
	k.Partner.Register = &meddles{k.Partner.Register, func() { met = k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("fresh"), time.Time{}) }}
	if err := k.Partner.Turn(ctx); err != nil {
		t.Fatal(err)
	}
	same := func() {
		t.Helper()
		k.Advance(2 * time.Second)
		v := stands(t, k, w, id, partner.InReview)
		there, err := k.Admit.Keys.Thumbprints(v.Party.JWKS)
		if err != nil || len(v.Keys.Set) != 1 || len(there) != 1 || there[0] != v.Keys.Set[0].Thumbprint {
			t.Fatalf("here %+v, at the register %v %v", v.Keys.Set, there, err)
		}
	}
	same()
	refused(t, "meanwhile", met, fault.Conflict, "partner_application_busy")
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("fresh"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	same()
}

func TestAlarms(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	if err := k.ProveHost(ctx, w); err != nil {
		t.Fatal(err)
	}
	id, err := k.Drafted(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	d := kit.Declared()
	d.Bases, d.KeepDays, d.Sealed = map[string]string{"name": "《示例法》第一条"}, 30, ""
	d.BasesUntil = map[string]string{"name": k.Now().AddDate(0, 0, 20).Format(time.DateOnly)}
	d.Sealed = "ECDH-ES"
	if _, err := k.Partner.Draft(ctx, w.Who, id, d); err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	sealing := strings.NewReplacer(`"use":"sig"`, `"use":"enc"`, `"alg":"ES256"`, `"alg":"ECDH-ES"`).Replace(string(kit.PublicKey("seal")))
	set.Keys = []json.RawMessage{kit.PublicKey("sign"), json.RawMessage(sealing)}
	body, err := json.Marshal(set)
	if err == nil {
		err = k.Partner.Upload(ctx, w.Who, id, body, time.Time{})
	}
	if err == nil {
		err = k.Partner.Lodge(ctx, w.Who, id)
	}
	if err == nil {
		_, err = k.Partner.Issue(ctx, w.Who)
	}
	if err != nil {
		t.Fatal(err)
	}
	v := stands(t, k, w, id, partner.InReview)
	if len(v.Alarms) != 1 || v.Alarms[0].Kind != "basis" || v.Alarms[0].Name != "name" || v.Alarms[0].Over {
		t.Fatalf("%+v", v.Alarms)
	}
	k.Advance(61 * 24 * time.Hour)
	w = signIn(t, k, w)
	v = stands(t, k, w, id, partner.InReview)
	if len(v.Alarms) != 2 || !v.Alarms[0].Over || v.Alarms[1].Kind != "token" {
		t.Fatalf("%+v", v.Alarms)
	}
}
