package qr_test

import (
	"fmt"
	"strings"
	"testing"

	"rsc.io/qr"

	ours "netid/internal/token/qr"
)

// The path blackens exactly the squares of the code: drawn back, they are the same.
func TestPath(t *testing.T) {
	for _, text := range []string{"x", "https://netid.example/join#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("9", 1000)} {
		path, side, err := ours.Path(text)
		if err != nil {
			t.Fatal(err)
		}
		code, err := qr.Encode(text, qr.M)
		if err != nil || side != code.Size+8 {
			t.Fatal(side, err)
		}
		black := map[[2]int]bool{}
		for _, run := range strings.Split(strings.TrimSuffix(path, "z"), "z") {
			var x, y, wide, back int
			if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &wide, &back); err != nil || wide != back || wide < 1 {
				t.Fatal(run, err)
			}
			for i := range wide {
				if black[[2]int{x + i, y}] {
					t.Fatal("drawn twice")
				}
				black[[2]int{x + i, y}] = true
			}
		}
		for y := range side {
			for x := range side {
				if black[[2]int{x, y}] != code.Black(x-4, y-4) {
					t.Fatalf("%d,%d", x, y)
				}
			}
		}
	}
	if _, _, err := ours.Path(strings.Repeat("x", 5000)); err == nil {
		t.Error("more than a code holds is drawn")
	}
}
