package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/identity"
	"netid/internal/sandbox"
)

// Whoever of the crowd shows their card is found in the register by it, with
// their own telephone, and is unmistakably synthetic.
func TestTheCrowdIsKnownToTheRegister(t *testing.T) {
	p, dir := found(t, now())
	r, err := sandbox.OpenRegister(dir)
	if err != nil {
		t.Fatal(err)
	}
	challenge := []byte("8 bytes.")
	handles := map[identity.PersonHandle]bool{}
	for _, n := range []int{0, 1, 999, 1000, 27999, 28000, 335999, 336000, 16799999, 16800000, 100000001, 1<<30 - 1} {
		id := fmt.Sprintf("crowd-%d", n)
		who, ok := p.Persona(id)
		if !ok || !strings.HasPrefix(who.DocumentNumber, "99") || !strings.HasPrefix(who.Phone, "100") || len(who.Phone) != 11 || !strings.HasPrefix(who.Person.ZH, "沙盒·") {
			t.Fatalf("%s: %+v", id, who)
		}
		if _, err := document.CheckNumber(identity.ResidentCard, who.DocumentNumber, identity.Today(now())); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		b, err := p.Present(who.Cards[0], challenge)
		if err != nil {
			t.Fatal(err)
		}
		var shown document.CardEvidence
		if err := json.Unmarshal(b, &shown); err != nil {
			t.Fatal(err)
		}
		d, handle, err := r.Decode(shown.Transcript, challenge)
		if err != nil || d.Number != who.DocumentNumber || handles[handle] {
			t.Fatalf("%s: %v, handle twice: %v", id, err, handles[handle])
		}
		handles[handle] = true
		if !r.PhoneOnFile(handle, who.Phone) || r.PhoneOnFile(handle, "10000000002") && who.Phone != "10000000002" {
			t.Errorf("%s: telephone", id)
		}
		d.Birth.Day = 1 + d.Birth.Day%28
		if _, err := r.Resolve(d); err == nil {
			t.Errorf("%s: found under another birth date", id)
		}
	}
	for _, id := range []string{"crowd--1", "crowd-01", "crowd-x", "crowd-", "crowd-1073741824", "crowd-99999999999"} {
		if _, ok := p.Persona(id); ok {
			t.Errorf("%s is somebody", id)
		}
		if _, err := p.Present(id+"-card", challenge); err == nil {
			t.Errorf("%s has a card", id)
		}
	}
	if _, err := r.Resolve(identity.Document{Kind: identity.ResidentCard, Number: "990200195001290010"}); err == nil {
		t.Error("a number that nobody of the crowd has is known")
	}
}
