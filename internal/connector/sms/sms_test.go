package sms_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/connector/sms"
	"netid/internal/fault"
	"netid/internal/identity"
)

func TestOutboxRemembersTheLastHundred(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	o := sms.NewOutbox(func() time.Time { at = at.Add(time.Second); return at })
	var s sms.Sender = o
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() { s.Send(t.Context(), identity.NewDeliveryID(), "10000000001", fmt.Sprint("early ", i)) })
	}
	wg.Wait()
	for i := range 100 {
		if err := s.Send(t.Context(), identity.NewDeliveryID(), "10000000002", fmt.Sprint("late ", i)); err != nil {
			t.Fatal(err)
		}
	}
	m := o.Messages()
	if len(m) != 100 || m[0].Text != "late 0" || m[99].Text != "late 99" || m[99].Phone != "10000000002" || !m[99].Time.Equal(at) {
		t.Fatalf("%d messages, first %+v, last %+v", len(m), m[0], m[len(m)-1])
	}
	again := identity.NewDeliveryID()
	for range 3 { // the same delivery: the first answer was lost
		if err := s.Send(t.Context(), again, "10000000003", "again"); err != nil {
			t.Fatal(err)
		}
	}
	if m := o.Messages(); len(m) != 100 || m[99].Text != "again" || m[98].Text != "late 99" {
		t.Errorf("%+v, %+v", m[98], m[99])
	}
	m[0].Text = "changed"
	if o.Messages()[0].Text == "changed" {
		t.Error("a reader can change the outbox")
	}
}

func TestGateway(t *testing.T) {
	var got struct{ Phone, Text string }
	var auth, key string
	id := identity.NewDeliveryID()
	answer := http.StatusAccepted
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth, key = r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key")
		json.NewDecoder(r.Body).Decode(&got)
		if answer == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(answer)
	}))
	defer srv.Close()
	g := sms.NewGateway(srv.URL+"/send", "token-of-the-gateway")
	if err := g.Send(t.Context(), id, "10000000001", "code 123456"); err != nil {
		t.Fatal(err)
	}
	if got.Phone != "10000000001" || got.Text != "code 123456" || auth != "Bearer token-of-the-gateway" || key != `"`+id.String()+`"` {
		t.Errorf("the gateway got %+v with %q, %q", got, auth, key)
	}
	for status, refused := range map[int]bool{http.StatusFound: false, http.StatusUnauthorized: false, http.StatusConflict: false, http.StatusTooManyRequests: false,
		http.StatusInternalServerError: false, http.StatusBadRequest: true, http.StatusUnprocessableEntity: true} {
		answer = status
		kind, reason := fault.Unavailable, "sms_unavailable"
		if refused {
			kind, reason = fault.Invalid, "sms_refused"
		}
		err := g.Send(t.Context(), id, "10000000001", "code 123456")
		if !fault.Is(err, kind) || !fault.Because(err, reason) {
			t.Errorf("%d: %v", answer, err)
			continue
		}
		if s := err.Error(); strings.Contains(s, "10000000001") || strings.Contains(s, "123456") || strings.Contains(s, "token-of") {
			t.Errorf("the error tells too much: %s", s)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Send(ctx, id, "10000000001", "x"); !fault.Because(err, "sms_unavailable") {
		t.Errorf("cancelled: %v", err)
	}
	srv.Close()
	if err := g.Send(t.Context(), id, "10000000001", "x"); !fault.Because(err, "sms_unavailable") {
		t.Errorf("nobody there: %v", err)
	}
}
