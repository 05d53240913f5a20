package suite_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

// Whatever holds a key prints nothing of it, in any verb, in JSON, in a log.
func TestKeysPrintNothing(t *testing.T) {
	key, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	es, err := suite.NewES256(key)
	if err != nil {
		t.Fatal(err)
	}
	sm, err := suite.NewSM2(identity.NewSecret(identity.SM, key.Key())) // below n of both curves, but for one in 2^32
	if err != nil {
		t.Fatal(err)
	}
	box := suite.NewBox(key, "label")
	for name, v := range map[string]any{
		"secret": key, "pointer": &key, "in a struct": struct{ K identity.Secret }{key}, "in a list": []identity.Secret{key},
		"box": box, "box value": *box, "es256": es, "sm2": sm, "eddsa": suite.NewEdDSA(key),
		"boxes": []*suite.Box{box}, "signers": map[string]suite.Signer{"a": es, "b": sm},
	} {
		var text bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "%s", "%q", "%d", "%b", "%o", "%08x", "%#x", "%c", "%U"} {
			fmt.Fprintf(&text, verb+"\n", v)
		}
		if b, err := json.Marshal(v); err == nil {
			text.Write(b)
		}
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "v", v)
		for form, leak := range leaks(key) {
			if strings.Contains(strings.ToLower(text.String()), strings.ToLower(leak)) {
				t.Errorf("%s prints its key (%s):\n%s", name, form, text.String())
			}
		}
	}
}

// leaks are a key's first bytes in the forms that fmt and JSON give to bytes.
func leaks(k identity.Secret) map[string]string {
	head := k.Bytes()[:6]
	return map[string]string{
		"raw": string(head), "hex": hex.EncodeToString(head), "base64": base64.StdEncoding.EncodeToString(head), "base64url": base64.URLEncoding.EncodeToString(head),
		"decimal": strings.Trim(fmt.Sprint(head), "[]"), "go": strings.Trim(strings.TrimPrefix(fmt.Sprintf("%#v", head), "[]byte"), "{}"),
		"json": strings.ReplaceAll(strings.Trim(fmt.Sprint(head), "[]"), " ", ","), "spaced hex": fmt.Sprintf("%x %x %x", head[0], head[1], head[2]),
		"binary": fmt.Sprintf("%b %b", head[0], head[1]), "octal": fmt.Sprintf("%o %o %o", head[0], head[1], head[2]),
	}
}
