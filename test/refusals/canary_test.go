package refusals_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// canary looks for everybody who was here, in every form in which a byte could
// have got away: in what the server printed, in its store, in cookies and in
// addresses.
func (w *world) canary(t *testing.T) {
	places := map[string][]byte{"output": []byte(w.Output()), "cookies and addresses": []byte(strings.Join(w.seen, "\n"))}
	w.files(t, places)
	if !bytes.Contains(places["netid.db"], []byte("refusal-shop")) && !bytes.Contains(places["netid.db-wal"], []byte("refusal-shop")) {
		t.Error("the search does not find a party's id, which is there: it finds nothing")
	}
	if !bytes.Contains(places["cookies and addresses"], []byte("__Host-netid-session")) || !bytes.Contains(places["output"], []byte("other_browser")) {
		t.Error("what was seen was not kept: the search has nothing to look in")
	}
	secrets := w.secrets(t)
	if len(secrets) < 60 {
		t.Fatalf("only %d names, numbers and telephones to look for", len(secrets))
	}
	for where, b := range places {
		for what, secret := range secrets {
			for form, text := range forms(secret) {
				if bytes.Contains(b, text) {
					t.Errorf("%s: %s as %s", where, what, form)
				}
			}
		}
	}
	w.Stop()
	places = map[string][]byte{"output": []byte(w.Output())}
	w.files(t, places)
	for where, b := range places {
		for what, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("after the end, %s: %s", where, what)
			}
		}
	}
}

// files are the store's, and everything of the keyring's. The simulated
// state's own register lies beside them and is about these people on purpose.
func (w *world) files(t *testing.T, places map[string][]byte) {
	t.Helper()
	err := filepath.WalkDir(w.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.Name() == "authority" {
				return fs.SkipDir
			}
			return err
		}
		b, err := os.ReadFile(path)
		places[filepath.Base(path)] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// secrets are the names, numbers and telephones of everybody in the drawer,
// and those that were typed.
func (w *world) secrets(t *testing.T) map[string]string {
	t.Helper()
	a, err := w.browser().Call(http.MethodGet, "/sandbox/drawer", "")
	if err != nil {
		t.Fatal(err)
	}
	var drawer struct {
		Cards []struct {
			ID, Number string
			Label      struct{ ZH, EN string }
		}
		Personas []struct{ ID, Name, Phone string }
	}
	if err := json.Unmarshal([]byte(a.Body), &drawer); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range drawer.Cards {
		all["the number of "+c.ID] = c.Number
		all["the Chinese name on "+c.ID], _, _ = strings.Cut(c.Label.ZH, "的")
		all["the name on "+c.ID], _, _ = strings.Cut(c.Label.EN, ",")
	}
	for _, p := range drawer.Personas {
		all["the name of "+p.ID], all["the telephone of "+p.ID] = p.Name, p.Phone
	}
	for _, p := range w.phones {
		all["a typed telephone "+p] = p
	}
	delete(all, "")
	return all
}

// forms are a text as itself and as what a program could have made of it.
func forms(s string) map[string][]byte {
	b, sum := []byte(s), sha256.Sum256([]byte(s))
	all := map[string][]byte{"itself": b, "hex": []byte(hex.EncodeToString(b)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(b))),
		"digest": sum[:], "digest in hex": []byte(hex.EncodeToString(sum[:])), "digest in base64": []byte(base64.RawStdEncoding.EncodeToString(sum[:])),
		"digest in base64url": []byte(base64.RawURLEncoding.EncodeToString(sum[:])), "UTF-16": utf16(s)}
	if e := url.QueryEscape(s); e != s {
		all["an address"], all["a path"] = []byte(e), []byte(url.PathEscape(s))
	}
	back := bytes.Clone(b)
	slices.Reverse(back)
	all["reversed"] = back
	if ascii := strings.Trim(strconv.QuoteToASCII(s), `"`); ascii != s {
		all["JSON, escaped"] = []byte(ascii)
	}
	for name, h := range map[string]func() hash.Hash{"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-512": sha512.New} {
		m := hmac.New(h, nil)
		m.Write(b)
		all["HMAC-"+name+" without a key"], all["HMAC-"+name+" without a key, in hex"] = m.Sum(nil), []byte(hex.EncodeToString(m.Sum(nil)))
		d := h()
		d.Write(b)
		all[name], all[name+" in hex"] = d.Sum(nil), []byte(hex.EncodeToString(d.Sum(nil)))
	}
	for shift := range 3 { // base64 looks different at each place of a longer text
		padded := append(make([]byte, shift), b...)
		padded = padded[:len(padded)/3*3]
		for name, code := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			if text := code.EncodeToString(padded); shift == 0 {
				all[name] = []byte(text)
			} else if len(text) > 8 {
				all[name+" shifted by "+string(rune('0'+shift))] = []byte(text[4:])
			}
		}
	}
	return all
}

func utf16(s string) (b []byte) {
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}
