package refusals_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// A message that waits, and one that died, are on the disk; neither a
// telephone nor a code is, in any form, nor in the log or the operator's list.
func TestWhatWaitsIsSealed(t *testing.T) {
	codes := map[string]string{}
	six := regexp.MustCompile(`\b\d{6}\b`)
	phones := map[string]int{"10098765401": http.StatusServiceUnavailable, "10098765402": http.StatusUnprocessableEntity}
	got := make(chan [2]string, 99)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var m struct{ Phone, Text string }
		if json.Unmarshal(b, &m) != nil || phones[m.Phone] == 0 {
			t.Errorf("%q came", b)
			m.Phone = "10098765401"
		}
		got <- [2]string{m.Phone, six.FindString(m.Text)}
		w.WriteHeader(phones[m.Phone])
	}))
	defer srv.Close()
	w := &world{Sandbox: sandboxtest.Start(t, "--sms", srv.URL)}
	for phone, card := range map[string]string{"10098765401": "adult-card", "10098765402": "trial-1-card"} {
		c, err := visitor.NewCitizen(w.URL, card, phone)
		if err == nil {
			err = c.Start()
		}
		if err == nil {
			err = c.Until("phone")
		}
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Step("phone")
		if err != nil {
			t.Fatal(err)
		}
		if dead := phones[phone] != http.StatusServiceUnavailable; dead != (a.Reason() == "sms_unavailable") || dead == (a.Leads() == "/enrol/code") {
			t.Errorf("%s: %d %q %q", phone, a.Status, a.Reason(), a.Leads())
		}
		m := <-got
		codes[m[0]] = m[1]
	}
	list, errs, code := w.Run("outbox", "list", "--data", w.Data)
	if code != 0 || strings.Count(list, "sms") < 2 || !strings.Contains(list, "waiting") || !strings.Contains(list, "dead") || !strings.Contains(list, "sms_refused") {
		t.Fatalf("%s%s", list, errs)
	}
	places := map[string][]byte{"output": []byte(w.Output()), "list": []byte(list)}
	w.files(t, places)
	if !bytes.Contains(places["output"], []byte("a delivery is put off")) || !bytes.Contains(places["output"], []byte("a delivery is dead")) || len(codes) != 2 {
		t.Error("nothing was put off: there is nothing to find")
	}
	for where, b := range places {
		for phone, code := range codes {
			for form, text := range forms(phone) {
				if bytes.Contains(b, text) {
					t.Errorf("%s: a telephone as %s", where, form)
				}
			}
			// Six digits come about by chance among sealed bytes: there the words around them are looked for.
			for _, words := range []string{"netid code: " + code, "netid code", "Only you need it"} {
				if bytes.Contains(b, []byte(words)) {
					t.Errorf("%s: the text of a message", where)
				}
			}
			if clear := where == "output" || where == "list"; len(code) != 6 || clear && bytes.Contains(b, []byte(code)) && !hexDigits(b, code) {
				t.Errorf("%s: a code", where)
			}
		}
	}
}

// hexDigits reports whether the code stands only inside longer runs of
// hexadecimal digits: the ids of deliveries and keys.
func hexDigits(b []byte, code string) bool {
	return !regexp.MustCompile(`(^|[^0-9a-f])` + code + `([^0-9a-f]|$)`).Match(b)
}
