package client

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Evidence is the list of an evidence pack: what a service hands an auditor, signed
// by the key of its ledger. Who has the files needs the list and that key, and no network.
type Evidence struct {
	Origin string // the ledger's name
	Time   time.Time
	Files  []EvidenceFile // in the order of their names
}

// EvidenceFile is one file of a pack.
type EvidenceFile struct {
	Name   string // relative, with slashes
	Size   int64  // bytes
	SHA256 [32]byte
}

const (
	evidenceTitle = "netid-evidence/1" // no head and no succession begins with it
	maxEvidence   = 256 << 10          // bytes of a list
)

var evidenceName = regexp.MustCompile(`^([a-z]+/)?[A-Za-z0-9-][A-Za-z0-9._-]*$`)

// CheckEvidence checks a pack's list by the ledger's key, or what ParseKeys reads.
// It is a signed note (C2SP signed-note): the title, the ledger's name, "time "
// and the instant, then a line for each file: SHA-256 in hexadecimal, size, name. Fails with
// ErrKey, ErrSuccession or ErrEvidence.
func CheckEvidence(list []byte, verifierKey string) (Evidence, error) {
	k, err := ParseKeys(verifierKey)
	if err != nil {
		return Evidence{}, err
	}
	if len(list) > maxEvidence {
		return Evidence{}, refuseEvidence("too long")
	}
	n, err := k.open(list)
	if err != nil {
		return Evidence{}, refuseEvidence(err.Error())
	}
	e, ok := parseEvidence(n.Text)
	if !ok || e.Origin != k.origin {
		return Evidence{}, refuseEvidence("not a list of " + k.origin)
	}
	if missing := k.unsigned(n, e.Time); missing != "" {
		return Evidence{}, refuseEvidence("it lacks a signature (" + missing + ") that it must have")
	}
	return e, nil
}

// CheckFile checks the content of one file of the list. Fails with ErrEvidence.
func (e Evidence) CheckFile(name string, content []byte) error {
	i, found := slices.BinarySearchFunc(e.Files, name, func(f EvidenceFile, name string) int { return strings.Compare(f.Name, name) })
	switch {
	case !found:
		return refuseEvidence(name + " is not on the list")
	case e.Files[i].Size != int64(len(content)) || e.Files[i].SHA256 != sha256.Sum256(content):
		return refuseEvidence(name + " was altered")
	}
	return nil
}

func parseEvidence(text string) (e Evidence, ok bool) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 4 || lines[0] != evidenceTitle {
		return e, false
	}
	stamp, timed := strings.CutPrefix(lines[2], "time ")
	at, err := time.Parse(time.RFC3339, stamp)
	if !timed || err != nil || at.UTC().Format(time.RFC3339) != stamp {
		return e, false
	}
	e.Origin, e.Time = lines[1], at.UTC()
	for _, line := range lines[3:] {
		parts := strings.Split(line, " ")
		if len(parts) != 3 || !evidenceName.MatchString(parts[2]) || len(e.Files) > 0 && parts[2] <= e.Files[len(e.Files)-1].Name {
			return e, false
		}
		sum, errSum := hex.DecodeString(parts[0])
		size, errSize := strconv.ParseInt(parts[1], 10, 64)
		if errSum != nil || errSize != nil || len(sum) != sha256.Size || size < 0 || fmt.Sprintf("%x %d", sum, size) != parts[0]+" "+parts[1] {
			return e, false
		}
		e.Files = append(e.Files, EvidenceFile{parts[2], size, [32]byte(sum)})
	}
	return e, true
}

func refuseEvidence(what string) error { return fmt.Errorf("%w: %s", ErrEvidence, what) }
