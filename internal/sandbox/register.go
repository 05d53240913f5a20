package sandbox

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"netid/internal/connector/authority"
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
// lost or differs from the register's is "document_not_valid"; the passport of
// somebody who lives at home is "document_not_listed".
func (r *Register) Resolve(d identity.Document) (identity.PersonHandle, error) {
	const op = "sandbox.Resolve"
	for _, who := range r.like(d.Number) {
		for _, known := range who.Documents { // of one number there may be two: one before and one after it was renewed
			if known.Kind != d.Kind || known.Number != d.Number || known.Expires != d.Expires || known.Long != d.Long || who.Birth != d.Birth || known.Lost {
				continue
			}
			dead, gone, err := r.since(who.Handle, identity.DocumentName{Kind: d.Kind, Number: d.Number})
			if err != nil {
				return "", fault.Wrap(op, fault.Internal, "", err)
			}
			if dead || gone {
				continue
			}
			if known.AtHome {
				return "", fault.New(op, fault.Invalid, "document_not_listed")
			}
			return who.Handle, nil
		}
	}
	return "", fault.New(op, fault.Invalid, "document_not_valid")
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

// Guardians are the people who answer for a minor, as the family book says and
// what was told since; until which day, law says.
func (r *Register) Guardians(p identity.PersonHandle) (all []identity.PersonHandle, err error) {
	said, err := told(r.dir)
	if err != nil {
		return nil, fault.Wrap("sandbox.Guardians", fault.Internal, "", err)
	}
	return r.guardians(said, p)
}

func (r *Register) guardians(said []authority.Signed, p identity.PersonHandle) (all []identity.PersonHandle, err error) {
	ended, err := endedIn(said, p)
	if err != nil {
		return nil, fault.Wrap("sandbox.Guardians", fault.Internal, "", err)
	}
	for _, child := range r.people {
		if child.Handle == p {
			for _, who := range r.people {
				if slices.Contains(child.Guardians, who.Word) && !ended[who.Handle] {
					all = append(all, who.Handle)
				}
			}
		}
	}
	return all, nil
}

// Wards are the people for whom the person answers.
func (r *Register) Wards(p identity.PersonHandle) (all []identity.PersonHandle, err error) {
	said, err := told(r.dir)
	if err != nil {
		return nil, fault.Wrap("sandbox.Wards", fault.Internal, "", err)
	}
	for _, child := range r.people {
		if len(child.Guardians) == 0 {
			continue
		}
		of, err := r.guardians(said, child.Handle)
		if err != nil {
			return nil, err
		}
		if slices.Contains(of, p) {
			all = append(all, child.Handle)
		}
	}
	return all, nil
}

// Relatives are the person's close relatives as the family book has them, dead or alive.
func (r *Register) Relatives(p identity.PersonHandle) (all []identity.PersonHandle, err error) {
	i := slices.IndexFunc(r.people, func(who person) bool { return who.Handle == p })
	if i < 0 {
		return nil, nil
	}
	me := r.people[i]
	for _, who := range r.people {
		if slices.Contains(append(slices.Clone(me.Guardians), me.Kin...), who.Word) || slices.Contains(append(slices.Clone(who.Guardians), who.Kin...), me.Word) {
			all = append(all, who.Handle)
		}
	}
	return all, nil
}

// like are the people who may have a document of this number.
func (r *Register) like(number string) []person {
	if n, ok := crowdOf(number); ok {
		who, _ := crowd(n, r.sam)
		return []person{who}
	}
	return r.people
}
