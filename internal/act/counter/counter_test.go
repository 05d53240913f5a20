package counter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/law"
	"netid/test/kit"
)

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func names(t *testing.T, k *kit.Kit) (all []string) {
	t.Helper()
	list, err := k.Counter.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		all = append(all, string(c.ID))
	}
	return all
}

func TestCounters(t *testing.T) {
	ctx := t.Context()
	k := kit.New(t, law.New())
	if n := names(t, k); len(n) != 0 {
		t.Error(n)
	}
	_, second, err := k.Counter.Add(ctx, "b-2")
	_, first, err2 := k.Counter.Add(ctx, "a-1")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if n := names(t, k); !slices.Equal(n, []string{"a-1", "b-2"}) {
		t.Error(n)
	}
	cookie, err := k.Counter.SignIn(ctx, " "+first+"\n")
	if err != nil {
		t.Fatal(err)
	}
	for what, credential := range map[string]string{"another's": "b-2." + strings.TrimPrefix(first, "a-1."), "none": "", "no name": strings.TrimPrefix(first, "a-1"),
		"short": first[:len(first)-1], "nobody's": "c-3." + strings.TrimPrefix(second, "b-2.")} {
		_, err := k.Counter.SignIn(ctx, credential)
		refused(t, what, err, fault.Unauthenticated, "counter_unproven")
	}
	id, cookie, err := k.Counter.Open(ctx, cookie)
	if id != "a-1" || err != nil {
		t.Error(id, err)
	}
	_, again, err := k.Counter.Add(ctx, "a-1")
	if err != nil || again == first {
		t.Error("the same credential", err)
	}
	_, _, err = k.Counter.Open(ctx, cookie)
	refused(t, "a session by the former credential", err, fault.Unauthenticated, "counter_signed_out")
	_, err = k.Counter.SignIn(ctx, first)
	refused(t, "the former credential", err, fault.Unauthenticated, "counter_unproven")
	if cookie, err = k.Counter.SignIn(ctx, second); err != nil {
		t.Fatal(err)
	}
	if err := k.Counter.Remove(ctx, "b-2"); err != nil {
		t.Fatal(err)
	}
	_, _, err = k.Counter.Open(ctx, cookie)
	refused(t, "a session of a removed counter", err, fault.Unauthenticated, "counter_signed_out")
	_, err = k.Counter.SignIn(ctx, second)
	refused(t, "a removed counter", err, fault.Unauthenticated, "counter_unproven")
	refused(t, "removing it again", k.Counter.Remove(ctx, "b-2"), fault.NotFound, "counter_unknown")
	_, err = k.Counter.Stands(ctx, k.Now(), "a-1", "b-2")
	refused(t, "standing", err, fault.Forbidden, "counter_unknown")
	for _, bad := range []string{"", "a", "A-1", "-a", "a-", "a--b", "a b", "柜台", "a.b", strings.Repeat("a", 25)} {
		_, _, err := k.Counter.Add(ctx, bad)
		refused(t, bad, err, fault.Invalid, "counter_invalid")
	}
}

// A clerk who left does not leave the counter open, and nothing lasts for ever.
func TestSessionsAndCredentialsEnd(t *testing.T) {
	ctx := t.Context()
	k := kit.New(t, law.New())
	_, credential, err := k.Counter.Add(ctx, "a-1")
	if err != nil {
		t.Fatal(err)
	}
	in := func() string {
		cookie, err := k.Counter.SignIn(ctx, credential)
		if err != nil {
			t.Fatal(err)
		}
		return cookie
	}
	idle, busy := in(), in()
	for range 12 * 4 {
		k.Advance(15 * time.Minute)
		var err error
		if _, busy, err = k.Counter.Open(ctx, busy); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = k.Counter.Open(ctx, idle)
	refused(t, "after 15 minutes", err, fault.Unauthenticated, "counter_signed_out")
	k.Advance(time.Second)
	_, _, err = k.Counter.Open(ctx, busy)
	refused(t, "after 12 hours", err, fault.Unauthenticated, "counter_signed_out")
	_, _, err = k.Counter.Open(ctx, credential)
	refused(t, "no cookie", err, fault.Unauthenticated, "counter_signed_out")
	k.Advance(365 * 24 * time.Hour)
	_, err = k.Counter.SignIn(ctx, credential)
	refused(t, "after a year", err, fault.Unauthenticated, "counter_unproven")
	if n := names(t, k); len(n) != 0 {
		t.Error(n)
	}
}

// Counters that are added at once are all there: the list's version is a guard.
func TestCountersAddedAtOnce(t *testing.T) {
	k := kit.New(t, law.New())
	var all sync.WaitGroup
	want := []string{"a-1", "a-2", "a-3", "a-4"}
	for _, name := range want {
		all.Go(func() {
			if _, _, err := k.Counter.Add(context.WithoutCancel(t.Context()), name); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := names(t, k); !slices.Equal(n, want) {
		t.Error(n)
	}
}
