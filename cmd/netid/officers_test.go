package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/quorum"
)

// An operator's first day: serve makes the keyring, and says at each start what
// is missing of the officers, in the words of the command to run.
func TestServeNeedsOfficers(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	path := written(t, state(t, false))
	conf, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(want string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		var errs bytes.Buffer
		if code := run(ctx, []string{"serve", "--config", path}, nil, &errs, &errs); code != 1 || !strings.Contains(errs.String(), want) {
			t.Fatalf("status %d, want %q: %s", code, want, errs.String())
		}
	}
	month := identity.MonthAt(time.Now())
	refuses("netid officers found --data " + conf.Data)
	keys := t.TempDir()
	found := []string{"officers", "found", "--data", conf.Data, "--threshold", "2"}
	for n := range 3 {
		out, errs, code := said("officers", "key", "--plain", "--out", filepath.Join(keys, fmt.Sprint(n)))
		if code != 0 {
			t.Fatal(errs)
		}
		found = append(found, "--officer", strings.TrimSpace(out))
	}
	if out, errs, code := said(found...); code != 0 || !strings.Contains(out, "Any 2 of 3") {
		t.Fatal(out, errs)
	}
	refuses(fmt.Sprintf("netid officers months --data %s --until %s", conf.Data, month+11))
	if out, errs, code := said("officers", "months", "--data", conf.Data, "--until", (month + 1).String()); code != 0 || !strings.Contains(out, "4 keys made") {
		t.Fatal(out, errs)
	}
	out, errs, code := said("officers", "list", "--data", conf.Data)
	if code != 0 || strings.Count(out, "live") != 4 || strings.Count(out, "2 of 3") != 5 || !strings.Contains(out, (month+7).String()+"-01") || !strings.Contains(out, (month+37).String()+"-01") {
		t.Error(out, errs)
	}
	ctx, stop := context.WithCancel(context.Background())
	var said lockedBuffer
	done := make(chan int)
	go func() { done <- run(ctx, []string{"serve", "--config", path}, nil, &said, &said) }()
	for range 500 {
		if strings.Contains(said.String(), `"msg":"ready"`) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	if code := <-done; code != 0 || !strings.Contains(said.String(), `"msg":"ready"`) {
		t.Errorf("status %d: %s", code, said.String())
	}
}

func TestOfficersCommandsRefuse(t *testing.T) {
	t.Setenv(passphraseEnv, "")
	t.Setenv(passphraseFD, "")
	data, _ := ring(t)
	out, _, _ := said("officers", "key", "--plain", "--out", filepath.Join(t.TempDir(), "k"))
	one := strings.TrimSpace(out)
	out, _, _ = said("officers", "key", "--plain", "--profile", "guomi", "--out", filepath.Join(t.TempDir(), "k"))
	foreign := strings.TrimSpace(out)
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no passphrase":       {[]string{"officers", "key", "--out", filepath.Join(t.TempDir(), "k")}, "--plain"},
		"a file that is":      {[]string{"officers", "key", "--plain", "--out", there}, "there already"},
		"another profile":     {[]string{"officers", "key", "--plain", "--profile", "x", "--out", there + "2"}, "not international"},
		"alone":               {[]string{"officers", "found", "--data", data, "--threshold", "1", "--officer", one}, "1 of 1"},
		"nonsense":            {[]string{"officers", "found", "--data", data, "--officer", "x"}, "recipient_invalid"},
		"a key of SM2":        {[]string{"officers", "found", "--data", data, "--threshold", "2", "--officer", one, "--officer", foreign}, "suite sm"},
		"months of nobody":    {[]string{"officers", "months", "--data", data, "--until", (identity.MonthAt(time.Now()) + 1).String()}, "no officers"},
		"months past":         {[]string{"officers", "months", "--data", data, "--until", "2020-01"}, "is not 1 to"},
		"no month":            {[]string{"officers", "months", "--data", data, "--until", "soon"}, "not a month"},
		"no keyring":          {[]string{"officers", "list", "--data", t.TempDir()}, "the first start of the server makes it"},
		"backup without them": {[]string{"officers", "found", "--data", t.TempDir(), "--officer", one}, "keyring"},
	} {
		if out, errs, code := said(c.args...); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d: %s%s", name, code, out, errs)
		}
	}
}

// An officer's key that is sealed under a passphrase opens under it.
func TestOfficersKeyUnderAPassphrase(t *testing.T) {
	t.Setenv(passphraseEnv, "a long passphrase")
	file := filepath.Join(t.TempDir(), "officer")
	out, errs, code := said("officers", "key", "--out", file)
	if code != 0 {
		t.Fatal(errs)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o, err := quorum.ReadOfficer(b, func() ([]byte, error) { return []byte("a long passphrase"), nil })
	if err != nil || o.Public().Text() != strings.TrimSpace(out) || strings.Contains(string(b), `"private"`) {
		t.Errorf("%v: %s", err, b)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	t.Setenv(passphraseEnv, "short")
	if _, errs, code := said("officers", "key", "--out", file+"2"); code != 1 || !strings.Contains(errs, "at least 12") {
		t.Errorf("status %d: %s", code, errs)
	}
}

// A sandbox makes its officers, and a year of months, and goes on where it was;
// without their keys it names others for what is made from then on.
func TestASandboxSimulatesOfficers(t *testing.T) {
	h := built(t, true)
	month := identity.MonthAt(time.Now())
	first := h.quorum.Months()
	if len(first) != 26 || !h.quorum.Ready(month+12) || h.quorum.Ready(month+13) {
		t.Fatalf("%d keys", len(first))
	}
	b, err := os.ReadFile(filepath.Join(officersDir(h.Data), "officer-3.key"))
	if err != nil || !bytes.Contains(b, []byte("SANDBOX")) {
		t.Errorf("%s, %v", b, err)
	}
	ids, _ := h.quorum.Officers()
	year := time.Now().AddDate(1, 0, 0)
	if err := simulateOfficers(h.quorum, h.Data, h.ring.Profile().Suite(), year); err != nil || !h.quorum.Ready(month+24) || len(h.quorum.Months()) != 50 {
		t.Errorf("a year later: %d keys, %v", len(h.quorum.Months()), err)
	}
	if again, _ := h.quorum.Officers(); fmt.Sprint(again) != fmt.Sprint(ids) {
		t.Error("other officers")
	}
	if err := os.RemoveAll(officersDir(h.Data)); err != nil {
		t.Fatal(err)
	}
	if err := simulateOfficers(h.quorum, h.Data, h.ring.Profile().Suite(), year); err != nil {
		t.Fatal(err)
	}
	if again, _ := h.quorum.Officers(); fmt.Sprint(again) == fmt.Sprint(ids) || len(again) != simulated {
		t.Error("officers whose keys are gone stay")
	}
}

// The warning comes while there is time, and not when there is nothing to warn of.
func TestNextMonthIsWarnedOf(t *testing.T) {
	h := built(t, false)
	var said bytes.Buffer
	h.Log = slog.New(slog.NewTextHandler(&said, nil))
	month := identity.MonthAt(time.Now())
	h.warn(h.quorum, month)
	if strings.Contains(said.String(), "netid officers") { // the server's own upkeep may speak of other things
		t.Errorf("warned for nothing: %s", said.String())
	}
	h.warn(h.quorum, month+1)
	if !strings.Contains(said.String(), "netid officers months") || !strings.Contains(said.String(), (month+2).String()) {
		t.Errorf("not warned: %s", said.String())
	}
}
