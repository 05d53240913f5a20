package client_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"netid/client"
)

// The vector was written by the ledger itself: three events of one person
// among others', one of them with an approval.
func TestCheckExportVector(t *testing.T) {
	b, err := os.ReadFile("testdata/vectors/export.json")
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile("testdata/vectors/ledger.key")
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.CheckExport(bytes.NewReader(b), strings.TrimSpace(string(key)))
	if err != nil {
		t.Fatal(err)
	}
	if r.Service != "https://id.example" || len(r.Events) != 3 || r.Approvals != 1 || r.Head.Size != 300 || r.Events[1].Kind != "verified" || r.Events[1].Party != "shop" {
		t.Errorf("%+v", r)
	}
	for i := 0; i < len(b); i += 7 { // any changed letter of an event, salt, proof or head
		spoilt := bytes.Clone(b)
		spoilt[i] ^= 1
		if again, err := client.CheckExport(bytes.NewReader(spoilt), strings.TrimSpace(string(key))); err == nil && !same(again, r) {
			t.Fatalf("byte %d changed the report and it passes: %q", i, b[max(0, i-20):min(len(b), i+20)])
		}
	}
}

// same says whether two reports prove the same: the unproven header aside.
func same(a, b client.Report) bool {
	x, _ := json.Marshal(a.Events)
	y, _ := json.Marshal(b.Events)
	return a.Head == b.Head && a.Last == b.Last && bytes.Equal(x, y) && a.Approvals == b.Approvals
}

// exported is one citizen's export under construction.
type exported struct {
	log   *log
	file  client.Export
	at    []int
	plain [][]byte
	salts [][]byte
}

// export puts the events among others' leaves, numbers and links them, then
// proves all of them; change may spoil an event before it is hashed.
func export(t testing.TB, n int, change func(i int, e map[string]any)) *exported {
	x := &exported{log: newLog(t, 1, origin)}
	var prev []byte
	for i := range n {
		x.log.grow(3)
		e := map[string]any{"id": fmt.Sprintf("%032x", i), "kind": "verified", "time": asked, "party": "shop", "grounds": nil, "seq": i + 1}
		if prev != nil {
			e["prev"] = prev
		}
		if change != nil {
			change(i, e)
		}
		plain, _ := json.Marshal(e)
		salt := bytes.Repeat([]byte{byte(i + 1)}, 32)
		leaf := client.Leaf(plain, salt)
		x.at, x.plain, x.salts = append(x.at, len(x.log.leaves)), append(x.plain, plain), append(x.salts, salt)
		x.log.leaves = append(x.log.leaves, leaf)
		prev = leaf[:]
	}
	x.log.grow(2)
	size := len(x.log.leaves)
	x.file = client.Export{Format: client.ExportFormat, Service: "https://id.example", Taken: asked, VerifierKey: x.log.key,
		Head: string(x.log.sign(t, x.log.text(size))), Person: json.RawMessage(`{"name":"示例"}`)}
	for i, at := range x.at {
		x.file.Events = append(x.file.Events, client.NewExportEvent(x.plain[i], x.salts[i], uint64(at), path(at, x.log.leaves)))
	}
	return x
}

func (x *exported) check() (client.Report, error) {
	b, err := json.Marshal(x.file)
	if err != nil {
		panic(err)
	}
	return client.CheckExport(bytes.NewReader(b), x.log.key)
}

func TestCheckExport(t *testing.T) {
	x := export(t, 5, nil)
	r, err := x.check()
	if err != nil || len(r.Events) != 5 || r.Events[4].Seq != 5 || r.Last != client.Leaf(x.plain[4], x.salts[4]) || r.Head.Size != 22 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestCheckExportRefuses(t *testing.T) {
	d := newDevice(t)
	approval := func(statement, signature []byte) func(int, map[string]any) {
		return func(i int, e map[string]any) {
			e["approval"] = map[string]any{"statement": statement, "signature": signature, "device": d.jwk(nil)}
		}
	}
	words := wine("zh-CN").Bytes()
	if r, err := export(t, 2, approval(words, d.sign(words))).check(); err != nil || r.Approvals != 2 {
		t.Fatalf("control: %+v, %v", r, err)
	}
	set := func(name string, values ...any) func(int, map[string]any) {
		return func(i int, e map[string]any) {
			if values[i] != nil {
				e[name] = values[i]
			}
		}
	}
	other := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, c := range map[string]struct {
		change func(int, map[string]any)
		spoil  func(*client.Export)
		why    error
	}{
		"format":                  {nil, func(x *client.Export) { x.Format = "netid-export/2" }, client.ErrExport},
		"another key":             {nil, func(x *client.Export) { x.VerifierKey += "x" }, client.ErrExport},
		"no events":               {nil, func(x *client.Export) { x.Events = nil }, client.ErrExport},
		"head":                    {nil, func(x *client.Export) { x.Head = strings.Replace(x.Head, "\n14\n", "\n15\n", 1) }, client.ErrHead},
		"no head":                 {nil, func(x *client.Export) { x.Head = "" }, client.ErrHead},
		"first left out":          {nil, func(x *client.Export) { x.Events = x.Events[1:] }, client.ErrExport},
		"middle left out":         {nil, func(x *client.Export) { x.Events = slices.Delete(x.Events, 1, 2) }, client.ErrExport},
		"one twice":               {nil, func(x *client.Export) { x.Events = append(x.Events, x.Events[2]) }, client.ErrExport},
		"swapped":                 {nil, func(x *client.Export) { x.Events[0], x.Events[1] = x.Events[1], x.Events[0] }, client.ErrExport},
		"event":                   {nil, func(x *client.Export) { x.Events[1].Event = strings.Replace(x.Events[1].Event, "shop", "shot", 1) }, client.ErrProof},
		"event and space":         {nil, func(x *client.Export) { x.Events[1].Event += " " }, client.ErrProof},
		"salt":                    {nil, func(x *client.Export) { x.Events[1].Salt = x.Events[0].Salt }, client.ErrProof},
		"short salt":              {nil, func(x *client.Export) { x.Events[1].Salt = "AAAA" }, client.ErrExport},
		"salt padded":             {nil, func(x *client.Export) { x.Events[1].Salt += "=" }, client.ErrExport},
		"salt with end":           {nil, func(x *client.Export) { x.Events[1].Salt += "\n" }, client.ErrExport},
		"index":                   {nil, func(x *client.Export) { x.Events[1].Index++ }, client.ErrProof},
		"proof":                   {nil, func(x *client.Export) { x.Events[1].Proof = x.Events[0].Proof }, client.ErrProof},
		"no proof":                {nil, func(x *client.Export) { x.Events[1].Proof = nil }, client.ErrProof},
		"proof not base64":        {nil, func(x *client.Export) { x.Events[1].Proof[0] = "*" }, client.ErrExport},
		"endless proof":           {nil, func(x *client.Export) { x.Events[1].Proof = make([]string, 65) }, client.ErrExport},
		"numbers from 2":          {set("seq", 2, 3, 4), nil, client.ErrExport},
		"a gap":                   {set("seq", 1, 3, 4), nil, client.ErrExport},
		"a number twice":          {set("seq", 1, 1, 2), nil, client.ErrExport},
		"no numbers":              {func(_ int, e map[string]any) { delete(e, "seq") }, nil, client.ErrExport},
		"first has a link":        {set("prev", other, nil, nil), nil, client.ErrExport},
		"link to another":         {set("prev", nil, other, nil), nil, client.ErrExport},
		"no link":                 {func(_ int, e map[string]any) { delete(e, "prev") }, nil, client.ErrExport},
		"event is no event":       {set("kind", 7, 7, 7), nil, client.ErrExport},
		"approval of other words": {approval(words, d.sign(wine("en").Bytes())), nil, client.ErrSignature},
		"approval of no words":    {approval([]byte("yes"), d.sign([]byte("yes"))), nil, client.ErrStatement},
	} {
		t.Run(name, func(t *testing.T) {
			x := export(t, 3, c.change)
			if c.spoil != nil {
				c.spoil(&x.file)
			}
			if r, err := x.check(); !errors.Is(err, c.why) {
				t.Errorf("%v, %+v", err, r)
			}
		})
	}
}

func TestCheckExportRefusesFiles(t *testing.T) {
	x := export(t, 1, nil)
	b, _ := json.Marshal(x.file)
	for name, file := range map[string]string{
		"nothing":   "",
		"null":      "null",
		"list":      "[]",
		"cut":       string(b[:len(b)-1]),
		"two":       string(b) + "{}",
		"twice":     strings.Replace(string(b), "{", `{"events":[],`, 1),
		"not UTF-8": strings.Replace(string(b), "示例", "\xff", 1),
		"deep":      strings.Replace(string(b), `{"name":"示例"}`, strings.Repeat("[", 100)+strings.Repeat("]", 100), 1),
	} {
		if _, err := client.CheckExport(strings.NewReader(file), x.log.key); !errors.Is(err, client.ErrExport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.CheckExport(zeros{}, x.log.key); !errors.Is(err, client.ErrExport) {
		t.Errorf("endless: %v", err)
	}
	if _, err := client.CheckExport(broken{}, x.log.key); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, os.ErrClosed }

func FuzzCheckExport(f *testing.F) {
	x := export(f, 2, nil)
	good, _ := json.Marshal(x.file)
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := client.CheckExport(bytes.NewReader(b), x.log.key)
		if err != nil {
			return
		}
		// only what the ledger holds can be proven: the two events, or the first alone
		for i, e := range r.Events {
			if i > 1 || e.ID != fmt.Sprintf("%032x", i) {
				t.Fatalf("event %d of %s", i, b)
			}
		}
	})
}

func BenchmarkCheckExport(b *testing.B) {
	x := export(b, 200, nil)
	file, _ := json.Marshal(x.file)
	for b.Loop() {
		if _, err := client.CheckExport(bytes.NewReader(file), x.log.key); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200, "ns/event")
}
