package quorum

import (
	"path/filepath"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/suite"
)

// File is one of the quorum's files, for a copy of all of them.
type File struct {
	Name string // in the quorum's directory
	Text []byte
}

// Files reads the manifest and the shares of every key that is not ended, as
// they belong together at one moment, and fails when one of them is missing or
// is not the one that was made: such a copy would open less than it says. No
// officers at all are NotFound "officers_missing".
func (q *Quorum) Files() ([]File, error) {
	const op = "quorum.Files"
	if !q.Founded() {
		return nil, fault.Newf(op, fault.NotFound, "officers_missing", "no officers are named in %s", q.dir)
	}
	release, err := disk.Exclusive(q.dir)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	defer release()
	text, err := readFile(filepath.Join(q.dir, manifestName), maxFile)
	if err != nil {
		return nil, fault.At(op, err)
	}
	m, err := parseManifest(text, q.key)
	if err != nil {
		return nil, fault.At(op, err)
	}
	all := []File{{manifestName, text}}
	for _, e := range m.Months {
		if !e.Ended.IsZero() {
			continue
		}
		f, err := q.shares(e)
		if err != nil {
			return nil, fault.At(op, err)
		}
		all = append(all, f)
	}
	return all, nil
}

// shares reads the file of an entry's shares, as it was made.
func (q *Quorum) shares(e Entry) (File, error) {
	name := shareName(e.Period())
	b, err := readFile(filepath.Join(q.dir, name), maxShares)
	if err != nil {
		return File{}, err
	}
	if digest := suite.DigestIn(q.key.Suite(), b); !suite.Equal(digest[:], e.Shares) {
		return File{}, fault.Newf("quorum.shares", fault.Internal, "internal", "%s is not as it was made", name)
	}
	return File{name, b}, nil
}
