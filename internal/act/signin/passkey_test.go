package signin_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

func withPasskey(t *testing.T, c *kit.Citizen) *kit.Citizen {
	t.Helper()
	second, err := c.WithPasskey(t.Context(), "安全钥匙")
	if err != nil {
		t.Fatal(err)
	}
	return second
}

// A passkey is a device like others: it signs in, approves, is listed, named and
// removed; its approval is checked by its public key alone.
func TestAPasskeyIsADevice(t *testing.T) {
	k, c, ctx := signed(t)
	if err := register(k, "shop"); err != nil {
		t.Fatal(err)
	}
	k.Advance(time.Second)
	p := withPasskey(t, c)
	if !p.Session.Passkey || c.Session.Passkey {
		t.Error("the sessions do not say which key signs")
	}
	all, err := k.Signin.Devices(ctx, p.Session)
	if err != nil || len(all) != 2 || !all[1].Passkey || !all[1].Here || all[0].Passkey || all[1].Name != "安全钥匙" || !all[1].Expires.Equal(all[0].Expires) {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := k.Signin.Name(ctx, c.Session, p.Certificate.ID.String(), "钥匙"); err != nil {
		t.Fatal(err)
	}
	answer, err := p.Approve(ctx, k.Request("shop", identity.ModeCertPwd))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "shop", answer.Code); err != nil {
		t.Fatal(err)
	}
	recs, err := k.Look.Records(ctx, p.Session)
	if err != nil || recs[0].Event.Kind != identity.Verified || recs[3].Event.Kind != identity.DeviceAdded {
		t.Fatal(err)
	}
	a := recs[0].Event.Approval
	if a.Certificate != p.Certificate.ID.String() {
		t.Error("approved with another certificate")
	}
	if _, err := client.CheckApproval(a.Statement, a.Signature, a.Device); err != nil {
		t.Error("offline:", err)
	}
	if _, err := k.Signin.Remove(ctx, p.Session, c.Certificate.ID.String(), p.Passcode); err != nil {
		t.Fatal(err)
	}
	if err := p.SignIn(ctx); err != nil {
		t.Error("the passkey does not sign in after the other device was removed:", err)
	}
}

// L18: what the pages ask of a passkey, refused one by one.
func TestAPasskeyIsRefused(t *testing.T) {
	k, c, ctx := signed(t)
	if _, _, err := k.Signin.Place(ctx, c.Session, "a\nb", c.Passcode); !fault.Because(err, "device_name_invalid") {
		t.Error(err)
	}
	_, _, err := k.Signin.Place(ctx, c.Session, "", "00000001")
	reason(t, "a place without the passcode", err, fault.Invalid, "passcode_wrong")
	place, id, err := k.Signin.Place(ctx, c.Session, "", c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := k.Signin.Place(ctx, c.Session, "", c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	ch, err := k.Signin.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	d := kit.NewDevice()
	browser := d
	d.Passkey = true
	put := func(place string, jwk, sig []byte) error { return k.Signin.Put(ctx, c.Session, place, jwk, sig) }
	text := []byte(k.Signin.PlaceText(place))
	reason(t, "a browser's signature", put(place, d.JWK, browser.Sign(text)), fault.Invalid, "signature_invalid")
	reason(t, "another's signature", put(place, kit.NewDevice().JWK, d.Sign(text)), fault.Invalid, "signature_invalid")
	reason(t, "for another place", put(place, d.JWK, d.Sign([]byte(k.Signin.PlaceText(other)))), fault.Invalid, "signature_invalid")
	reason(t, "for a sign-in", put(place, d.JWK, d.Sign([]byte(k.Signin.Text(place)))), fault.Invalid, "signature_invalid")
	reason(t, "no key", put(place, []byte(`{"kty":"RSA"}`), d.Sign(text)), fault.Invalid, "device_key_invalid")
	reason(t, "no place", put("x", d.JWK, d.Sign([]byte(k.Signin.PlaceText("x")))), fault.Gone, "passkey_place_over")
	reason(t, "a challenge as place", put(ch, d.JWK, d.Sign([]byte(k.Signin.PlaceText(ch)))), fault.Gone, "passkey_place_over")
	second := another(t, c)
	reason(t, "on another device", k.Signin.Put(ctx, second.Session, place, d.JWK, d.Sign(text)), fault.Gone, "passkey_place_over")

	if err := put(place, d.JWK, d.Sign(text)); err != nil {
		t.Fatal("refusals used the place up:", err)
	}
	reason(t, "twice", put(place, d.JWK, d.Sign(text)), fault.Gone, "passkey_place_over")
	late, _, err := k.Signin.Place(ctx, c.Session, "", c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	k.Advance(10 * time.Minute)
	reason(t, "late", put(late, d.JWK, d.Sign([]byte(k.Signin.PlaceText(late)))), fault.Gone, "passkey_place_over")

	prove := func(certificate identity.CertificateID, sign func([]byte) []byte, text func(string) string) error {
		ch, err := k.Signin.Challenge()
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Signin.Prove(ctx, ch, certificate.String(), sign([]byte(text(ch))))
		return err
	}
	const unknown = "device_unknown"
	reason(t, "a browser's signature by a passkey", prove(id, browser.Sign, k.Signin.Text), fault.Unauthenticated, unknown)
	reason(t, "another certificate", prove(c.Certificate.ID, d.Sign, k.Signin.Text), fault.Unauthenticated, unknown)
	reason(t, "the text of a place", prove(id, d.Sign, k.Signin.PlaceText), fault.Unauthenticated, unknown)
	asPasskey := c.Device
	asPasskey.Passkey = true
	reason(t, "a passkey's signature by a browser", prove(c.Certificate.ID, asPasskey.Sign, k.Signin.Text), fault.Unauthenticated, unknown)
	if err := prove(id, d.Sign, k.Signin.Text); err != nil {
		t.Fatal(err)
	}
	if ch, err = k.Signin.Challenge(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "challenge_used"} {
		if _, err := k.Signin.Prove(ctx, ch, id.String(), d.Sign([]byte(k.Signin.Text(ch)))); want == "" && err != nil || want != "" && !fault.Because(err, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Whoever was put out puts nothing down, and a place is used once, by 64 at a time.
func TestAPlaceIsUsedOnce(t *testing.T) {
	k, c, ctx := signed(t)
	d := kit.NewDevice()
	d.Passkey = true
	place, _, err := k.Signin.Place(ctx, c.Session, "", c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	sig := d.Sign([]byte(k.Signin.PlaceText(place)))
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if err := k.Signin.Put(ctx, c.Session, place, d.JWK, sig); err == nil {
				won.Add(1)
			} else if !fault.Because(err, "passkey_place_over") {
				t.Errorf("loser: %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d winners", won.Load())
	}
	second := another(t, c)
	if place, _, err = k.Signin.Place(ctx, second.Session, "", c.Passcode); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Signin.Remove(ctx, c.Session, second.Certificate.ID.String(), c.Passcode); err != nil {
		t.Fatal(err)
	}
	err = k.Signin.Put(ctx, second.Session, place, d.JWK, d.Sign([]byte(k.Signin.PlaceText(place))))
	reason(t, "by a device that was removed", err, fault.Unauthenticated, "session_over")
	if err := c.SignIn(context.WithoutCancel(ctx)); err != nil {
		t.Fatal(err)
	}
}
