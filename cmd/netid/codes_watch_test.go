package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

// L09: the operator hears of a budget that runs out before it has, and while it is.
func TestL09TheOperatorHearsOfAFlood(t *testing.T) {
	for n, want := range map[int]string{0: "", 7: "", 8: "level=WARN", 9: "level=WARN", 10: "level=ERROR"} {
		var said bytes.Buffer
		h := &house{settings: settings{Log: slog.New(slog.NewTextHandler(&said, nil))}, sent: func(context.Context) (int, int, error) { return n, 10, nil }}
		h.watchCodes(t.Context())
		if !strings.Contains(said.String(), want) || (want == "") != (said.Len() == 0) {
			t.Errorf("%d of 10: %s", n, said.String())
		}
	}
	if h := built(t, false); h.pace().Budget != codesHourly {
		t.Error("a server whose configuration says nothing has no budget")
	}
}
