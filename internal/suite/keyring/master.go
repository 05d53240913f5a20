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

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Master is where the secret comes from under which every key file is sealed.
type Master struct{ source }

type source interface {
	// read gives the secret as a key of the ring's suite, and makes it where there
	// is none yet, if it may.
	read(d disk.Disk, create bool, s identity.Suite) (identity.Secret, error)
	// next is where the master that follows is taken from, and the file that then
	// takes the place of this one; none when somebody else keeps it.
	next() (source, *exchanged)
}

// MasterFile takes the master from a file of 64 hexadecimal digits, which the
// first Open makes, readable to its owner alone: the sandbox's way, without a
// prompt. Whoever can read the directory then has everything.
func MasterFile(path string) Master { return Master{plainFile(path)} }

// MasterEnv takes the master from an environment variable that an operator
// sets from their own safe: 32 bytes in hexadecimal or base64.
func MasterEnv(name string) Master { return Master{variable(name)} }

func (m Master) read(d disk.Disk, create bool, s identity.Suite) (identity.Secret, error) {
	if m.source == nil {
		return identity.Secret{}, fault.Newf("keyring.master", fault.Internal, "internal", "no source of a master secret")
	}
	return m.source.read(d, create, s)
}

type variable string

func (v variable) read(_ disk.Disk, _ bool, s identity.Suite) (identity.Secret, error) {
	secret, err := parseMaster(s, os.Getenv(string(v)))
	return secret, fault.Wrap("keyring.master", fault.Internal, "internal", about("environment variable "+string(v), err))
}

type plainFile string

func (p plainFile) read(d disk.Disk, create bool, s identity.Suite) (identity.Secret, error) {
	const op = "keyring.master"
	b, err := os.ReadFile(string(p))
	if errors.Is(err, fs.ErrNotExist) && create {
		return drawMaster(d, string(p), s, func(m identity.Secret) ([]byte, error) { return []byte(hex.EncodeToString(m.Bytes()) + "\n"), nil })
	}
	if err != nil {
		return identity.Secret{}, fault.Wrap(op, fault.Internal, "internal", err)
	}
	secret, err := parseMaster(s, strings.TrimSuffix(string(b), "\n"))
	return secret, fault.Wrap(op, fault.Internal, "internal", about(string(p), err))
}

// drawMaster makes the master and its file, durable before any key exists that
// nothing else opens.
func drawMaster(d disk.Disk, path string, of identity.Suite, form func(identity.Secret) ([]byte, error)) (identity.Secret, error) {
	const op = "keyring.master"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return identity.Secret{}, fault.Wrap(op, fault.Internal, "internal", err)
	}
	s := suite.NewSecret(of)
	b, err := form(s)
	if err == nil {
		err = disk.Replace(d, path, b)
	}
	if err == nil {
		err = d.Sync(filepath.Dir(path))
	}
	return s, fault.Wrap(op, fault.Internal, "internal", err)
}

var errUnset = errors.New("is not set, or empty")

var errMaster = errors.New("not 32 bytes in hexadecimal or base64, or all zero")

// parseMaster never repeats what it read: a mistyped secret is still one.
func parseMaster(s identity.Suite, text string) (identity.Secret, error) {
	if text == "" {
		return identity.Secret{}, errUnset
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		b, err = base64.RawStdEncoding.Strict().DecodeString(plain)
	}
	if err != nil || len(b) != 32 || allZero(b) {
		return identity.Secret{}, errMaster
	}
	return identity.NewSecret(s, [32]byte(b)), nil
}

func allZero(b []byte) bool { return suite.Equal(b, make([]byte, len(b))) }

// as is the same 32 bytes as a key of another suite: what a master is, its
// ring's profile says, not the file or the module that keeps it.
func as(s identity.Suite, k identity.Secret) identity.Secret {
	return identity.NewSecret(s, [32]byte(k.Bytes()))
}

func about(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
