package sandbox

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"netid/internal/disk"
	"netid/internal/identity"
)

// The files of dir/authority. What each would be in life:
const (
	place        = "authority"
	registerFile = "register.json" // the state's: who there is
	cardsFile    = "cards.json"    // in people's pockets: cards with their chips' keys
	cscaFile     = "csca.pem"      // published: the passport authority's root
	samFile      = "sam.key"       // in cards and in the state's module
)

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// save writes everything beside its place and moves it there in one step, so
// that a crash leaves a whole population or none. Whoever is second finds the
// place taken and leaves it.
func (p *Population) save(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, place+".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	register, err := json.MarshalIndent(p.people, "", " ")
	if err != nil {
		return err
	}
	cards, err := json.MarshalIndent(p.cards, "", " ")
	if err != nil {
		return err
	}
	var roots bytes.Buffer
	for _, c := range p.csca {
		fmt.Fprintln(&roots, "# SANDBOX: simulated, trusts synthetic documents only")
		if err := pem.Encode(&roots, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return err
		}
	}
	for name, b := range map[string][]byte{registerFile: register, cardsFile: cards, cscaFile: roots.Bytes(),
		samFile: []byte(base64.StdEncoding.EncodeToString(p.sam.Bytes()) + "\n")} {
		if err := (disk.Machine{}).Write(filepath.Join(tmp, name), b); err != nil {
			return err
		}
	}
	if err := disk.Sync(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(dir, place)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return disk.Sync(dir)
}

// open reads a population. The error is fs.ErrNotExist when there is none.
func open(dir string) (*Population, error) {
	read := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, place, name)) }
	p := &Population{}
	register, err := read(registerFile)
	if err != nil {
		return nil, err
	}
	cards, err1 := read(cardsFile)
	roots, err2 := read(cscaFile)
	sam, err3 := read(samFile)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("sandbox: %s is not whole: %s", filepath.Join(dir, place), err)
	}
	if err := errors.Join(json.Unmarshal(register, &p.people), json.Unmarshal(cards, &p.cards)); err != nil {
		return nil, err
	}
	if p.sam, err = parseSAM(sam); err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(roots); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		p.csca = append(p.csca, c)
	}
	return p, nil
}

func parseSAM(b []byte) (identity.Secret, error) {
	raw, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(b)))
	if err != nil || len(raw) != 32 {
		return identity.Secret{}, errors.New("sandbox: " + samFile + " is no key")
	}
	return identity.NewSecret(identity.ES256, [32]byte(raw)), nil
}
