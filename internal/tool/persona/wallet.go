package persona

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// wallet is what a citizen's browser keeps after enrolment.
type wallet struct {
	Server      string    `json:"server"`
	Persona     string    `json:"persona"`
	Device      string    `json:"device"`      // private key
	Certificate string    `json:"certificate"` // id of the net certificate
	Token       string    `json:"token"`       // the signed net certificate
	Passcode    string    `json:"passcode"`
	NetNumber   string    `json:"net_number"`
	Enrolled    time.Time `json:"enrolled"`
}

func (wallet) String() string   { return "wallet" }
func (wallet) GoString() string { return "wallet" }

func (w wallet) sign(text string) (string, error) {
	k, err := unseal(w.Device)
	if err != nil {
		return "", fmt.Errorf("the wallet's device key: %w", err)
	}
	return k.sign(text)
}

var errNoWallet = errors.New("no wallet")

// walletFile is where one persona's wallet for one server lies. It belongs to
// the command, not to the server: resetting the sandbox leaves it.
type walletFile struct{ path string }

var plainName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// newWalletFile places it at DIR/<hash of the server>/<persona>.json; an empty
// dir is the user's own configuration directory.
func newWalletFile(dir, server, persona string) (walletFile, error) {
	if !plainName.MatchString(persona) {
		return walletFile{}, fmt.Errorf("%q is no persona's name", persona)
	}
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return walletFile{}, fmt.Errorf("where do wallets lie? name a directory with --wallets: %w", err)
		}
		dir = filepath.Join(config, "netid", "personas")
	}
	h := sha256.Sum256([]byte(server))
	return walletFile{filepath.Join(dir, hex.EncodeToString(h[:8]), persona+".json")}, nil
}

// read gives the wallet, or errNoWallet. Needs no lock: writes are renames.
func (f walletFile) read() (wallet, error) {
	var w wallet
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return w, errNoWallet
	}
	if err != nil {
		return w, err
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return w, fmt.Errorf("the wallet %s is damaged; delete it to enrol anew: %w", f.path, err)
	}
	return w, nil
}

// write replaces the wallet as a whole. The caller holds the lock.
func (f walletFile) write(w wallet) error {
	b, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(f.path), ".wallet-") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(t.Name())
	if _, err := t.Write(append(b, '\n')); err != nil {
		t.Close()
		return err
	}
	if err := errors.Join(t.Sync(), t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), f.path)
}

// forget deletes the wallet. The caller holds the lock.
func (f walletFile) forget() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lock makes this command the only one that changes this wallet, so that two
// started together enrol once. It waits for the other, at most two minutes.
func (f walletFile) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return nil, err
	}
	path := f.path + ".lock"
	for deadline := time.Now().Add(2 * time.Minute); ; {
		unlock, err := tryLock(path)
		if err == nil || !errors.Is(err, errLocked) {
			return unlock, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("another command holds the wallet: %s", path)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

var errLocked = errors.New("locked")

// tryLock takes the lock that the kernel releases when the process ends,
// however it ends. The file stays: removing it would let two hold it.
func tryLock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, err
	}
	return func() { f.Close() }, nil
}
