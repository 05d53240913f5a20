package rights_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"netid/internal/act/rights"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// shelf keeps rows in memory.
type shelf struct{ rows map[string]identity.DraftRow }

func (s *shelf) Draft(_ context.Context, id []byte) (identity.DraftRow, error) {
	row, there := s.rows[string(id)]
	if !there {
		return row, fault.New("shelf", fault.NotFound, "draft_unknown")
	}
	return row, nil
}

func (s *shelf) Jot(_ context.Context, notes ...identity.Note) error {
	for _, n := range notes {
		if put, is := n.(identity.PutDraft); is {
			s.rows[string(put.Draft.ID)] = put.Draft
		}
	}
	return nil
}

func (*shelf) EntriesOf(context.Context, []byte) ([]identity.EntryRow, error) { return nil, nil }

// names stands in for the vault: what it names cannot be guessed by whoever lacks its key.
type names struct{ rights.Vault }

func (names) CounterIndex(kind string, parts ...[]byte) []byte {
	sum := sha256.Sum256(append([]byte("key/"+kind+"/"), bytes.Join(parts, nil)...))
	return append([]byte{1}, sum[:16]...) // the key's version stands first
}

type box struct{ kept []identity.Claim }

func (b *box) Seal(v any) (string, error) {
	b.kept = append(b.kept, v.(identity.Claim))
	return string(rune(len(b.kept))), nil
}

func (b *box) Open(s string, v any) error {
	*v.(*identity.Claim) = b.kept[[]rune(s)[0]-1]
	return nil
}

// The end of a reference is six bytes that nobody can guess: none of them is the version of a key.
func TestAReferencesEndIsDrawn(t *testing.T) {
	a := &rights.Act{Store: &shelf{map[string]identity.DraftRow{}}, Vault: names{}, Claims: &box{}, Equal: bytes.Equal, Law: law.New(), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	seen := [6]map[string]bool{}
	for range 8 {
		c, err := a.AskUnknown(t.Context(), "document_not_valid")
		if err != nil {
			t.Fatal(err)
		}
		end := c.Ref[strings.LastIndex(c.Ref, "-")+1:]
		if len(end) != 12 {
			t.Fatalf("%q is not six bytes", end)
		}
		for i := range seen {
			if seen[i] == nil {
				seen[i] = map[string]bool{}
			}
			seen[i][end[2*i:2*i+2]] = true
		}
	}
	for i, bytes := range seen {
		if len(bytes) < 2 {
			t.Errorf("byte %d is the same in every reference: %v", i, bytes)
		}
	}
}

// A reference comes from an address: whatever it is, only the very text that was given leads to a claim.
func FuzzReference(f *testing.F) {
	a := &rights.Act{Store: &shelf{map[string]identity.DraftRow{}}, Vault: names{}, Claims: &box{}, Equal: bytes.Equal, Law: law.New(), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	var given []string
	for range 3 {
		c, err := a.AskUnknown(context.Background(), "document_not_valid")
		if err != nil {
			f.Fatal(err)
		}
		given = append(given, c.Ref)
		f.Add(c.Ref)
		f.Add("0" + c.Ref)
		f.Add(strings.ToUpper(c.Ref))
	}
	f.Add("20833-0-")
	f.Add("--")
	f.Add("4294967296-0-000000000000")
	f.Fuzz(func(t *testing.T, ref string) {
		c, err := a.Read(t.Context(), ref)
		if known := ref == given[0] || ref == given[1] || ref == given[2]; known != (err == nil) || known && c.Ref != ref {
			t.Errorf("%q: %v", ref, err)
		}
		if err != nil && !fault.Because(err, "claim_unknown") {
			t.Errorf("%q: %v", ref, err)
		}
	})
}
