package keyring

import (
	"encoding/json"
	"errors"
	"io/fs"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// ShortestPassphrase is how many bytes a new passphrase has at least. argon2id
// makes each guess cost 64 MiB and a sixth of a second; length does the rest.
const ShortestPassphrase = suite.ShortestPassphrase

// MasterPassphrase takes the master from a file that is sealed under a
// passphrase (argon2id), which the first Open makes. ask is told whether the
// passphrase is a new one, so that a prompt can ask twice. A wrong passphrase
// and an altered file fail alike.
func MasterPassphrase(path string, ask func(fresh bool) ([]byte, error)) Master {
	return Master{sealedFile{path, ask}}
}

type sealedFile struct {
	path string
	ask  func(fresh bool) ([]byte, error)
}

// sealedMaster is the file. Its cost is the version's, never the file's.
type sealedMaster struct {
	Version int    `json:"version"` // 1: argon2id as suite.FromPassphrase, AES-256-GCM; 2: the same, SM4-GCM
	Salt    []byte `json:"salt"`
	Sealed  []byte `json:"sealed"`
}

const masterLabel = "netid/keyring/master/v1"

func (f sealedFile) read(d disk.Disk, create bool, s identity.Suite) (identity.Secret, error) {
	const op = "keyring.master"
	var none identity.Secret
	var m sealedMaster
	err := readJSON(f.path, &m)
	fresh := errors.Is(err, fs.ErrNotExist) && create
	if err != nil && !fresh {
		return none, fault.At(op, err)
	}
	if !fresh && (m.Version < 1 || m.Version > 2 || len(m.Salt) != suite.PassphraseSalt) {
		return none, fault.Newf(op, fault.Internal, "internal", "%s: not a sealed master of a version that is known", f.path)
	}
	passphrase, err := f.ask(fresh)
	if err != nil {
		return none, fault.Wrap(op, fault.Internal, "internal", about("passphrase", err))
	}
	if fresh {
		return f.make(d, passphrase, s)
	}
	secret, err := suite.Unwrap(suite.FromPassphrase(identity.Suite(m.Version-1), passphrase, m.Salt), m.Sealed, []byte(masterLabel))
	if err != nil {
		return none, fault.Newf(op, fault.Internal, "internal", "%s does not open: wrong passphrase, or an altered file", f.path)
	}
	return as(s, secret), nil
}

func (f sealedFile) make(d disk.Disk, passphrase []byte, of identity.Suite) (identity.Secret, error) {
	if len(passphrase) < ShortestPassphrase {
		return identity.Secret{}, fault.Newf("keyring.master", fault.Internal, "internal", "a new passphrase has at least %d characters", ShortestPassphrase)
	}
	return drawMaster(d, f.path, of, func(s identity.Secret) ([]byte, error) {
		salt := suite.Random(suite.PassphraseSalt)
		b, err := json.Marshal(sealedMaster{1 + int(of), salt, suite.Wrap(suite.FromPassphrase(of, passphrase, salt), s, []byte(masterLabel))})
		return append(b, '\n'), err
	})
}
