package populate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"netid/internal/disk"
	"netid/internal/identity"
)

// DeviceSize is what one device takes in the file: the certificate's id, then
// the private key of P-256, 32 bytes, big-endian. The n-th person's begins at n times that.
const DeviceSize = 16 + 32

// Device is what somebody of the crowd holds in the hand.
type Device struct {
	Certificate identity.CertificateID
	Private     [32]byte
}

// Devices are everybody's, in one file: what lies with the people in life, and
// what a load needs to be them.
type Devices struct{ file *os.File }

// OpenDevices opens the file, or makes it, and leaves in it those of the people
// that were kept: a cut may have left more.
func OpenDevices(path string, kept int) (*Devices, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < int64(kept)*DeviceSize {
		err = fmt.Errorf("%s has fewer than the %d devices of those who are there", path, kept)
	}
	if err == nil {
		err = errors.Join(f.Truncate(int64(kept)*DeviceSize), disk.Sync(filepath.Dir(path)))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Devices{f}, nil
}

// Write puts down the n-th person's.
func (d *Devices) Write(n int, one Device) error {
	_, err := d.file.WriteAt(append(one.Certificate[:], one.Private[:]...), int64(n)*DeviceSize)
	return err
}

// Sync makes durable what was written.
func (d *Devices) Sync() error { return d.file.Sync() }

// Close closes the file.
func (d *Devices) Close() error { return d.file.Close() }
