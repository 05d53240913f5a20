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

// Module is a hardware security module behind PKCS#11 (OASIS, 2.40).
type Module struct {
	Library string // path of the vendor's library
	Token   string // label of the token
	PIN     string // of its user
}

// sealer is one session with a module's key.
type sealer interface {
	seal(plain, nonce, aad []byte) ([]byte, error)
	open(sealed, nonce, aad []byte) ([]byte, error)
	close()
}

// MasterPKCS11 takes the master from a file that only a hardware module opens:
// by an AES-256 key that it made itself, marked sensitive and never
// extractable, and uses for nothing else (AES-GCM). The master is in this
// process's memory while it runs, as every key under it is: the module guards
// what lies on the disk. The first Open makes both. Only a binary that was
// built with the tag pkcs11 can do it.
func MasterPKCS11(path string, m Module) Master { return Master{hsmFile{path, m}} }

type hsmFile struct {
	path   string
	module Module
}

type hsmMaster struct {
	Version int    `json:"version"` // 1: AES-256-GCM, 12 bytes of nonce, 16 of tag
	Nonce   []byte `json:"nonce"`
	Sealed  []byte `json:"sealed"`
}

func (f hsmFile) read(d disk.Disk, create bool, of identity.Suite) (identity.Secret, error) {
	const op = "keyring.master"
	var none identity.Secret
	var m hsmMaster
	err := readJSON(f.path, &m)
	fresh := errors.Is(err, fs.ErrNotExist) && create
	if err != nil && !fresh {
		return none, fault.At(op, err)
	}
	if !fresh && (m.Version != 1 || len(m.Nonce) != 12) {
		return none, fault.Newf(op, fault.Internal, "internal", "%s: not a sealed master of a version that is known", f.path)
	}
	key, err := f.module.session(fresh)
	if err != nil {
		return none, fault.Wrap(op, fault.Internal, "internal", about("hardware module", err))
	}
	defer key.close()
	if fresh {
		return drawMaster(d, f.path, of, func(s identity.Secret) ([]byte, error) {
			nonce := suite.Random(12)
			sealed, err := key.seal(s.Bytes(), nonce, []byte(masterLabel))
			if err != nil {
				return nil, err
			}
			b, err := json.Marshal(hsmMaster{1, nonce, sealed})
			return append(b, '\n'), err
		})
	}
	b, err := key.open(m.Sealed, m.Nonce, []byte(masterLabel))
	if err != nil || len(b) != 32 || allZero(b) {
		return none, fault.Newf(op, fault.Internal, "internal", "%s does not open by this module's key: %v", f.path, err)
	}
	return identity.NewSecret(of, [32]byte(b)), nil
}
