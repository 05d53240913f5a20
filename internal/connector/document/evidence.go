package document

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// maxEvidence bounds the whole, in bytes.
const maxEvidence = 64 << 10

// Evidence is what a reader got from a passport's chip: EF.SOD, the files of
// data groups 1, 14 and 15 byte by byte, and the chip's signature over the
// challenge. No photo is in it: EF.SOD carries the hash of data group 2, and
// the face is compared on the citizen's own device.
//
// A chip without active authentication gives no dg15 and no signature; one
// that says nothing of what it can do gives no dg14. The response is the chip's
// in an exchange that Begin began.
type Evidence struct {
	SOD       []byte `json:"sod"`
	DG1       []byte `json:"dg1"`
	DG14      []byte `json:"dg14,omitempty"`
	DG15      []byte `json:"dg15,omitempty"`
	Signature []byte `json:"signature,omitempty"`
	Response  []byte `json:"response,omitempty"`
}

func (e Evidence) files() emrtd.Files {
	return emrtd.Files{SOD: e.SOD, DG1: e.DG1, DG14: e.DG14, DG15: e.DG15}
}

// CardEvidence is what a reader got from a resident card: what card and
// reader said to each other about the challenge, opaque to all but the
// state's decoder.
type CardEvidence struct {
	Transcript []byte `json:"transcript"`
}

func parseEvidence(b []byte) (Evidence, error) {
	m, err := members(b, "sod", "dg1", "dg14", "dg15", "signature", "response")
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{m["sod"], m["dg1"], m["dg14"], m["dg15"], m["signature"], m["response"]}
	for _, f := range []struct {
		name  string
		bytes []byte
		least int
		most  int
	}{{"sod", e.SOD, 1, emrtd.MaxSOD}, {"dg1", e.DG1, 1, emrtd.MaxDG1}, {"dg14", e.DG14, 0, emrtd.MaxDG14}, {"dg15", e.DG15, 0, emrtd.MaxDG15}, {"signature", e.Signature, 0, emrtd.MaxSignature}, {"response", e.Response, 0, emrtd.MaxResponse}} {
		if len(f.bytes) < f.least || len(f.bytes) > f.most {
			return Evidence{}, malformed("%s has %d bytes", f.name, len(f.bytes))
		}
	}
	return e, nil
}

// members reads one flat JSON object of base64 strings: these names, each at
// most once, nothing after it.
func members(b []byte, names ...string) (map[string][]byte, error) {
	if len(b) > maxEvidence {
		return nil, malformed("evidence of %d bytes", len(b))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed("evidence is no object")
	}
	m := map[string][]byte{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, malformed("evidence: no name")
		}
		value, err := d.Token()
		text, ok := value.(string)
		if err != nil || !ok {
			return nil, malformed("evidence: no string")
		}
		n, _ := name.(string)
		if _, twice := m[n]; twice || !slices.Contains(names, n) {
			return nil, malformed("evidence: a member twice or unknown")
		}
		if m[n], err = base64.StdEncoding.Strict().DecodeString(text); err != nil || bytes.ContainsAny([]byte(text), "\r\n") {
			return nil, malformed("evidence: no base64")
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return nil, malformed("evidence does not end")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, malformed("evidence goes on after its end")
	}
	return m, nil
}

// malformed never quotes the input: it is personal.
func malformed(format string, args ...any) error {
	return fault.Newf("document", fault.Invalid, emrtd.Malformed, format, args...)
}
