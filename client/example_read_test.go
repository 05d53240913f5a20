package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"netid/client"
)

// shown is a text of testdata/vectors/verify.json, in place of what would come over the wire.
func shown(name string) string {
	v := theVectors()
	for _, c := range v.Cases {
		if c.Name == name {
			return c.Text
		}
	}
	return ""
}

func theVectors() (v vectors) {
	b, err := os.ReadFile(vectorFile)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		fmt.Println(err)
	}
	return v
}

func theMoment() time.Time { return time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC) }

// Somebody gives you a file, and you want to know what it proves. What you do not
// know is not guessed: it is named.
func ExampleRead() {
	known := client.Known{Roots: []byte(theVectors().Roots), Now: theMoment()}
	found := client.Read([]byte(shown("presentation by its chain")), known)
	fmt.Println(found.Form, found.Verdict, found.Open)
	for _, f := range found.Facts {
		fmt.Println(f.Name, f.Value)
	}
	fmt.Println(client.Read([]byte(shown("status revoked")), known).Verdict) // by a key that is not given
	// Output:
	// presentation proven [issuer audience nonce]
	// kind https://netid.example/credentials/age
	// issuer https://netid.example
	// issued 2026-11-28T08:00:00Z
	// expires 2026-11-28T16:00:00Z
	// real_person true
	// age_over_18 true
	// audience x509_hash:abc
	// not_checked
}

// A web shop asks for "18 or over" with a nonce of its own, and gets a presentation.
// The root was fetched once, and its fingerprint compared with the one in print.
func ExampleCheckPresentation() {
	roots := []byte(theVectors().Roots)
	p, err := client.CheckPresentation(shown("presentation by its chain"), client.Expect{
		Kind: "https://netid.example/credentials/age", Roots: roots, Audience: "x509_hash:abc", Nonce: "n-0S6_WzA2Mj",
	}, theMoment())
	fmt.Println(err, string(p.Claims["age_over_18"]), p.Status == nil)
	// Output: <nil> true true
}

// A credential without its holder's proof: anybody who has a copy can show it.
func ExampleCheckCredential() {
	v := theVectors()
	p, err := client.CheckCredential(shown("credential"), client.Expect{Kind: "https://netid.example/credentials/age", Keys: v.Keys, Issuer: v.Issuer}, theMoment())
	fmt.Println(err, p.Expires)
	// Output: <nil> 2026-11-28 16:00:00 +0000 UTC
}

// A credential with a status is looked up in the list that it names. Keep the time of the newest list that you
// saw, and refuse an older one.
func ExampleCheckStatusList() {
	v := theVectors()
	e := client.Expect{Keys: v.Keys, Issuer: v.Issuer}
	list, err := client.CheckStatusList([]byte(shown("status list")), "https://netid.example/status/1", e, theMoment())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, place := range []uint64{4, 5, 6} {
		status, err := list.Status(client.StatusReference{Index: place, URI: "https://netid.example/status/1"}, theMoment())
		fmt.Println(place, status, err)
	}
	_, err = list.Status(client.StatusReference{Index: 1 << 20, URI: "https://netid.example/status/1"}, theMoment())
	fmt.Println(errors.Is(err, client.ErrStatus))
	// Output:
	// 4 valid <nil>
	// 5 revoked <nil>
	// 6 frozen <nil>
	// true
}

func ExampleCheckAnswer() {
	v := theVectors()
	a, err := client.CheckAnswer(shown("answer"), v.Keys, v.Issuer, "shop", "n1", theMoment())
	fmt.Println(err, a.Subject, a.Over["age_over_18"])
	_, err = client.CheckAnswer(shown("answer"), v.Keys, v.Issuer, "another-shop", "n1", theMoment())
	fmt.Println(err)
	// Output:
	// <nil> p1 true
	// token_invalid: aud
}

// A receipt that was kept is checked as of when it came, by the keys of then.
func ExampleCheckReceipt() {
	v := theVectors()
	a, err := client.CheckReceipt([]byte(shown("receipt")), v.Keys, v.KeysSM, v.Issuer, "shop", "n1", theMoment())
	fmt.Println(err, a.Receipt)
	// Output: <nil> r1
}

// Roots come from the service's trust list, which a root vouches for that was there before.
func ExampleCheckTrustList() {
	old := []byte(theVectors().Roots)
	trust, err := client.CheckTrustList(shown("trust list"), client.Expect{Roots: old, Issuer: "https://netid.example"}, theMoment())
	fmt.Println(err, trust.Issuer, strings.Count(string(trust.Roots), "BEGIN CERTIFICATE"))
	// Output: <nil> https://netid.example 1
}

// A wallet shows its holder who asks, in the words that the service vouches for.
func ExampleCheckRegistration() {
	r, err := client.CheckRegistration(shown("registration"), client.Expect{Roots: []byte(theVectors().Roots), Issuer: "https://netid.example"}, theMoment())
	fmt.Println(err, r.Name["en"], r.Domain, r.Purpose["en"], r.Kinds)
	// Output: <nil> Shop shop.example To buy wine map[https://netid.example/credentials/age:[age_over_18]]
}

func ExampleCheckExport() {
	r, err := client.CheckExport(strings.NewReader(shown("export")), theVectors().Ledger)
	fmt.Println(err, len(r.Events), r.Approvals, r.Head.Size)
	// Output: <nil> 3 1 300
}

// What a citizen approved, word for word, with the key of the device that their record names.
func ExampleCheckApproval() {
	var a struct{ Statement, Signature, Device []byte } // a record's `approval`
	if err := json.Unmarshal([]byte(shown("approval")), &a); err != nil {
		fmt.Println(err)
	}
	s, err := client.CheckApproval(a.Statement, a.Signature, a.Device)
	fmt.Println(err, s.Party, s.Domain, s.Items[0].Name)
	a.Statement = append(a.Statement, 46) // one full stop more
	_, err = client.CheckApproval(a.Statement, a.Signature, a.Device)
	fmt.Println(errors.Is(err, client.ErrStatement))
	// Output:
	// <nil> 示例商店有限公司 127.0.0.1:7081 result
	// true
}

func ExampleCheckHead() {
	h, err := client.CheckHead([]byte(shown("head")), theVectors().Ledger)
	fmt.Println(err, h.Origin, h.Size, h.Time)
	// Output: <nil> id.example/ledger 300 2026-03-01 04:00:00 +0000 UTC
}
