package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"netid/internal/identity"
)

func TestOnlineCodes(t *testing.T) {
	a, b := identity.NewOnlineCode(), identity.NewOnlineCode()
	if a == b || len(a.Text()) != 26 || strings.Contains(fmt.Sprint(a), a.Text()) || a.Handle() == b.Handle() {
		t.Errorf("%v %v", a.Text(), b.Text())
	}
	if got, err := identity.ParseOnlineCode(a.Text()); err != nil || got != a {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", a.Text() + "A", a.Text()[1:], strings.ToLower(a.Text()), strings.Repeat("A", 25) + "B", strings.Repeat("A", 13) + "\n" + strings.Repeat("A", 13)} {
		if _, err := identity.ParseOnlineCode(bad); err == nil {
			t.Errorf("%q", bad)
		}
	}
}
