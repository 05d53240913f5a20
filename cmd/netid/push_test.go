package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// What a configuration lists is hosts and nothing else, and whoever lists any can
// be asked by those who run them; without any, no contact is too bad.
func TestPushInAConfiguration(t *testing.T) {
	address := state(t, false)
	for list, why := range map[string]string{
		"[fcm.googleapis.com, \"*.notify.windows.com\"]": "",
		"[]":                           "",
		"[\"https://push.example/\"]":  "is no host name",
		"[\"*\"]":                      "is no host name",
		"[push.example, \"a.b:8443\"]": "is no host name",
	} {
		_, err := readConfig(written(t, address, "csca:", "push: "+list+"\ncsca:"))
		if why == "" && err != nil || why != "" && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("%s: %v", list, err)
		}
	}
	for list, ok := range map[string]bool{"[push.example]": false, "[]": true} {
		_, err := readConfig(written(t, address, "csca:", "push: "+list+"\ncsca:", "privacy@netid.invalid", "\"010 1234\""))
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "RFC 8292") {
			t.Errorf("%s without a contact that a push service takes: %v", list, err)
		}
	}
	conf, err := readConfig(written(t, address, "csca:", "push: [push.example]\ncsca:"))
	if err != nil || len(conf.Push) != 1 {
		t.Fatal(conf.Push, err)
	}
}

// All that left for a push service is told once, by host, and nothing more of it.
func TestSignalsAreCounted(t *testing.T) {
	var m makers
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, nil))
	m.tell(log)
	m.count("b.example", true)
	m.count("b.example", true)
	m.count("a.example", false)
	m.tell(log)
	m.tell(log)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "msg=signals host=a.example taken=0 not_taken=1") || !strings.HasSuffix(lines[1], "msg=signals host=b.example taken=2 not_taken=0") {
		t.Errorf("%q", lines)
	}
}
