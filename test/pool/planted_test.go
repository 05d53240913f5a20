package pool_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
)

// plants are what would betray a person: each is put into what both parties
// received, and the attacker must find it.
func plants() map[string]func(person uint64, i *item) {
	claim := func(kind, name string, value func(person uint64) any) func(uint64, *item) {
		return func(person uint64, i *item) {
			if strings.HasPrefix(i.kind, kind) {
				i.body = altered(i.body, func(claims map[string]any) { claims[name] = value(person) })
			}
		}
	}
	id := func(person uint64) []byte {
		d := sha256.Sum256(binary.BigEndian.AppendUint64(nil, person))
		return d[:]
	}
	text := func(person uint64) any { return base64.RawURLEncoding.EncodeToString(id(person)[:16]) }
	return map[string]func(uint64, *item){
		"id in an ID token":    claim("answer", "hidden", text),
		"id in an attestation": claim("presented", "jti", text),
		"status in an attestation": claim("presented", "status", func(person uint64) any {
			return map[string]any{"status_list": map[string]any{"idx": binary.BigEndian.Uint32(id(person)) % 1_000_000, "uri": "https://netid.example/status/1"}}
		}),
		"a time of one's own in an attestation": func(person uint64, i *item) {
			if strings.HasPrefix(i.kind, "presented") {
				i.body = altered(i.body, func(claims map[string]any) {
					claims["iat"] = claims["iat"].(float64) + float64(binary.BigEndian.Uint32(id(person))%86400)
				})
			}
		},
		"a salt used twice": func(person uint64, i *item) {
			parts := strings.Split(i.body, "~")
			if i.kind == "presented" && len(parts) > 2 {
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(`["` + text(person).(string) + `","age_over_18",true]`))
				i.body = strings.Join(parts, "~")
			}
		},
		"an id inside of a sealed token": func(person uint64, i *item) {
			if i.kind == "redirect" {
				i.head = i.head.Clone()
				i.head.Set("Location", strings.Replace(i.head.Get("Location"), "code=", "code="+text(person).(string)[:16], 1))
			}
		},
		"a size of one's own": func(person uint64, i *item) {
			if i.kind == "answer" {
				i.body += strings.Repeat(" ", int(id(person)[0]))
			}
		},
	}
}

// planted is a copy with the plant in everything that it is for.
func planted(pairs []pair, plant func(uint64, *item)) []pair {
	return changed(pairs, func(person int, i *item) { plant(uint64(person), i) })
}

func changed(pairs []pair, change func(person int, i *item)) []pair {
	out := slices.Clone(pairs)
	for n := range out {
		for _, a := range []*account{&out[n].a, &out[n].b} {
			a.items = slices.Clone(a.items)
			for k := range a.items {
				change(a.person*100+a.life, &a.items[k])
			}
		}
	}
	return out
}

// untimed takes the times out of what was received, and nothing else.
func untimed(pairs []pair) []pair {
	return changed(pairs, func(_ int, i *item) {
		i.body = altered(i.body, func(claims map[string]any) {
			for _, name := range []string{"iat", "nbf", "exp", "auth_time"} {
				delete(claims, name)
			}
		})
	})
}

// altered changes the claims of the first token in a body: of a JWT, of a
// credential with disclosures, or of the token in an answer. Its signature is as it was.
func altered(body string, change func(map[string]any)) string {
	if strings.HasPrefix(body, "{") {
		var m map[string]any
		if json.Unmarshal([]byte(body), &m) != nil {
			return body
		}
		for _, name := range []string{"id_token", "result"} {
			if token, ok := m[name].(string); ok {
				m[name] = altered(token, change)
			}
		}
		return string(encoded(m))
	}
	parts := strings.SplitN(body, ".", 3)
	if len(parts) != 3 {
		return body
	}
	var claims map[string]any
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(b, &claims) != nil {
		return body
	}
	change(claims)
	parts[1] = base64.RawURLEncoding.EncodeToString(encoded(claims))
	return strings.Join(parts, ".")
}

func encoded(v any) []byte {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}
