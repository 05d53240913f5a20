package quorum_test

import (
	"bytes"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/quorum"
)

// Officers open a period away from the service, by its packet and nothing else of it.
func TestAPacketOpensElsewhere(t *testing.T) {
	both(t, func(t *testing.T, of identity.Suite) {
		s := founded(t, of, 2, 3)
		row, key, owner := s.left(t, logs(november))
		p, err := s.Packet(logs(november))
		if err != nil {
			t.Fatal(err)
		}
		o, err := quorum.OpenPacket(p, s.officers[2], s.officers[0])
		if err != nil {
			t.Fatal(err)
		}
		if k, own, copied, err := o.Whole(row.Index, row.Body); err != nil || k != key || !bytes.Equal(own, owner) || copied != nil {
			t.Error(err)
		}
		if _, err := quorum.OpenPacket(p, s.officers[0]); !fault.Because(err, "quorum_short") {
			t.Errorf("one officer: %v", err)
		}
		other, err := s.Packet(logs(november + 1))
		if err != nil {
			t.Fatal(err)
		}
		if o, err = quorum.OpenPacket(other, s.officers...); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := o.Whole(row.Index, row.Body); !fault.Because(err, "sealed_invalid") {
			t.Errorf("another month's: %v", err)
		}
		for _, bad := range []string{"", "{}", string(p) + "x", strings.Replace(string(p), `"version":1`, `"version":2`, 1), strings.Replace(string(p), "2026-11", "2026-13", 1)} {
			if _, err := quorum.OpenPacket([]byte(bad), s.officers...); !fault.Because(err, "packet_invalid") {
				t.Errorf("%.40q: %v", bad, err)
			}
		}
		if _, err := s.Packet(logs(november + 9)); !fault.Because(err, "quorum_missing") {
			t.Error(err)
		}
		s.now = ends(logs(november))
		if _, err := s.Packet(logs(november)); !fault.Because(err, "quorum_destroyed") {
			t.Errorf("after its date: %v", err)
		}
	})
}

// What is sealed to an officer with a text opens to that officer, with that text.
func TestAPaperIsReadByItsOfficer(t *testing.T) {
	both(t, func(t *testing.T, of identity.Suite) {
		s := founded(t, of, 2, 3)
		one, two := s.officers[0], s.officers[1]
		sealed, err := s.SealToOfficer(one.Public().ID(), "the text", []byte("word"))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := one.Read("the text", sealed); err != nil || string(b) != "word" {
			t.Error(err)
		}
		if _, err := one.Read("the other text", sealed); !fault.Because(err, "sealed_invalid") {
			t.Errorf("another text: %v", err)
		}
		if _, err := two.Read("the text", sealed); !fault.Because(err, "sealed_invalid") {
			t.Errorf("another officer: %v", err)
		}
		if _, err := s.SealToOfficer("0011223344556677", "the text", nil); !fault.Because(err, "officer_unknown") {
			t.Errorf("nobody: %v", err)
		}
	})
}

func FuzzPacket(f *testing.F) {
	s := founded(f, identity.ES256, 2, 3)
	p, err := s.Packet(logs(november))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p)
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := quorum.OpenPacket(b, s.officers...); err == nil {
			if _, _, err := o.Person([]byte("no row"), []byte("no body")); err == nil {
				t.Error("opens what nobody sealed")
			}
		}
	})
}
