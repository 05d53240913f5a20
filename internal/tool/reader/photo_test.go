package reader_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"netid/internal/emrtd/chip"
)

// The photo comes by a question of its own, with the same guards, and nothing else with it.
func TestAPageReadsThePhoto(t *testing.T) {
	b := newBench(t)
	photo := func(r *http.Request) { r.URL.Path = "/photo" }
	without := func(q map[string]string) { delete(q, "challenge") }
	if w := b.ask(b.question(without), photo); w.Code == 200 {
		t.Errorf("a photo that is not there: %s", w.Body)
	}
	b.card.Chip = newChip(t, func(c *chip.Content) { c.Files[chip.EFDG2] = []byte("\x75\x05photo") })
	w := b.ask(b.question(without), photo)
	var got map[string][]byte
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || len(got) != 1 || string(got["dg2"]) != "\x75\x05photo" {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	if last := b.said[len(b.said)-2]; last.Name != "photo" {
		t.Errorf("the person at the computer was told %v", last)
	}
	if w := b.ask(b.question(nil), nil); w.Code != 200 || strings.Contains(w.Body.String(), "dg2") {
		t.Errorf("what the service takes: %d %s", w.Code, w.Body)
	}
	if w := b.ask(b.question(without), nil); w.Code != 400 {
		t.Errorf("no challenge: %d", w.Code)
	}
	if w := b.ask(b.question(func(q map[string]string) { q["code"] = "x" }), photo); w.Code != 401 {
		t.Errorf("without the code: %d", w.Code)
	}
	if w := b.ask(b.question(without), func(r *http.Request) { photo(r); r.Header.Set("Origin", "https://elsewhere.example") }); w.Code != 403 {
		t.Errorf("from another page: %d", w.Code)
	}
}
