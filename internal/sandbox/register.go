package sandbox

import (
	"path/filepath"
	"strconv"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Register plays the state's part: the module that decodes resident cards
// and the population register behind it.
type Register struct {
	dir    string
	people []person
	sam    identity.Secret
}

// OpenRegister reads the register that Found made under dir.
func OpenRegister(dir string) (*Register, error) {
	p, err := open(dir)
	if err != nil {
		return nil, fault.Wrap("sandbox.OpenRegister", fault.Internal, "", err)
	}
	return &Register{filepath.Join(dir, place), p.people, p.sam}, nil
}

// Decode reads a resident card and finds its holder. Refusals:
// "chip_authentication_failed", "document_malformed", "document_not_valid".
func (r *Register) Decode(transcript, challenge []byte) (identity.Document, identity.PersonHandle, error) {
	doc, err := decode(r.sam, transcript, challenge)
	if err != nil {
		return identity.Document{}, "", err
	}
	who, err := r.Resolve(doc)
	if err != nil {
		return identity.Document{}, "", err
	}
	return doc, who, nil
}

// Resolve finds the person behind a document. A document that is unknown,
// lost or differs from the register's is "document_not_valid".
func (r *Register) Resolve(d identity.Document) (identity.PersonHandle, error) {
	for _, who := range r.like(d.Number) {
		for _, known := range who.Documents {
			if known.Kind == d.Kind && known.Number == d.Number {
				if known.Lost || who.Birth != d.Birth || known.Expires != d.Expires || known.Long != d.Long {
					return "", fault.New("sandbox.Resolve", fault.Invalid, "document_not_valid")
				}
				dead, gone, err := r.since(who.Handle, identity.DocumentName{Kind: d.Kind, Number: d.Number})
				if err != nil {
					return "", fault.Wrap("sandbox.Resolve", fault.Internal, "", err)
				}
				if dead || gone {
					return "", fault.New("sandbox.Resolve", fault.Invalid, "document_not_valid")
				}
				return who.Handle, nil
			}
		}
	}
	return "", fault.New("sandbox.Resolve", fault.Invalid, "document_not_valid")
}

// PhoneOnFile reports whether this telephone is the person's.
func (r *Register) PhoneOnFile(p identity.PersonHandle, phone string) bool {
	for _, who := range r.people {
		if who.Handle == p {
			return who.Phone == phone
		}
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(phone, "100"), 10, 32)
	for ; err == nil && n < crowdMost; n += 1e8 { // the crowd's telephones repeat after a hundred million
		if who, _ := crowd(uint32(n), r.sam); who.Handle == p {
			return who.Phone == phone
		}
	}
	return false
}

// like are the people who may have a document of this number.
func (r *Register) like(number string) []person {
	if n, ok := crowdOf(number); ok {
		who, _ := crowd(n, r.sam)
		return []person{who}
	}
	return r.people
}
