package sdjwt_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/sdjwt"
)

func TestJSONSerializationRefuses(t *testing.T) {
	const jws = `"payload":"e30","protected":"e30","signature":"AA"`
	for in, want := range map[string]string{
		`{` + jws + `}`: "e30.e30.AA~",
		`{` + jws + `,"header":{"disclosures":["YQ","Yg"],"x":1}}`:                                                                                               "e30.e30.AA~YQ~Yg~",
		`{` + jws + `,"header":{"disclosures":["YQ"],"kb_jwt":"a.b.c"}}`:                                                                                         "e30.e30.AA~YQ~a.b.c",
		`{"payload":"e30","signatures":[{"protected":"e30","signature":"AA","header":{"disclosures":["YQ"]}},{"protected":"e31","signature":"AB","header":{}}]}`: "e30.e30.AA~YQ~",
	} {
		if got, err := sdjwt.Compact([]byte(in)); err != nil || got != want {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		``, `[]`, `{}`, `{"payload":"e30"}`, `{"payload":"e30","signature":"AA"}`, `{"payload":1,"protected":"e30","signature":"AA"}`,
		`{` + jws + `,"header":{"disclosures":"YQ"}}`, `{` + jws + `,"header":{"disclosures":[1]}}`, `{` + jws + `,"header":{"disclosures":[null]}}`,
		`{` + jws + `,"header":{"disclosures":["a~b"]}}`, `{` + jws + `,"header":{"kb_jwt":1}}`, `{` + jws + `,"header":[]}`,
		`{"payload":"e30~","protected":"e30","signature":"AA"}`, `{` + jws + `,"payload":"e31"}`,
		`{"payload":"e30","signature":"AA","signatures":[{"protected":"e30","signature":"AA"}]}`, `{"payload":"e30","protected":"e30","signatures":[{"protected":"e30","signature":"AA"}]}`, `{"payload":"e30","header":{},"signatures":[{"protected":"e30","signature":"AA"}]}`,
		`{"payload":"e30","signatures":[]}`, `{"payload":"e30","signatures":[1]}`, `{` + jws + `,"signatures":[{"protected":"e30","signature":"AA"}]}`,
		`{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"},{"protected":"e30","signature":"AA","header":{"disclosures":["YQ"]}}]}`,
		`{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"},{"protected":"e30","signature":"AA","header":{"kb_jwt":"a"}}]}`,
	} {
		if got, err := sdjwt.Compact([]byte(in)); !fault.Because(err, "credential_invalid") {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}

func TestStatusReference(t *testing.T) {
	key := signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	for _, c := range []struct {
		status string
		there  bool
		good   bool
	}{
		{``, false, true},
		{`{"status_list":{"idx":0,"uri":"https://s.example/1"}}`, true, true},
		{`{"status_list":{"idx":7,"uri":"https://s.example/1","x":1},"other":{}}`, true, true},
		{`{}`, true, false}, {`"x"`, true, false}, {`null`, true, false}, {`{"status_list":{"idx":-1,"uri":"u"}}`, true, false},
		{`{"status_list":{"idx":1.5,"uri":"u"}}`, true, false}, {`{"status_list":{"idx":"1","uri":"u"}}`, true, false}, {`{"status_list":{"idx":null,"uri":"u"}}`, true, false},
		{`{"status_list":{"uri":"u"}}`, true, false}, {`{"status_list":{"idx":1}}`, true, false}, {`{"status_list":{"idx":1,"uri":""}}`, true, false}, {`{"other":{"idx":1,"uri":"u"}}`, true, false},
	} {
		payload := claims{}
		if c.status != "" {
			payload["status"] = json.RawMessage(c.status)
		}
		p, err := v.Read(forge(t, key, payload), day)
		if err != nil {
			t.Fatal(err)
		}
		if ref, there, err := p.Status(); there != c.there || (err == nil) != c.good {
			t.Errorf("%s: %+v, %v, %v", c.status, ref, there, err)
		}
	}
}

func TestKind(t *testing.T) {
	key := signer(t, identity.ES256)
	document := []byte(`{"vct":"` + kind + `","name":"x","claims":[
		{"path":["over18"],"sd":"always","mandatory":true},
		{"path":["vct"],"sd":"never","mandatory":true},
		{"path":["place"],"sd":"allowed"},
		{"path":["place","city"],"sd":"always"},
		{"path":["marks"],"sd":"never"},
		{"path":["marks",null],"sd":"allowed"},
		{"path":["marks",1],"sd":"never"},
		{"path":["marks",null,"c"],"sd":"always","display":[{"locale":"zh-CN","label":"c"}]}]}`)
	k, err := sdjwt.ParseKind(document)
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, identity.ES256, key)
	holder := signer(t, identity.ES256)
	held, all, err := v.Accept(sample(t, identity.ES256, key, holder), day)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Check(all); err != nil {
		t.Errorf("the holder's: %v", err)
	}
	none, err := held.Select()
	if err != nil {
		t.Fatal(err)
	}
	if p, err := v.Read(none, day); err != nil || k.Check(p) != nil { // what is not disclosed is not missing
		t.Errorf("nothing disclosed: %v, %v", err, k.Check(p))
	}
	_, hiddenMarks := conceal(`["s","marks",["a","b"]]`)
	marks, _ := conceal(`["s","marks",["a","b"]]`)
	element, elementDigest := conceal(`["s","b"]`)
	for name, text := range map[string]string{
		"another kind":          forge(t, key, claims{"vct": kind + "2"}),
		"open what is to hide":  forge(t, key, claims{"vct": kind, "over18": true}),
		"open below":            forge(t, key, claims{"vct": kind, "place": claims{"city": "x"}}),
		"open below an element": forge(t, key, claims{"vct": kind, "marks": []any{claims{"c": 1}}}),
		"hidden what is open":   forge(t, key, claims{"vct": kind, "_sd": []string{hiddenMarks}}, marks),
		"a hidden element":      forge(t, key, claims{"vct": kind, "marks": []any{"a", claims{"...": elementDigest}}}, element),
		"one that is not shown": forge(t, key, claims{"vct": kind, "marks": []any{"a", claims{"...": elementDigest}}}),
	} {
		p, err := v.Read(text, day)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := k.Check(p); !fault.Because(err, "credential_kind") {
			t.Errorf("%s: %v", name, err)
		}
	}
	mandatory, err := sdjwt.ParseKind([]byte(`{"vct":"` + kind + `","claims":[{"path":["a"],"sd":"never","mandatory":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for present, text := range map[bool]string{true: forge(t, key, claims{"vct": kind, "a": 1}), false: forge(t, key, claims{"vct": kind})} {
		if p, err := v.Read(text, day); err != nil || (mandatory.Check(p) == nil) != present {
			t.Errorf("mandatory and there: %v: %v, %v", present, err, mandatory.Check(p))
		}
	}
	for _, in := range []string{
		``, `[]`, `{}`, `{"vct":""}`, `{"vct":1}`, `{"vct":"a","extends":"b"}`, `{"vct":"a","claims":{}}`, `{"vct":"a","claims":[1]}`, `{"vct":"a","claims":[{}]}`,
		`{"vct":"a","claims":[{"path":[]}]}`, `{"vct":"a","claims":[{"path":[-1]}]}`, `{"vct":"a","claims":[{"path":[1.5]}]}`, `{"vct":"a","claims":[{"path":[true]}]}`,
		`{"vct":"a","claims":[{"path":["a"],"sd":"sometimes"}]}`, `{"vct":"a","claims":[{"path":["a"],"mandatory":"yes"}]}`, `{"vct":"a","vct":"a"}`,
	} {
		if k, err := sdjwt.ParseKind([]byte(in)); !fault.Because(err, "kind_invalid") {
			t.Errorf("%s: %+v, %v", in, k, err)
		}
	}
}

func TestIntegrity(t *testing.T) {
	document := []byte("alert('Hello, world.');")
	const theirs = "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=" // W3C SRI
	if got := sdjwt.Integrity(document); got != theirs {
		t.Errorf("%s", got)
	}
	for metadata, good := range map[string]bool{
		theirs: true, theirs + "?x": true, "sha384-AA " + theirs: true, theirs + " sha256-AA": true, " " + theirs + " ": true,
		"": false, "sha256-AA": false, "sha384-AA": false, "SHA256" + theirs[6:]: false, theirs[:len(theirs)-1]: false,
	} {
		if sdjwt.Intact(metadata, document) != good {
			t.Errorf("%q is not %v", metadata, good)
		}
	}
}

// FuzzRead: what is read is read the same by its holder, who can show each place alone.
func FuzzRead(f *testing.F) {
	v, theirs := readVectors(f)
	for _, e := range v.Examples {
		f.Add(e.Issued)
		f.Add(e.Presented)
	}
	f.Fuzz(func(t *testing.T, text string) {
		held, p, err := theirs.Accept(text, day)
		if err != nil {
			return
		}
		if shown, err := held.Select(p.Disclosed...); err != nil || len(shown) != len(text) {
			t.Errorf("%q shows %q: %v", text, shown, err)
		}
	})
}

// FuzzPayload: any payload and any disclosure, signed: what comes out names none of the format's own.
func FuzzPayload(f *testing.F) {
	key := signer(f, identity.ES256)
	mine := verifier(f, identity.ES256, key)
	v, _ := readVectors(f)
	for _, e := range v.Examples {
		b, err := json.Marshal(e.Payload)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, e.Disclosures[0][1], e.Disclosures[len(e.Disclosures)-1][1])
	}
	f.Add([]byte(`{"_sd":[],"a":[{"...":"x"}]}`), "WyJzIiwxXQ", "WyJzIiwiYSIsMV0")
	f.Fuzz(func(t *testing.T, payload []byte, one, two string) {
		if !json.Valid(payload) {
			return
		}
		p, err := mine.Read(forge(t, key, json.RawMessage(payload), one, two), day)
		if err != nil {
			return
		}
		if len(p.Disclosed) != 2 {
			t.Errorf("two disclosures and %q", p.Disclosed)
		}
		b, err := json.Marshal(p.Claims)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mine.Read(forge(t, key, json.RawMessage(b)), day); err != nil { // nothing is left in it to put in
			t.Errorf("%s: %v", b, err)
		}
	})
}

// FuzzCompact: what is read from JSON has one JWS and its disclosures, and nothing that two readers would part otherwise.
func FuzzCompact(f *testing.F) {
	f.Add([]byte(`{"payload":"e30","protected":"e30","signature":"AA","header":{"disclosures":["YQ"],"kb_jwt":"a.b.c"}}`))
	f.Add([]byte(`{"payload":"e30","signatures":[{"protected":"e30","signature":"AA","header":{"disclosures":["YQ"]}},{"protected":"e30","signature":"AA"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		compact, err := sdjwt.Compact(text)
		if err != nil {
			return
		}
		var header struct {
			Disclosures []string
			Proof       string `json:"kb_jwt"`
		}
		var o struct {
			Header     json.RawMessage
			Signatures []struct{ Header json.RawMessage }
		}
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if len(o.Signatures) > 0 {
			o.Header = o.Signatures[0].Header
		}
		if len(o.Header) > 0 {
			if err := json.Unmarshal(o.Header, &header); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		if want := strings.Join(append(header.Disclosures, header.Proof), "~"); compact[strings.IndexByte(compact, '~')+1:] != want {
			t.Errorf("%s is read as %q", text, compact)
		}
	})
}

// FuzzKind: what is read as a kind can be held against a credential.
func FuzzKind(f *testing.F) {
	key := signer(f, identity.ES256)
	p, err := verifier(f, identity.ES256, key).Read(sample(f, identity.ES256, key, key), day)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"vct":"` + kind + `","claims":[{"path":["marks",null,0,"c"],"sd":"always","mandatory":true}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		if k, err := sdjwt.ParseKind(document); err == nil {
			k.Check(p)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			key := signer(b, s)
			i, holder := issuing(b, s, key, 4), public(b, signer(b, identity.ES256))
			c := sdjwt.Credential{Kind: kind, Issuer: issuer, Issued: day, Expires: day.Add(time.Hour), Holder: holder,
				Claims: sdjwt.Object{"over14": sdjwt.Hidden{true}, "over16": sdjwt.Hidden{true}, "over18": sdjwt.Hidden{true}, "real": sdjwt.Hidden{true}}}
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				text, err := i.Credential(c)
				if err != nil {
					b.Fatal(err)
				}
				size = len(text)
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

func BenchmarkPresentAndVerify(b *testing.B) {
	for _, s := range suites {
		key, holder := signer(b, s), signer(b, s)
		v := verifier(b, s, key)
		held, _, err := v.Accept(sample(b, s, key, holder), day)
		if err != nil {
			b.Fatal(err)
		}
		var bound string
		b.Run("present/"+s.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				shown, err := held.Select("/over18")
				if err == nil {
					bound, err = held.Bind(shown, holder, shop, nonce, day)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(bound)), "bytes")
		})
		b.Run("verify/"+s.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.ReadBound(bound, sdjwt.Binding{Audience: shop, Nonce: nonce, Window: time.Minute}, day); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
