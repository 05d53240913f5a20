package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/term"

	"netid/internal/suite/keyring"
)

// Where a production master key may come from (docs/operations.md, Keys).
const (
	masterEnv     = "NETID_MASTER_KEY"    // the key itself
	passphraseEnv = "NETID_PASSPHRASE"    // a passphrase; or
	passphraseFD  = "NETID_PASSPHRASE_FD" // the number of a file descriptor to read it from
	hsmEnv        = "NETID_PKCS11_MODULE" // the library of a hardware module
	hsmTokenEnv   = "NETID_PKCS11_TOKEN"  // the label of its token
	hsmPINEnv     = "NETID_PKCS11_PIN"    // its user's PIN
)

func sealedMasterFile(data string) string { return filepath.Join(keyringDir(data), "master.sealed") }
func hsmMasterFile(data string) string    { return filepath.Join(keyringDir(data), "master.hsm") }

// master opens a ring that is there by what lies beside it: a sandbox's plain
// file, a file sealed under a passphrase or by a hardware module; else the
// environment's secret.
func master(data string) keyring.Master {
	switch {
	case !lost(masterFile(data)):
		return keyring.MasterFile(masterFile(data))
	case !lost(sealedMasterFile(data)):
		return keyring.MasterPassphrase(sealedMasterFile(data), passphrase)
	case !lost(hsmMasterFile(data)):
		return module(data)
	case os.Getenv(masterEnv) != "":
		return keyring.MasterEnv(masterEnv)
	}
	return keyring.MasterFile(masterFile(data))
}

// found opens the keyring of a data directory, beside a running server or
// without one. What an operator lacks is named before anything is opened.
func found(data string) (*keyring.Ring, error) {
	if err := keyed(data); err != nil {
		return nil, err
	}
	ring, err := keyring.OpenExisting(keyringDir(data), master(data))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return ring, nil
}

// keyed reports that there is no keyring, or nothing that would open it.
func keyed(data string) error {
	if lost(filepath.Join(keyringDir(data), "manifest.json")) {
		return fmt.Errorf("no keyring in %s (the first start of the server makes it)", data)
	}
	if lost(masterFile(data)) && lost(sealedMasterFile(data)) && lost(hsmMasterFile(data)) && os.Getenv(masterEnv) == "" {
		return fmt.Errorf("the keyring in %s needs its master key: set %s as for the server (docs/operations.md, Keys)", data, masterEnv)
	}
	return nil
}

// productionMaster is what serve opens the ring under: never a plain file. The
// first start makes what the environment speaks of.
func productionMaster(data string) (keyring.Master, error) {
	sealed, hsm := !lost(sealedMasterFile(data)), !lost(hsmMasterFile(data))
	switch {
	case !lost(masterFile(data)):
		return keyring.Master{}, fmt.Errorf("%s is a master key in the clear, as a sandbox has it: serve refuses it", masterFile(data))
	case sealed:
		return keyring.MasterPassphrase(sealedMasterFile(data), passphrase), nil
	case hsm:
		return module(data), nil
	case os.Getenv(masterEnv) != "":
		return keyring.MasterEnv(masterEnv), nil
	case os.Getenv(hsmEnv) != "":
		return module(data), nil
	case os.Getenv(passphraseEnv) != "" || os.Getenv(passphraseFD) != "" || term.IsTerminal(int(os.Stdin.Fd())):
		return keyring.MasterPassphrase(sealedMasterFile(data), passphrase), nil
	}
	return keyring.Master{}, fmt.Errorf("the keyring needs a master key: set %s, %s, %s or %s, or start on a terminal", masterEnv, passphraseEnv, passphraseFD, hsmEnv)
}

func module(data string) keyring.Master {
	return keyring.MasterPKCS11(hsmMasterFile(data), keyring.Module{Library: os.Getenv(hsmEnv), Token: os.Getenv(hsmTokenEnv), PIN: os.Getenv(hsmPINEnv)})
}

func passphrase(fresh bool) ([]byte, error) {
	return ask("the keyring", keyring.ShortestPassphrase, fresh)
}

// ask gives a passphrase from the environment, a file descriptor or the
// terminal, which is asked twice for a new one.
func ask(what string, shortest int, fresh bool) ([]byte, error) {
	if word := os.Getenv(passphraseEnv); word != "" {
		return []byte(word), nil
	}
	if fd := os.Getenv(passphraseFD); fd != "" {
		return fromDescriptor(fd)
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, fmt.Errorf("set %s or %s, or start on a terminal", passphraseEnv, passphraseFD)
	}
	if !fresh {
		return prompt("Passphrase of " + what + ": ")
	}
	one, err := prompt(fmt.Sprintf("New passphrase for %s (at least %d characters): ", what, shortest))
	if err != nil {
		return nil, err
	}
	two, err := prompt("The same again: ")
	if err == nil && !bytes.Equal(one, two) {
		err = errors.New("the two are not the same")
	}
	return one, err
}

func prompt(text string) ([]byte, error) {
	fmt.Fprint(os.Stderr, text)
	defer fmt.Fprintln(os.Stderr)
	return term.ReadPassword(int(os.Stdin.Fd()))
}

func fromDescriptor(number string) ([]byte, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("%s is not a file descriptor", passphraseFD)
	}
	f := os.NewFile(uintptr(n), "passphrase")
	if f == nil {
		return nil, fmt.Errorf("%s is not a file descriptor", passphraseFD)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4<<10))
	return bytes.TrimRight(b, "\r\n"), err
}
