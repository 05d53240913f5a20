package vault_test

import (
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
)

// Whether a device has a name, how long it is, and whether it is a passkey, does not show in its row.
func TestTheNameOfADeviceDoesNotShow(t *testing.T) {
	s := newScene(t)
	o := s.enrol(t, 0, "1990-01-01").opened
	var size int
	s.Origin = "https://id.example"
	passkey, err := suite.PasskeyOf(jwk(t), s.Origin)
	if err != nil {
		t.Fatal(err)
	}
	names := []identity.DeviceName{"", "x", "客厅的平板", "123456789012345678"}
	for n, name := range append(names, names...) {
		device := jwk(t)
		if n >= len(names) {
			device = passkey
		}
		c := identity.Certificate{ID: identity.NewCertificateID(), Person: o.ID, Device: device, Name: name,
			Issued: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC), Expires: time.Date(2027, 5, 23, 16, 0, 0, 0, time.UTC)}
		row, err := s.SealCertificate(o, c)
		if err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			size = len(row.Body)
		}
		if back, err := s.OpenCertificate(row); err != nil || back.Name != name || string(back.Device) != string(device) || back.Passkey != (n >= len(names)) || len(row.Body) != size {
			t.Errorf("%q: %d bytes of %d, read as %q, %v", name, len(row.Body), size, back.Name, err)
		}
	}
}

// jwk is the public key of a device.
func jwk(t *testing.T) []byte {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	return signer.PublicJWK()
}
