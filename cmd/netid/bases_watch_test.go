package main

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
)

// M03: the operator hears of a basis before it ends and after it, once a day and
// party; of one that is far from its end, or whose party is stopped, nothing.
func TestBasesThatEnd(t *testing.T) {
	h := built(t, true)
	var said bytes.Buffer
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	day := func(n int) string { return identity.Today(time.Now().AddDate(0, 0, n)).String() }
	for id, last := range map[string]string{"over": day(-1), "soon": day(20), "far": day(90), "stopped": day(5)} {
		if out, code := operate("party", "add", "--server", door.URL, "--id", id, "--name", "App", "--redirect-uri", "http://127.0.0.1:9000/cb", "--plain-unencrypted",
			"--basis", "name=A law", "--basis", "birthdate=A law", "--basis-until", "name="+last); code != 0 {
			t.Fatal(out)
		}
	}
	if out, code := operate("party", "suspend", "stopped", "--reason", "complaints", "--server", door.URL); code != 0 {
		t.Fatal(out)
	}
	if out, _ := operate("party", "list", "--server", door.URL); !strings.Contains(out, day(20)) {
		t.Error(out)
	}
	if out, _ := operate("party", "show", "soon", "--server", door.URL); !strings.Contains(out, "A law (last day: "+day(20)+")") {
		t.Error(out)
	}
	h = &house{settings: settings{Log: slog.New(slog.NewTextHandler(&said, nil)), Now: time.Now}, admit: h.admit}
	today := h.remindOfBases(t.Context(), identity.Date{})
	told := said.String()
	if strings.Count(told, "a basis has ended") != 1 || strings.Count(told, "party=over item=name") != 1 ||
		strings.Count(told, "a basis ends soon") != 1 || !strings.Contains(told, "party=soon item=name last_day="+day(20)) {
		t.Error(told)
	}
	said.Reset()
	if h.remindOfBases(t.Context(), today); said.Len() != 0 {
		t.Errorf("twice a day: %s", said.String())
	}
}
