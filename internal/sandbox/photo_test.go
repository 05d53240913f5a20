package sandbox_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/emrtd/terminal"
	"netid/internal/identity"
	"netid/internal/sandbox"
)

// A photo that the founder gave is in adult's passport, its hash under the
// authority's signature; the evidence has the hash alone.
func TestAPhotoInAPassport(t *testing.T) {
	jpeg := append([]byte{0xFF, 0xD8, 0xFF}, bytes.Repeat([]byte("picture"), 3000)...)
	p, err := sandbox.FoundWith(t.TempDir(), now, jpeg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Chip("adult-passport")
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := p.Present("adult-passport", make([]byte, document.ChallengeSize))
	if err != nil || bytes.Contains(evidence, []byte("cGljdHVyZ")) {
		t.Fatalf("the evidence has the photo, or is none: %v", err)
	}
	var files struct{ DG1 []byte }
	if err := json.Unmarshal(evidence, &files); err != nil {
		t.Fatal(err)
	}
	line := string(files.DG1[len(files.DG1)-44:])
	key, err := terminal.MRZ(line[:9], line[13:19], line[21:27])
	if err != nil {
		t.Fatal(err)
	}
	file, err := terminal.Photo(c, key, rand.Reader)
	if err != nil || !bytes.HasSuffix(file, jpeg) {
		t.Fatalf("%d bytes, %v", len(file), err)
	}
	hash := sha256.Sum256(file)
	desk := document.NewDesk(nil, nil, false, now)
	if got := desk.Photo(identity.PassportAbroad, evidence); got != "sha-256 "+hex.EncodeToString(hash[:]) {
		t.Errorf("the photo's digest is %q", got)
	}
	if got := desk.Photo(identity.ResidentCard, evidence); got != "" {
		t.Errorf("a card whose photo only the state's reader reads: %q", got)
	}
	for _, none := range []string{"", "{}", `{"sod":"AAAA","dg1":"AAAA"}`} {
		if got := desk.Photo(identity.PassportAbroad, []byte(none)); got != "" {
			t.Errorf("%s: %q", none, got)
		}
	}
}
