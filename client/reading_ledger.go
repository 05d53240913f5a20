package client

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// export: where no key is given the file's own is taken, which proves that it is
// whole and not whose it is.
func (r *reading) export() error {
	key := r.Ledger
	if key == "" {
		var x Export
		if err := strictJSON([]byte(r.text), &x); err != nil {
			return refuseExport("not one JSON object")
		}
		r.open("ledger_key")
		if key = strings.Join(x.VerifierKeys, "\n"); key == "" {
			key = x.VerifierKey
		}
	}
	got, err := CheckExport(strings.NewReader(r.text), key)
	if err != nil {
		return err
	}
	r.fact("issuer", got.Service)
	r.fact("records", fmt.Sprint(len(got.Events)))
	r.fact("approvals", fmt.Sprint(got.Approvals))
	r.headed(got.Head)
	return nil
}

func (r *reading) headed(h Head) {
	r.fact("ledger", h.Origin)
	r.fact("entries", fmt.Sprint(h.Size))
	r.fact("root", fmt.Sprintf("%x", h.Root))
	r.when("signed", h.Time)
}

// record is one event as an export has it, with the head that it stands under.
func (r *reading) record() error {
	var x struct {
		ExportEvent
		Head string `json:"head"`
	}
	if err := strictJSON([]byte(r.text), &x); err != nil {
		return refuseExport("not a record")
	}
	if r.Ledger == "" {
		r.open("keys")
		return errUnchecked
	}
	h, err := CheckHead([]byte(x.Head), r.Ledger)
	if err != nil {
		return err
	}
	if _, err := x.check(h); err != nil {
		return err
	}
	var e Event
	if err := strictJSON([]byte(x.Event), &e); err != nil {
		return refuseExport("the event is not one JSON object")
	}
	if e.Approval != nil {
		if _, err := CheckApproval(e.Approval.Statement, e.Approval.Signature, e.Approval.Device); err != nil {
			return err
		}
	}
	r.fact("event", e.Kind)
	r.when("time", e.Time)
	r.fact("party", e.Party)
	r.headed(h)
	return nil
}

func (r *reading) head() error {
	if r.Ledger == "" {
		r.open("keys")
		return errUnchecked
	}
	h, err := CheckHead([]byte(r.text+"\n"), r.Ledger)
	if err == nil {
		r.headed(h)
	}
	return err
}

// approval: the key is the one in the file, and whose it is only a record says.
func (r *reading) approval() error {
	var x struct {
		Statement string          `json:"statement"`
		Signature string          `json:"signature"`
		Device    json.RawMessage `json:"device"`
	}
	if err := strictJSON([]byte(r.text), &x); err != nil {
		return fmt.Errorf("%w: not an approval", ErrStatement)
	}
	words, err := base64.StdEncoding.Strict().DecodeString(x.Statement)
	if err != nil {
		return fmt.Errorf("%w: statement", ErrStatement)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(x.Signature)
	if err != nil {
		return fmt.Errorf("%w: signature", ErrSignature)
	}
	device := []byte(x.Device)
	if text, is := unquote(device); is { // as an event has it
		if device, err = base64.StdEncoding.Strict().DecodeString(text); err != nil {
			return fmt.Errorf("%w: device", ErrKey)
		}
	}
	s, err := CheckApproval(words, signature, device)
	if err != nil {
		return err
	}
	r.open("device")
	r.fact("party", s.Party)
	r.fact("domain", s.Domain)
	r.fact("purpose", s.Purpose)
	r.fact("mode", s.Mode)
	r.when("time", s.Time)
	return nil
}
