package witness

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"netid/client"
)

// Memory is the file in which a witness remembers the newest head it signed.
// Its replacement is atomic and synced; the file of either moment is whole.
// One process at a time has it.
type Memory struct {
	path string
	lock *os.File
	// trust is the ledger's keys: the newest that is known, and the successions
	// that led there from the key that was pinned.
	trust client.Keys
	by    string // the keys that the head was accepted by when it came
	head  client.Head
	note  []byte // the head as signed by the ledger, with the witness's line
}

// kept is the file.
type kept struct {
	Log  string `json:"log"`          // verifier key, one an algorithm, and successions: what client.ParseKeys reads
	Head string `json:"head"`         // cosigned note; empty before the first
	By   string `json:"by,omitempty"` // keys of the ledger, some of Log's, by which Head was accepted; empty: the newest of Log
}

// NewMemory makes the file for the ledger of this verifier key and opens it.
// A file that is there already is an error: a witness that forgets can be
// made to sign a second history.
func NewMemory(path, logKey string) (*Memory, error) {
	if _, err := client.ParseKeys(logKey); err != nil {
		return nil, fmt.Errorf("not a ledger's verifier key: %w", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already", path)
	}
	b, err := json.Marshal(kept{Log: logKey})
	if err != nil {
		return nil, err
	}
	if err := replace(path, b); err != nil {
		return nil, err
	}
	return OpenMemory(path)
}

// OpenMemory opens the file and checks what it says: a head that the ledger
// did not sign is damage, and with a damaged memory nothing is signed.
func OpenMemory(path string) (*Memory, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("another witness works with %s", path)
	}
	m := &Memory{path: path, lock: lock}
	if err := m.load(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func (m *Memory) load() error {
	b, err := os.ReadFile(m.path)
	if err != nil {
		return err
	}
	return m.read(b)
}

// read takes what write wrote.
func (m *Memory) read(b []byte) (err error) {
	var k kept
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	if m.trust, err = client.ParseKeys(k.Log); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	if k.Head == "" {
		return nil
	}
	if m.by = k.By; m.by == "" {
		m.by = m.trust.Newest().String()
	}
	if !m.Knows(m.by) {
		return errors.New("damaged: the head was accepted by keys that are none of the ledger's")
	}
	if m.head, err = client.CheckHead([]byte(k.Head), m.by); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	m.note = []byte(k.Head)
	return nil
}

// LogKey is the newest verifier key that is known of the ledger, one a line
// when there are several algorithms.
func (m *Memory) LogKey() string { return strings.TrimSpace(m.trust.Newest().String()) }

// Knows reports whether a verifier key is the ledger's, today's or a former one.
func (m *Memory) Knows(logKey string) bool {
	for _, key := range strings.Fields(logKey) {
		if !m.trust.Knows(key) {
			return false
		}
	}
	return logKey != ""
}

// Empty reports whether no head was ever remembered.
func (m *Memory) Empty() bool { return m.note == nil }

// Close lets another process have the file.
func (m *Memory) Close() error { return m.lock.Close() }

// keep remembers a head, first on disk.
func (m *Memory) keep(h client.Head, note []byte) error {
	by := m.trust.Newest().String()
	if err := m.write(m.trust, note, by); err != nil {
		return err
	}
	m.head, m.note, m.by = h, note, by
	return nil
}

// adopt remembers a change of the ledger's keys, first on disk.
func (m *Memory) adopt(trust client.Keys) error {
	if err := m.write(trust, m.note, m.by); err != nil {
		return err
	}
	m.trust = trust
	return nil
}

func (m *Memory) write(trust client.Keys, note []byte, by string) error {
	b, err := json.Marshal(kept{trust.String(), string(note), by})
	if err != nil {
		return err
	}
	// What can't be read again would end this witness at its next start.
	if err := new(Memory).read(b); err != nil {
		return err
	}
	return replace(m.path, b)
}

// accuse keeps two heads that the ledger signed and that exclude each other,
// beside the memory; the first such pair is enough and stays.
func (m *Memory) accuse(other []byte) error {
	path := m.path + ".fork"
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return replace(path, []byte(strings.TrimRight(string(m.note), "\n")+"\n\n"+string(other)))
}

// replace changes a file so that a power cut leaves the old or the new one,
// and the new one once it has returned.
func replace(path string, b []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

const (
	maxOthers = 16  // lines of keys of the ledger that this witness was not given: eight live ones of another algorithm, and some that come
	maxLine   = 256 // bytes of one: a name, and a signature of 64 bytes
)

// bare is a note with the signatures of its log alone left to it: lines of
// other witnesses are theirs to serve, and would grow with each round. Of the
// keys that are known each has one line, all of which were checked; of others, which
// whoever submits may have made up, some are kept for those who know these keys.
func bare(signed []byte, known client.Keys) []byte {
	text, rest, _ := strings.Cut(string(signed), "\n\n")
	origin, _, _ := strings.Cut(text, "\n")
	var b strings.Builder
	b.WriteString(text + "\n\n")
	others, seen := 0, map[uint32]bool{}
	for line := range strings.Lines(rest) {
		encoded, own := strings.CutPrefix(line, "— "+origin+" ")
		sig, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(encoded, "\n"))
		if !own || err != nil || len(sig) < 4 || len(line) > maxLine {
			continue
		}
		hash := binary.BigEndian.Uint32(sig)
		if seen[hash] {
			continue
		}
		if !hasKey(known, hash) {
			if others++; others > maxOthers {
				continue
			}
		}
		seen[hash] = true
		b.WriteString(line)
	}
	return []byte(b.String())
}

// hasKey reports whether one of the newest keys has this hash.
func hasKey(known client.Keys, hash uint32) bool {
	for _, key := range strings.Fields(known.Newest().String()) {
		if strings.HasPrefix(key, fmt.Sprintf("%s+%08x+", known.Origin(), hash)) {
			return true
		}
	}
	return false
}
