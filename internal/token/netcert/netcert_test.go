package netcert_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/netcert"
)

type plain struct{ last []byte }

func (p *plain) Encode(claims any) (string, error) {
	p.last, _ = json.Marshal(claims)
	return "signed", nil
}

func TestNumberIsReadableByNetidAlone(t *testing.T) {
	coder := &plain{}
	m := netcert.New("https://netid.example", coder, suite.Only(suite.NewSecret(identity.ES256)))
	n := identity.NewNumber()
	c := identity.Certificate{ID: identity.NewCertificateID(), Device: []byte(`{"kty":"EC"}`), Issued: time.Unix(1, 0), Expires: time.Unix(2, 0)}
	if _, err := m.Mint(c, n); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(coder.last), string(n)) {
		t.Fatal("the number stands in the clear")
	}
	var got netcert.Claims
	if err := json.Unmarshal(coder.last, &got); err != nil {
		t.Fatal(err)
	}
	if back, err := m.Number(c.ID, got.Number); err != nil || back != n {
		t.Fatalf("own number: %v", err)
	}
	if _, err := m.Number(identity.NewCertificateID(), got.Number); err == nil {
		t.Fatal("opens under another certificate's id")
	}
	if _, err := netcert.New("x", coder, suite.Only(suite.NewSecret(identity.ES256))).Number(c.ID, got.Number); err == nil {
		t.Fatal("opens under another key")
	}
}
