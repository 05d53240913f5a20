package deliver_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"netid/internal/act/deliver"
	"netid/internal/fault"
	"netid/internal/identity"
)

// FuzzLetter: whatever bytes come, parsing ends, refuses in one way, and what
// it takes has exactly the form that it came in. The zeros behind a letter are
// put there by the target: the engine spends its time on what is before them.
func FuzzLetter(f *testing.F) {
	at := time.Date(2026, 11, 23, 4, 10, 0, 0, time.UTC)
	for _, text := range []string{"", "code 123456", "验证码"} {
		b, err := deliver.Bytes(identity.DeliveryID{1, 2}, identity.ShortMessage, at, "sms_unavailable", "10000000001", text)
		if err != nil {
			f.Fatal(err)
		}
		b = bytes.TrimRight(b, "\x00")
		f.Add(b, true)
		f.Add(b, false)
		long := bytes.Clone(b)
		long[25] = 0xff
		f.Add(long, true)
	}
	f.Add([]byte{}, true)
	f.Add([]byte{2}, true)
	f.Fuzz(func(t *testing.T, b []byte, fill bool) {
		if fill {
			b = append(bytes.Clone(b), make([]byte, (1024-len(b)%1024)%1024)...)
		}
		again, _, _, _, err := deliver.Parse(b)
		if err != nil {
			if !fault.Because(err, "sealed_invalid") {
				t.Errorf("refused otherwise: %v", err)
			}
			return
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%d bytes come back as %d others", len(b), len(again))
		}
	})
}

func TestLetterSizes(t *testing.T) {
	at := time.Date(2026, 11, 23, 4, 10, 0, 123000, time.UTC)
	for text, want := range map[string]int{"": 1024, "code 123456": 1024, strings.Repeat("x", 1024): 2048, strings.Repeat("x", 4000): 4096} {
		b, err := deliver.Bytes(identity.NewDeliveryID(), identity.ShortMessage, at, "r", "10000000001", text)
		if err != nil || len(b) != want {
			t.Fatal(len(text), len(b), err)
		}
		_, kind, when, texts, err := deliver.Parse(b)
		if err != nil || kind != identity.ShortMessage || !when.Equal(at) || texts != [3]string{"r", "10000000001", text} {
			t.Error(kind, when, texts, err)
		}
	}
	for _, text := range []string{strings.Repeat("x", 4090), strings.Repeat("x", 70000)} {
		if _, err := deliver.Bytes(identity.NewDeliveryID(), identity.ShortMessage, at, "", "", text); !fault.Is(err, fault.Internal) {
			t.Errorf("%d: %v", len(text), err)
		}
	}
	for name, b := range map[string][]byte{"short": make([]byte, 1023), "long": append([]byte{1}, make([]byte, 5*1024-1)...),
		"another format": append([]byte{2}, make([]byte, 1023)...), "a unit too many": append([]byte{1}, make([]byte, 2047)...)} {
		if _, _, _, _, err := deliver.Parse(b); !fault.Because(err, "sealed_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
