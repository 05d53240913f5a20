package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/tool/witness"
)

const exported = "../../client/testdata/vectors/export.json"

// check runs the citizen's check over a file's text.
func check(t *testing.T, text string, args ...string) (code int, out string) {
	t.Helper()
	var said, errs bytes.Buffer
	code = run(t.Context(), append([]string{"ledger", "check", "-"}, args...), strings.NewReader(text), &said, &errs)
	return code, said.String() + errs.String()
}

func TestLedgerCheck(t *testing.T) {
	b, err := os.ReadFile(exported)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	var x client.Export
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	head := filepath.Join(t.TempDir(), "head")
	if err := os.WriteFile(head, []byte(x.Head), 0o600); err != nil {
		t.Fatal(err)
	}
	var last struct{ Prev []byte }
	if err := json.Unmarshal([]byte(x.Events[2].Event), &last); err != nil {
		t.Fatal(err)
	}
	without := func(n int) string {
		y := x
		y.Events = append(append([]client.ExportEvent{}, x.Events[:n]...), x.Events[n+1:]...)
		b, _ := json.Marshal(y)
		return string(b)
	}
	key := "../../client/testdata/vectors/ledger.key"
	for name, c := range map[string]struct {
		text string
		args []string
		code int
		says string
	}{
		"the file alone":           {text, nil, 0, "it was taken from the file itself"},
		"with the key":             {text, []string{"--key", key}, 0, "3 records, numbered 1 to 3"},
		"with the key's text":      {text, []string{"--key", x.VerifierKey}, 0, "1 approval over the very words"},
		"with the last number":     {text, []string{"--after", "3"}, 0, "Number 3 that you remember"},
		"with number and leaf":     {text, []string{"--after", "2:" + hex.EncodeToString(last.Prev)}, 0, "Number 2"},
		"with the head":            {text, []string{"--key", key, "--head", head}, 0, "the head of 300 entries that you remember"},
		"another key":              {text, []string{"--key", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"}, 1, "belongs to another ledger than the key"},
		"no key":                   {text, []string{"--key", strings.Replace(x.VerifierKey, "id.example", "id2.example", 1)}, 1, "is not a verifier key, or is of another service"},
		"the last left out":        {without(2), []string{"--after", "3"}, 1, "you remember number 3, and it ends with 2"},
		"one left out":             {without(1), nil, 1, "its number is 3\nA record is missing"},
		"the first left out":       {without(0), nil, 1, "its number is 2"},
		"another leaf":             {text, []string{"--after", "2:" + strings.Repeat("0", 64)}, 1, "another record than the one you remember"},
		"half a leaf":              {text, []string{"--after", "2:00"}, 1, "--after is a number"},
		"no number":                {text, []string{"--after", "many"}, 1, "--after is a number"},
		"a letter of an event":     {strings.Replace(text, "verified", "declined", 1), nil, 1, "it was altered"},
		"no key of that name":      {text, []string{"--key", "missing.key"}, 1, "no file of that name is there"},
		"no export":                {"{}", nil, 1, "not a file of everything about me"},
		"nothing":                  {"", nil, 1, "not a file of everything about me"},
		"a witness without a head": {text, []string{"--witness", "x+y+z"}, 1, "--witness speaks of a --head"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := check(t, c.text, c.args...)
			if code != c.code || !strings.Contains(out, c.says) {
				t.Errorf("exit %d, want %d and %q:\n%s", code, c.code, c.says, out)
			}
			if c.code == 1 && strings.Contains(out, "Proven") {
				t.Errorf("it says what it proved although it failed:\n%s", out)
			}
		})
	}
	if code, out := check(t, without(2)); code != 0 || !strings.Contains(out, "no record after number 2 was left out") {
		t.Errorf("without the last, nothing remembered: %d\n%s", code, out)
	}
}

// The real server's tiles: a witness follows them, and whoever remembers the
// head that it cosigned sees that the ledger went on from there.
func TestWitnessFollowsTheServer(t *testing.T) {
	h := built(t, true)
	web := httptest.NewServer(h.server)
	defer web.Close()
	party := func(id string) {
		t.Helper()
		if _, _, err := h.admit.Register(t.Context(), admit.Application{ID: id, Name: id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true}); err != nil {
			t.Fatal(err)
		}
	}
	party("shop-a")
	dir := t.TempDir()
	args := []string{"witness", "--log", web.URL + "/ledger", "--key", filepath.Join(dir, "key"), "--state", filepath.Join(dir, "state"),
		"--name", "witness.example/w1", "--listen", "127.0.0.1:0", "--poll", "10ms"}
	ctx, stop := context.WithCancel(t.Context())
	var out lockedBuffer
	done := make(chan int)
	go func() { done <- run(ctx, args, strings.NewReader(""), &out, &out) }()
	address := waitFor(t, func() string { return between(out.String(), "witness: ", "\n") })
	fetch := witness.Web(address, web.Client())
	get := func(path string) string {
		b, _ := fetch(t.Context(), path)
		return string(b)
	}
	first := waitFor(t, func() string { return get("checkpoint") })
	logKey, witnessKey := h.keeper.VerifierKey(), strings.TrimSpace(get("key"))
	older, _, err := client.CheckCosigned([]byte(first), logKey, witnessKey)
	if err != nil || older.Size == 0 {
		t.Fatalf("%+v, %v", older, err)
	}
	for i := range 300 { // over the first full tile
		party("p" + strings.Repeat("x", i%7) + hex.EncodeToString([]byte{byte(i >> 8), byte(i)}))
	}
	follower := client.Log{Key: logKey, Fetch: witness.Web(web.URL+"/ledger", web.Client())}
	newer, _, _, err := follower.Follow(t.Context(), older)
	if err != nil || newer.Size != older.Size+300 {
		t.Fatalf("%d to %d: %v", older.Size, newer.Size, err)
	}
	waitFor(t, func() string {
		h, _, err := client.CheckCosigned([]byte(get("checkpoint")), logKey, witnessKey)
		if err != nil || h.Size != newer.Size {
			return ""
		}
		return "there"
	})
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit %d: %s", code, out.String())
	}
	if err := os.Remove(filepath.Join(dir, "state")); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &again, &again); code != 1 || !strings.Contains(again.String(), "must not sign again") {
		t.Errorf("with its memory gone: exit %d, %s", code, again.String())
	}
}

func between(s, from, to string) string {
	_, s, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	s, _, ok = strings.Cut(s, to)
	if !ok {
		return ""
	}
	return s
}

func waitFor(t *testing.T, what func() string) string {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if s := what(); s != "" {
			return s
		}
	}
	t.Fatal("it never came")
	return ""
}

func TestWitnessRefusesToStart(t *testing.T) {
	dir := t.TempDir()
	key, state := filepath.Join(dir, "key"), filepath.Join(dir, "state")
	logKey := "../../client/testdata/vectors/ledger.key"
	at := func(says string, more ...string) {
		t.Helper()
		var out bytes.Buffer
		args := append([]string{"witness", "--log", "http://127.0.0.1:1/ledger", "--key", key, "--state", state}, more...)
		if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != 1 || !strings.Contains(out.String(), says) {
			t.Errorf("exit %d, want %q: %s", code, says, out.String())
		}
	}
	at("sees nothing", "--poll", "0s")
	at("127.0.0.1:1")
	at("verifier key", "--log-key", "x+y+z")
	at("a witness is named", "--log-key", logKey) // the memory is made, empty, before the key
	at("is about the ledger of", "--log-key", "else+00000000+AAAA")
	at("a witness is named", "--name", "two words")
}
