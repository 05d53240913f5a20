package keyring

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Master is where the secret comes from under which every key file is sealed.
type Master struct {
	file string
	env  string
}

// MasterFile takes the master from a file of 64 hexadecimal digits, which the
// first Open makes, readable to its owner alone: the sandbox's way, without a
// prompt. Whoever can read the directory then has everything.
func MasterFile(path string) Master { return Master{file: path} }

// MasterEnv takes the master from an environment variable that an operator
// sets from their own safe: 32 bytes in hexadecimal or base64.
func MasterEnv(name string) Master { return Master{env: name} }

func (m Master) read(d disk, create bool) (identity.Secret, error) {
	const op = "keyring.master"
	if m.env != "" {
		s, err := parseMaster(os.Getenv(m.env))
		return s, fault.Wrap(op, fault.Internal, "internal", about("environment variable "+m.env, err))
	}
	if m.file == "" {
		return identity.Secret{}, fault.Newf(op, fault.Internal, "internal", "no source of a master secret")
	}
	b, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) && create {
		return m.make(d)
	}
	if err != nil {
		return identity.Secret{}, fault.Wrap(op, fault.Internal, "internal", err)
	}
	s, err := parseMaster(strings.TrimSuffix(string(b), "\n"))
	return s, fault.Wrap(op, fault.Internal, "internal", about(m.file, err))
}

func (m Master) make(d disk) (identity.Secret, error) {
	if err := os.MkdirAll(filepath.Dir(m.file), 0o700); err != nil {
		return identity.Secret{}, fault.Wrap("keyring.master", fault.Internal, "internal", err)
	}
	s := suite.NewSecret()
	err := replace(d, m.file, []byte(hex.EncodeToString(s[:])+"\n"))
	if err == nil {
		err = d.syncDir(filepath.Dir(m.file)) // before any key exists that nothing else opens
	}
	return s, fault.Wrap("keyring.master", fault.Internal, "internal", err)
}

var errMaster = errors.New("not 32 bytes in hexadecimal or base64, or all zero")

// parseMaster never repeats what it read: a mistyped secret is still one.
func parseMaster(text string) (identity.Secret, error) {
	b, err := hex.DecodeString(text)
	if err != nil {
		plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		b, err = base64.RawStdEncoding.Strict().DecodeString(plain)
	}
	if err != nil || len(b) != len(identity.Secret{}) || identity.Secret(b).Zero() {
		return identity.Secret{}, errMaster
	}
	return identity.Secret(b), nil
}

func about(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
