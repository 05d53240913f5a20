package client

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ExportFormat is the only format of an export so far.
const ExportFormat = "netid-export/1"

// Export is a citizen's copy of their data, as a JSON file.
type Export struct {
	Format      string    `json:"format"`
	Service     string    `json:"service"` // issuer URL
	Taken       time.Time `json:"taken"`
	Head        string    `json:"head"`         // signed note
	VerifierKey string    `json:"verifier_key"` // Ed25519
	// VerifierKeys are all that the head is signed by, the first of them again,
	// when there are several algorithms.
	VerifierKeys []string        `json:"verifier_keys,omitempty"`
	Person       json.RawMessage `json:"person"` // what the service holds about who they are; it is in no tree, so nothing proves it
	// Since says that records from before it are kept no more: the first number may
	// then be another than 1.
	Since  *time.Time    `json:"since,omitempty"`
	Events []ExportEvent `json:"events"` // the person's, none left out
}

// ExportEvent is one event with its proof.
type ExportEvent struct {
	Event string   `json:"event"` // canonical JSON, character for character
	Salt  string   `json:"salt"`  // base64url, 32 bytes
	Index uint64   `json:"index"`
	Proof []string `json:"proof"` // base64url, 32 bytes each
}

// NewExportEvent writes an event with its proof as an export has it.
func NewExportEvent(event, salt []byte, index uint64, path [][]byte) ExportEvent {
	e := ExportEvent{Event: string(event), Salt: encode64(salt), Index: index, Proof: make([]string, len(path))}
	for i, h := range path {
		e.Proof[i] = encode64(h)
	}
	return e
}

// Event is what an export's reader needs of an event; the rest is in its JSON.
type Event struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Time     time.Time `json:"time"`
	Party    string    `json:"party"`
	Given    []string  `json:"given"`
	Withheld []string  `json:"withheld"`
	Mode     string    `json:"mode"`
	Seq      uint64    `json:"seq"`  // the person's own numbering, from 1
	Prev     []byte    `json:"prev"` // leaf of the event before
	Approval *struct {
		Statement []byte `json:"statement"`
		Signature []byte `json:"signature"`
		Device    []byte `json:"device"`
	} `json:"approval"`
}

// Report is what CheckExport found to be true.
type Report struct {
	Service string
	Taken   time.Time
	Head    Head
	Events  []Event
	// Since is the day from which the service says that it keeps records; zero
	// when they run from number 1. That there were none later among those that are
	// gone, the file does not prove.
	Since time.Time
	// Last is the leaf of the last event. A device that keeps it, with the number
	// of events, sees later that none of these was left out.
	Last      [32]byte
	Approvals int // approvals that were checked against the device that gave them
}

const maxExport = 64 << 20 // bytes

// CheckExport checks a citizen's export (a JSON Export) against the ledger's
// public key (or what ParseKeys reads), which the citizen has from elsewhere: the head is signed by it,
// every event stands in the tree under that head, the person's own numbers run
// from 1 without a gap (or from where the file says that records are kept, at
// least three years back, to no later record than it has), each event names the leaf of the one before, and every
// approval was signed over the words it has. That no later event exists, only
// a remembered Last can show. Fails with ErrExport, or with what a part of it
// failed with.
func CheckExport(r io.Reader, verifierKey string) (Report, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxExport+1))
	if err != nil {
		return Report{}, err
	}
	if len(b) > maxExport {
		return Report{}, refuseExport("too long")
	}
	var x Export
	if err := strictJSON(b, &x); err != nil {
		return Report{}, refuseExport("not one JSON object")
	}
	switch {
	case x.Format != ExportFormat:
		return Report{}, refuseExport("format")
	case len(x.Events) == 0:
		return Report{}, refuseExport("no events")
	}
	h, err := x.head(verifierKey)
	if err != nil {
		return Report{}, err
	}
	report := Report{Service: x.Service, Taken: x.Taken, Head: h}
	if x.Since != nil {
		report.Since = *x.Since
	}
	for n, e := range x.Events {
		if err := report.add(e); err != nil {
			return Report{}, fmt.Errorf("event %d: %w", n+1, err)
		}
	}
	return report, nil
}

// head checks the head by the trusted keys. Which keys the file itself names
// proves nothing, but a head without the signature of one of them was altered.
func (x Export) head(trusted string) (Head, error) {
	keys, err := ParseKeys(trusted)
	if err != nil {
		return Head{}, err
	}
	named := x.VerifierKeys
	if len(named) == 0 {
		named = []string{x.VerifierKey}
	}
	if len(named) > maxNamed || named[0] != x.VerifierKey {
		return Head{}, refuseExport("the keys that it names")
	}
	own, err := ParseKeys(strings.Join(named, "\n"))
	if err != nil {
		return Head{}, refuseExport("the keys that it names")
	}
	h, err := keys.Check([]byte(x.Head))
	if err != nil && !slices.ContainsFunc(named, keys.Knows) {
		return Head{}, refuseExport("it names another ledger key")
	}
	if err != nil {
		return Head{}, err
	}
	_, err = own.Check([]byte(x.Head))
	return h, err
}

const maxNamed = 8

// add checks one event and that it follows the one before.
func (r *Report) add(x ExportEvent) error {
	leaf, err := x.check(r.Head)
	if err != nil {
		return err
	}
	var e Event
	if err := strictJSON([]byte(x.Event), &e); err != nil {
		return refuseExport("the event is not one JSON object")
	}
	if err := r.follows(e); err != nil {
		return err
	}
	if e.Approval != nil {
		if _, err := CheckApproval(e.Approval.Statement, e.Approval.Signature, e.Approval.Device); err != nil {
			return err
		}
		r.Approvals++
	}
	r.Events, r.Last = append(r.Events, e), leaf
	return nil
}

// keeps is for how long a service must keep records, in years: of younger ones
// none may be said to be gone.
const keeps = 3

// follows checks the number of an event, and that it names the one before.
func (r *Report) follows(e Event) error {
	if n := len(r.Events); n > 0 {
		if e.Seq != r.Events[n-1].Seq+1 {
			return refuseExport(fmt.Sprintf("its number is %d", e.Seq))
		}
		if string(e.Prev) != string(r.Last[:]) {
			return refuseExport("it does not follow the event before")
		}
		return nil
	}
	if e.Seq == 1 && len(e.Prev) == 0 {
		r.Since = time.Time{}
		return nil
	}
	// The first that is kept. A record is put down on its day or on the one beside it.
	if e.Seq < 2 || len(e.Prev) != len(r.Last) || r.Since.IsZero() || r.Since.After(r.Taken.AddDate(-keeps, 0, 0)) || e.Time.Before(r.Since.AddDate(0, 0, -1)) {
		return refuseExport(fmt.Sprintf("its number is %d", e.Seq))
	}
	return nil
}

// Number is that of the last event.
func (r Report) Number() uint64 {
	if len(r.Events) == 0 {
		return 0
	}
	return r.Events[len(r.Events)-1].Seq
}

// check proves the event under the head and gives its leaf.
func (x ExportEvent) check(h Head) (leaf [32]byte, err error) {
	salt, err := decode64(x.Salt)
	if err != nil || len(salt) != saltLength || len(x.Proof) > 64 {
		return leaf, refuseExport("salt or proof")
	}
	path := make([][]byte, len(x.Proof))
	for i, s := range x.Proof {
		if path[i], err = decode64(s); err != nil {
			return leaf, refuseExport("salt or proof")
		}
	}
	leaf = Leaf([]byte(x.Event), salt)
	return leaf, CheckInclusion(leaf, x.Index, path, h)
}

func refuseExport(what string) error { return fmt.Errorf("%w: %s", ErrExport, what) }
