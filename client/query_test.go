package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"

	"netid/client"
	"netid/internal/identity"
	"netid/test/holder"
)

// one is a query for one credential of the test's kind, with more members.
func one(more string) string {
	return `{"credentials":[{"id":"c","format":"dc+sd-jwt","meta":{"vct_values":["` + credentialKind + `"]}` + more + `}]}`
}

func TestParseQuery(t *testing.T) {
	for _, good := range []string{
		one(``), one(`,"multiple":true,"require_cryptographic_holder_binding":true`),
		one(`,"claims":[{"path":["a"]},{"path":["a","b",null,0]},{"id":"x","path":["c"],"values":["a",1,true]}]`),
		one(`,"claims":[{"id":"a","path":["a"]},{"id":"b","path":["b"]}],"claim_sets":[["a","b"],["b"]]`),
		one(`,"trusted_authorities":[{"type":"aki","values":["YQ"]},{"type":"aki","values":["Yg"]}]`),
		strings.TrimSuffix(one(``), `}`) + `,"credential_sets":[{"options":[["c"]]},{"options":[["c"]],"required":false}]}`,
	} {
		q, err := client.ParseQuery([]byte(good))
		if again, err2 := json.Marshal(q); err != nil || err2 != nil || string(again) != good || string(q.Bytes()) != good {
			t.Errorf("%s: %v, %v", good, err, err2)
		}
	}
	cred := func(id string) string { return `{"id":"` + id + `","format":"dc+sd-jwt","meta":{"vct_values":["k"]}}` }
	many := make([]string, 13)
	for i := range many {
		many[i] = cred(fmt.Sprint("c", i))
	}
	sets := func(s string) string { return strings.TrimSuffix(one(``), `}`) + `,"credential_sets":` + s + `}` }
	for _, bad := range []string{
		``, `[]`, `{}`, `null`, `{"credentials":[]}`, `{"credentials":{}}`, `{"credentials":[1]}`, `{"credentials":[` + cred("a") + `],"Credentials":[]}`,
		`{"credentials":[` + cred("a") + `,` + cred("a") + `]}`, `{"credentials":[` + strings.Join(many, ",") + `]}`, `{"credentials":[` + cred("") + `]}`, `{"credentials":[` + cred("a b") + `]}`,
		`{"credentials":[{"format":"dc+sd-jwt","meta":{"vct_values":["k"]}}]}`, `{"credentials":[{"id":"a","format":"mso_mdoc","meta":{"doctype_value":"k"}}]}`,
		`{"credentials":[{"id":"a","format":"dc+sd-jwt"}]}`, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}]}`, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":[]}}]}`,
		`{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":[1]}}]}`, `{"credentials":[{"id":"a","format":"vc+sd-jwt","meta":{"vct_values":["k"]}}]}`,
		one(`,"multiple":1`), one(`,"multiple":"true"`), one(`,"require_cryptographic_holder_binding":false`), one(`,"claim":[]`), one(`,"id":"d"`),
		one(`,"claims":[]`), one(`,"claims":[{"path":[]}]`), one(`,"claims":[{}]`), one(`,"claims":[{"path":["a"]},{"path":["a"]}]`), one(`,"claims":[{"path":[-1]}]`), one(`,"claims":[{"path":[1.5]}]`),
		one(`,"claims":[{"path":[true]}]`), one(`,"claims":[{"path":["a"],"values":[]}]`), one(`,"claims":[{"path":["a"],"values":[null]}]`), one(`,"claims":[{"path":["a"],"values":[1.5]}]`), one(`,"claims":[{"path":["a"],"value":["x"]}]`),
		one(`,"claims":[{"id":"x","path":["a"]},{"id":"x","path":["b"]}]`), one(`,"claims":[{"id":"","path":["a"]}]`), one(`,"claims":[{"path":["a"],"values":[[1]]}]`),
		one(`,"claim_sets":[["a"]]`), one(`,"claims":[{"path":["a"]}],"claim_sets":[["a"]]`), one(`,"claims":[{"id":"a","path":["a"]}],"claim_sets":[["a","a"]]`), one(`,"claims":[{"id":"a","path":["a"]}],"claim_sets":[]`), one(`,"claims":[{"id":"a","path":["a"]}],"claim_sets":[[]]`),
		one(`,"trusted_authorities":[]`), one(`,"trusted_authorities":[{"type":"etsi_tl","values":["https://x"]}]`), one(`,"trusted_authorities":[{"type":"aki","values":["="]}]`), one(`,"trusted_authorities":[{"type":"aki"}]`),
		sets(`[]`), sets(`[{}]`), sets(`[{"options":[]}]`), sets(`[{"options":[[]]}]`), sets(`[{"options":[["d"]]}]`), sets(`[{"options":[["c","c"]]}]`), sets(`[{"options":[["c"]],"required":0}]`),
		one(strings.Repeat(" ", 16<<10)), one(`,"claims":[{"path":[` + strings.Repeat(`"a",`, 16) + `"a"]}]`),
	} {
		if _, err := client.ParseQuery([]byte(bad)); !errors.Is(err, client.ErrQuery) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := json.Marshal(client.Query{}); err == nil {
		t.Error("nothing is asked")
	}
	if _, err := client.QueryFor(""); !errors.Is(err, client.ErrQuery) {
		t.Error(err)
	}
}

func TestKindsThatAQueryNames(t *testing.T) {
	q, err := client.ParseQuery([]byte(`{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["k","l"]},"claims":[{"path":["x"]},{"path":["y","z"]},{"path":[null]}]},{"id":"b","format":"dc+sd-jwt","meta":{"vct_values":["m"]}}]}`))
	if got := q.Kinds(); err != nil || !reflect.DeepEqual(got, map[string][]string{"k": {"x", "", ""}, "l": {"x", "", ""}, "m": nil}) {
		t.Errorf("%v, %v", got, err)
	}
}

// A presentation against a query: what was asked, no less and no more.
func TestMatch(t *testing.T) {
	p := present(t, identity.ES256, identity.ES256, credentialKey(t, identity.ES256), nil)
	shown := map[string]client.Presentation{}
	for _, places := range []string{"", "/over18", "/place", "/place/city", "/marks/0", "/over18 /marks/0", "/over18 /place/city"} {
		got, err := client.CheckPresentation(p.show(t, strings.Fields(places)...), p.expect, presentedAt)
		if err != nil {
			t.Fatal(err)
		}
		shown[places] = got
	}
	sets := `"claims":[{"id":"o","path":["over18"]},{"id":"c","path":["place","city"]},{"id":"m","path":["marks",0]}],"claim_sets":[["o","c"],["m"]]`
	for _, c := range []struct {
		asks, shows string
		good        bool
	}{
		{``, "", true}, {``, "/over18", false}, {``, "/marks/0", false},
		{`,"claims":[{"path":["open"]}]`, "", true},
		{`,"claims":[{"path":["over18"]}]`, "/over18", true}, {`,"claims":[{"path":["over18"]}]`, "", false}, {`,"claims":[{"path":["over18"]}]`, "/over18 /marks/0", false},
		{`,"claims":[{"path":["over18"],"values":[true]}]`, "/over18", true}, {`,"claims":[{"path":["over18"],"values":[false]}]`, "/over18", false},
		{`,"claims":[{"path":["over18"],"values":["true",1]}]`, "/over18", false}, {`,"claims":[{"path":["open"],"values":["no","yes"]}]`, "", true},
		{`,"claims":[{"path":["place","city"]}]`, "/place/city", true}, {`,"claims":[{"path":["place","city"]}]`, "/place", false},
		{`,"claims":[{"path":["place"]}]`, "/place", true}, {`,"claims":[{"path":["place"]}]`, "/place/city", true}, {`,"claims":[{"path":["place","city"],"values":["上海"]}]`, "/place/city", true},
		{`,"claims":[{"path":["place","street"]}]`, "/place/city", false}, {`,"claims":[{"path":["open","x"]}]`, "", false},
		{`,"claims":[{"path":["marks",0]}]`, "/marks/0", true}, {`,"claims":[{"path":["marks",0]}]`, "", false}, // "b" is not the first, though it is the only one there
		{`,"claims":[{"path":["marks",1]}]`, "", true}, {`,"claims":[{"path":["marks",1]}]`, "/marks/0", false}, {`,"claims":[{"path":["marks",2]}]`, "", false},
		{`,"claims":[{"path":["marks",null]}]`, "/marks/0", true}, {`,"claims":[{"path":["marks",null]}]`, "", true}, {`,"claims":[{"path":["marks",null],"values":["a"]}]`, "", false}, {`,"claims":[{"path":["marks",null],"values":["a"]}]`, "/marks/0", true},
		{`,"claims":[{"path":["marks",99999999999]}]`, "", false}, {`,"claims":[{"path":[null]}]`, "", false},
		{`,` + sets, "/over18 /place/city", true}, {`,` + sets, "/marks/0", true}, {`,` + sets, "/over18", false}, {`,` + sets, "/over18 /marks/0", false}, {`,` + sets, "", false},
	} {
		q, err := client.ParseQuery([]byte(one(c.asks)))
		if err != nil {
			t.Fatal(c.asks, err)
		}
		err = q.Match(map[string][]client.Presentation{"c": {shown[c.shows]}})
		if (err == nil) != c.good || err != nil && !errors.Is(err, client.ErrResponse) {
			t.Errorf("%s shown %q: %v", c.asks, c.shows, err)
		}
	}
	for _, c := range []struct {
		asks  string
		shown map[string][]client.Presentation
		good  bool
	}{
		{``, nil, false}, {``, map[string][]client.Presentation{"c": {}}, false}, {``, map[string][]client.Presentation{"d": {shown[""]}}, false},
		{``, map[string][]client.Presentation{"c": {shown[""]}, "d": {shown[""]}}, false},
		{``, map[string][]client.Presentation{"c": {shown[""], shown[""]}}, false}, {`,"multiple":true`, map[string][]client.Presentation{"c": {shown[""], shown[""]}}, true},
		{`,"multiple":true`, map[string][]client.Presentation{"c": {shown[""], shown["/over18"]}}, false},
		{``, map[string][]client.Presentation{"c": {{Kind: "another"}}}, false}, {`,"trusted_authorities":[{"type":"aki","values":["YQ"]}]`, map[string][]client.Presentation{"c": {shown[""]}}, false},
	} {
		q, err := client.ParseQuery([]byte(one(c.asks)))
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Match(c.shown); (err == nil) != c.good {
			t.Errorf("%s, %v: %v", c.asks, c.shown, err)
		}
	}
}

// Which credentials together are an answer: one option of every set, and no other.
func TestMatchSets(t *testing.T) {
	p := present(t, identity.ES256, identity.ES256, credentialKey(t, identity.ES256), nil)
	got, err := client.CheckPresentation(p.show(t), p.expect, presentedAt)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, id := range []string{"a", "b", "c", "d"} {
		all = append(all, strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(one(``), `{"credentials":[`), `]}`), `"id":"c"`, `"id":"`+id+`"`))
	}
	for _, c := range []struct {
		sets      string
		good, bad string // what came, by letters
	}{
		{``, "abcd", "abc a"},
		{`,"credential_sets":[{"options":[["a"],["b","c"]]}]`, "a bc", "b ab abc abcd d ad bcd"},
		{`,"credential_sets":[{"options":[["a"],["b","c"]]},{"options":[["d"]],"required":false}]`, "a bc ad bcd", "d ab b abcd"},
		{`,"credential_sets":[{"options":[["a"],["b"]]},{"options":[["b"],["c"]]}]`, "ab ac b bc", "a c abc d"},
		{`,"credential_sets":[{"options":[["a"]],"required":false}]`, "a", "b ab"},
	} {
		q, err := client.ParseQuery([]byte(`{"credentials":[` + strings.Join(all, ",") + `]` + c.sets + `}`))
		if err != nil {
			t.Fatal(err)
		}
		for letters, good := range map[string]bool{c.good: true, c.bad: false} {
			for _, came := range strings.Fields(letters) {
				shown := map[string][]client.Presentation{}
				for _, id := range came {
					shown[string(id)] = []client.Presentation{got}
				}
				if err := q.Match(shown); (err == nil) != good {
					t.Errorf("%s, %s came: %v", c.sets, came, err)
				}
			}
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, more := range []string{``, `,"claims":[{"id":"x","path":["a",null,1],"values":["a",1,true]}],"claim_sets":[["x"]]`, `,"trusted_authorities":[{"type":"aki","values":["YQ"]}],"multiple":true`} {
		f.Add([]byte(one(more)))
		f.Add([]byte(strings.TrimSuffix(one(more), `}`) + `,"credential_sets":[{"options":[["c"]],"required":false}]}`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var q client.Query
		var err error
		if cost := allocated(func() { q, err = client.ParseQuery(text) }); cost > 1<<20+64*uint64(len(text)) {
			t.Errorf("%d bytes for %d", cost, len(text))
		}
		if err != nil {
			if !errors.Is(err, client.ErrQuery) {
				t.Error(err)
			}
			return
		}
		again, err := client.ParseQuery(q.Bytes())
		if err != nil || !reflect.DeepEqual(q, again) || q.Match(nil) == nil && !strings.Contains(string(text), "required") {
			t.Errorf("%s: %v", text, err)
		}
	})
}

// A wallet's answer, as it comes and as it is once it is opened.
func FuzzResponse(f *testing.F) {
	a, err := holder.NewAuthority(credentialsBy, presentedAt)
	if err != nil {
		f.Fatal(err)
	}
	key, chain, err := a.Certify("https://shop.example")
	if err != nil {
		f.Fatal(err)
	}
	r := client.Reader{Chain: chain, Sign: client.NewSign(key), Roots: a.Roots()}
	q, err := client.QueryFor(credentialKind, "over18")
	if err != nil {
		f.Fatal(err)
	}
	plain, err := r.Begin(client.Asking{Query: q, ResponseURI: "https://shop.example/r", Plain: true}, presentedAt)
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := r.Begin(client.Asking{Query: q, ResponseURI: "https://shop.example/r"}, presentedAt)
	if err != nil {
		f.Fatal(err)
	}
	var private jose.JSONWebKey
	if err := private.UnmarshalJSON(sealed.Key); err != nil {
		f.Fatal(err)
	}
	crypter, err := jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: private.Public().Key, KeyID: private.KeyID}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`vp_token=%7B%7D&state=x`, `{"vp_token":{"credential":["a.b.c~"]},"state":"x"}`)
	f.Add(`response=a.b.c.d.e`, `{"error":"access_denied","state":"x"}`)
	f.Add(`error=access_denied&state=x&state=y`, `{"vp_token":{"credential":["~~~"],"other":[]}}`)
	f.Fuzz(func(t *testing.T, body, inside string) {
		o, err := crypter.Encrypt([]byte(strings.ReplaceAll(inside, `"x"`, `"`+sealed.State+`"`)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := o.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []string{strings.ReplaceAll(body, "state=x", "state="+plain.State), "response=" + url.QueryEscape(text)} {
			for _, tr := range []client.Transaction{plain, sealed} {
				var shown client.Shown
				cost := allocated(func() { shown, err = r.Open(tr, []byte(b), presentedAt) })
				if cost > 2<<20+64*uint64(len(b)) {
					t.Errorf("%d bytes for %d", cost, len(b))
				}
				if err == nil && (shown.Credentials != nil || shown.Refused == "") {
					t.Errorf("%q is an answer: %+v", b, shown) // nobody here holds a credential
				}
			}
		}
	})
}
