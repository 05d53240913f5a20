package face_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/connector/face"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func TestSimulatorTakesTheDevicesWord(t *testing.T) {
	var e face.Simulator
	if err := e.Heard(identity.FaceTerms{}, identity.FaceWord{Said: "match"}); err != nil || !e.Compares("") || !e.Simulated() || e.Text(identity.FaceTerms{}) != "" {
		t.Error(err)
	}
	for assertion, want := range map[string]string{"no-match": "face_no_match", "": "face_invalid", "MATCH": "face_invalid", " match": "face_invalid", "match\n": "face_invalid",
		"data:image/jpeg;base64,AAAA": "face_invalid"} {
		if err := e.Check(assertion); !fault.Because(err, want) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want %s", assertion, err, want)
		}
	}
}

func terms() identity.FaceTerms {
	return identity.FaceTerms{Issuer: "https://id.example", Transaction: "transaction", Photo: "sha-256 00ff", Challenge: []byte{1, 2, 3}, Until: time.Unix(1_800_000_000, 0)}
}

// The text is pinned: both ends of it, in a page that is open and in a server
// that was renewed meanwhile, mean the same by it.
func TestText(t *testing.T) {
	e := face.Device{Models: &face.Models{Digest: "abcd"}}
	want := "netid-face/1\nhttps://id.example\ntransaction\nphoto sha-256 00ff\nmodels abcd\nthreshold 0.50\nturn right\nchallenge AQID\nuntil 2027-01-15T08:00:00Z"
	if got := e.Text(terms()); got != want {
		t.Errorf("%q", got)
	}
	left := terms()
	left.Challenge = []byte{2, 2, 3}
	if !strings.Contains(e.Text(left), "\nturn left\n") {
		t.Error("one side alone")
	}
}

// The page compares by the distance that the terms state.
func TestThresholdIsThePages(t *testing.T) {
	b, err := os.ReadFile("../../web/citizen/assets/compare.js")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("const SAME = "+strings.TrimRight(face.Threshold, "0")+";")) {
		t.Error("compare.js has another threshold")
	}
}

func TestDeviceSigns(t *testing.T) {
	e := face.Device{Models: &face.Models{Digest: "abcd"}}
	if e.Compares("") || !e.Compares("sha-256 00ff") {
		t.Error("what is compared with what")
	}
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	key, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	word := func(terms identity.FaceTerms, said string) identity.FaceWord {
		sig, err := key.Sign([]byte(e.Text(terms) + "\n" + said))
		if err != nil {
			t.Fatal(err)
		}
		return identity.FaceWord{Said: said, Device: key.PublicJWK(), Signature: sig}
	}
	if err := e.Heard(terms(), word(terms(), "match")); err != nil {
		t.Fatal(err)
	}
	if err := e.Heard(terms(), word(terms(), "no-match")); !fault.Because(err, "face_no_match") {
		t.Errorf("a no: %v", err)
	}
	if err := e.Heard(terms(), word(terms(), "maybe")); !fault.Because(err, "face_invalid") {
		t.Errorf("neither: %v", err)
	}
	none := terms()
	none.Challenge = nil
	if err := e.Heard(none, word(none, "match")); !fault.Because(err, "challenge_expired") {
		t.Errorf("no challenge: %v", err)
	}
	for name, change := range map[string]func(*identity.FaceTerms){
		"issuer": func(t *identity.FaceTerms) { t.Issuer += "x" }, "transaction": func(t *identity.FaceTerms) { t.Transaction += "x" }, "photo": func(t *identity.FaceTerms) { t.Photo += "0" },
		"challenge": func(t *identity.FaceTerms) { t.Challenge = []byte{1, 2, 4} }, "until": func(t *identity.FaceTerms) { t.Until = t.Until.Add(time.Second) },
	} {
		other := terms()
		change(&other)
		if err := e.Heard(terms(), word(other, "match")); !fault.Because(err, "face_invalid") {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := (face.Device{Models: &face.Models{Digest: "other"}}).Heard(terms(), word(terms(), "match")); !fault.Because(err, "face_invalid") {
		t.Errorf("other models: %v", err)
	}
	long := word(terms(), "match")
	long.Device = append(long.Device, bytes.Repeat([]byte(" "), 512)...)
	if err := e.Heard(terms(), long); !fault.Because(err, "face_invalid") {
		t.Errorf("a long key: %v", err)
	}
}

// FuzzWord: nothing but a signature makes a word count.
func FuzzWord(f *testing.F) {
	f.Add("match", []byte(`{"kty":"EC","crv":"P-256","x":"","y":""}`), make([]byte, 64))
	f.Fuzz(func(t *testing.T, said string, device, signature []byte) {
		err := face.Device{Models: &face.Models{}}.Heard(terms(), identity.FaceWord{Said: said, Device: device, Signature: signature})
		if !fault.Because(err, "face_invalid") {
			t.Fatalf("%v", err)
		}
	})
}

// Files that are not there, not whole or not those that were looked at are refused at the start.
func TestModelsAreThoseThatWereLookedAt(t *testing.T) {
	archive := func(files map[string]string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		for name, text := range files {
			if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
				t.Fatal(err)
			}
			w.Write([]byte(text))
		}
		w.Close()
		z.Close()
		return b.Bytes()
	}
	const first, second = "vladmandic-face-api-1.7.15.tgz", "tensorflow-tfjs-backend-wasm-4.22.0.tgz"
	for name, c := range map[string]struct {
		files map[string][]byte
		says  string
	}{
		"an empty directory":   {nil, "npm pack @vladmandic/face-api@1.7.15"},
		"one archive":          {map[string][]byte{first: archive(nil)}, second},
		"no archive":           {map[string][]byte{first: []byte("no"), second: archive(nil)}, first},
		"cut":                  {map[string][]byte{first: archive(map[string]string{"package/LICENSE": "x"})[:40], second: archive(nil)}, first},
		"files that are away":  {map[string][]byte{first: archive(nil), second: archive(nil)}, "is not in"},
		"another file instead": {map[string][]byte{first: archive(map[string]string{"package/dist/face-api.esm.js": "alert(1)"}), second: archive(nil)}, "not the file that was looked at"},
	} {
		dir := t.TempDir()
		for file, b := range c.files {
			if err := os.WriteFile(filepath.Join(dir, file), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := face.OpenModels(dir); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
