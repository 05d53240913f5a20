package authorize_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
)

// A code is drawn for what this session's device signed, and for nothing else.
func TestDraw(t *testing.T) {
	k, c, ctx := scene(t)
	o, err := k.Authorize.Offer(ctx, c.Session, true, "en")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Join(o.Statement.Lines(), "\n")
	for _, said := range []string{"Any registered venue (netid.example)", "18"} {
		if !strings.Contains(lines, said) {
			t.Errorf("%q is not in %s", said, lines)
		}
	}
	plain, err := k.Authorize.Offer(ctx, c.Session, false, "en")
	if err != nil || len(plain.Statement.Items) != 1 {
		t.Fatalf("nothing was chosen, and the age stands there: %+v %v", plain.Statement, err)
	}
	good := authorize.Approval{Locale: "en", Certificate: c.Certificate.ID.String(), Signature: c.Device.Sign(o.Statement.Bytes())}
	other := k.Adult(2)
	if err := errors.Join(other.Enrol(ctx), other.SignIn(ctx)); err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		session identity.Session
		request string
		change  func(*authorize.Approval)
		want    string
	}{
		"another device":    {c.Session, o.Request, func(a *authorize.Approval) { a.Signature = other.Device.Sign(o.Statement.Bytes()) }, "signature_invalid"},
		"another statement": {c.Session, plain.Request, func(*authorize.Approval) {}, "signature_invalid"},
		"another language":  {c.Session, o.Request, func(a *authorize.Approval) { a.Locale = "zh-CN" }, "signature_invalid"},
		"another session":   {other.Session, o.Request, func(*authorize.Approval) {}, "session_over"},
		"no request":        {c.Session, "x", func(*authorize.Approval) {}, "request_invalid"},
	} {
		in := good
		one.change(&in)
		if _, err := k.Authorize.Draw(ctx, one.session, one.request, in); !fault.Because(err, one.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(rows(t, k)); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
	d, err := k.Authorize.Draw(ctx, c.Session, o.Request, good)
	if err != nil || d.Until.Sub(k.Now()) > authorize.OnlineLife {
		t.Fatalf("%+v %v", d, err)
	}
	bodies := rows(t, k)
	if len(bodies) != 1 || strings.Contains(string(bodies[0]), "venue") {
		t.Errorf("%d rows", len(bodies))
	}
	second, err := c.Draw(ctx, false)
	if err != nil || second.Code == d.Code {
		t.Fatal(err)
	}
	for _, b := range rows(t, k) {
		if len(b) != len(bodies[0]) {
			t.Errorf("rows of %d and %d bytes: what was chosen shows", len(b), len(bodies[0]))
		}
	}
	k.Advance(5 * time.Minute)
	if _, err := k.Authorize.Draw(ctx, c.Session, o.Request, good); !fault.Because(err, "request_expired") {
		t.Errorf("an old request: %v", err)
	}
}

// Nobody under 14, frozen or without a certificate in force draws one; neither does who draws without end.
func TestDrawRefused(t *testing.T) {
	k, c, ctx := scene(t)
	for range 60 {
		if _, err := c.Draw(ctx, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Draw(ctx, false); !fault.Because(err, "too_many_tries") {
		t.Errorf("%v", err)
	}
	k.Advance(10 * time.Minute)
	if _, err := c.Draw(ctx, false); err != nil {
		t.Errorf("ten minutes later: %v", err)
	}
	if err := k.Issue.Freeze(ctx, c.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Draw(ctx, false); err == nil {
		t.Error("frozen")
	}
}

// Q12: a child shows no code: nobody could agree for them at a gate.
func TestDrawChild(t *testing.T) {
	k, c, ctx := scene(t)
	child := k.Person(3, identity.Date{Year: 2016, Month: 3, Day: 7}).Of(c)
	if err := child.EnrolMinor(ctx, c); err != nil {
		t.Fatal(err)
	}
	if err := child.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := child.Draw(ctx, false); !fault.Because(err, "guardian_needed") {
		t.Errorf("%v", err)
	}
}
