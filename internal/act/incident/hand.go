package incident

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

var hand = regexp.MustCompile(`^console ([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})$`)

// Hand is the word for who did something at the console: the label of the account whose
// passkey let them in, in groups so that it is nobody's number.
func Hand(label string) string {
	if len(label) != 16 {
		return "console " + label
	}
	return "console " + label[:4] + "-" + label[4:8] + "-" + label[8:12] + "-" + label[12:]
}

// Label is the account's of such a word; "" where it is a name that somebody typed.
func Label(by string) string {
	m := hand.FindStringSubmatch(by)
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3] + m[4]
}

// Typed refuses a name, told at a door that proves nobody's, which reads like a passkey's:
// in the record the two stay apart. Reason "incident_hand_typed".
func Typed(names ...string) error {
	for _, n := range names {
		if likeHand(n) {
			return fault.New("incident.Typed", fault.Forbidden, "incident_hand_typed")
		}
	}
	return nil
}

// likeHand reports whether people would read a name as such a word, whatever its case and
// whatever stands between its groups.
func likeHand(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // the wide forms of what is typed
			r -= '！' - '!'
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	return handLike.MatchString(plain)
}

var handLike = regexp.MustCompile(`^console[0-9a-f]{16}`)

// Examining says what a review would put down, for the two who sign it. Fails as
// Examine does.
func (a *Act) Examining(ctx context.Context, ref string, s Step) (identity.Text, error) {
	const op = "incident.Examining"
	i, err := a.open(ctx, op, ref, s)
	switch {
	case err != nil:
		return identity.Text{}, err
	case s.By == i.Opener:
		return identity.Text{}, fault.New(op, fault.Forbidden, "reviewer_same")
	case i.Review != nil:
		return identity.Text{}, fault.New(op, fault.Conflict, "incident_step_done")
	}
	return i.says("复盘", "Review of", s.What), nil
}

// Closing is Examining for the end of an incident. Second is empty as long as nobody
// has signed it too.
func (a *Act) Closing(ctx context.Context, ref string, s Step) (identity.Text, error) {
	const op = "incident.Closing"
	i, err := a.open(ctx, op, ref, s)
	if err != nil {
		return identity.Text{}, err
	}
	if err := a.unstopped(ctx, op, ref); err != nil {
		return identity.Text{}, err
	}
	c := law.Closing{Opener: i.Opener, By: s.By, Second: s.Second}
	if c.Second == "" {
		c.Second = "whoever it will be"
	}
	if i.Review != nil {
		c.Reviewer, c.Review = i.Review.By, i.Review.What
	}
	return i.says("结案", "Close", s.What), law.Refusal(op, i.law().Closes(c))
}

// Inspecting is Examining for a use of power by one alone.
func (a *Act) Inspecting(ctx context.Context, ref, by, what string) (identity.Text, error) {
	const op = "incident.Inspecting"
	g, err := a.Glass(ctx, ref)
	if err == nil {
		err = words(op, by, what)
	}
	switch {
	case err != nil:
		return identity.Text{}, err
	case g.Review != nil:
		return identity.Text{}, fault.New(op, fault.Conflict, "incident_step_done")
	case by == g.By:
		return identity.Text{}, fault.New(op, fault.Forbidden, "reviewer_same")
	}
	return identity.Text{ZH: "审查一次单人紧急使用权限 " + ref + "：" + what, EN: "Review of a use of break-glass " + ref + ": " + what}, nil
}

// Glass is one use of power by one alone; NotFound "incident_unknown".
func (a *Act) Glass(ctx context.Context, ref string) (g Glass, err error) {
	_, err = a.Dossiers.Read(ctx, glasses, ref, &g)
	return g, fault.Missing("incident.Glass", err, "incident_unknown")
}

// open reads an incident that is not closed, for what somebody would write down.
func (a *Act) open(ctx context.Context, op, ref string, s Step) (Incident, error) {
	i, err := a.Read(ctx, ref)
	if err == nil {
		err = words(op, s.By, s.What)
	}
	if err == nil && !i.Closed.IsZero() {
		err = fault.New(op, fault.Conflict, "incident_closed")
	}
	return i, err
}

func (i Incident) says(zh, en, what string) identity.Text {
	c, e := chinese().of, english().of
	return identity.Text{ZH: fmt.Sprintf("%s：事件 %s（%s，%s，涉及 %d 人）：%s", zh, i.Reference, c[i.Kind], c[i.Severity], i.Affected, what),
		EN: fmt.Sprintf("%s the incident %s (%s, %s, %d people): %s", en, i.Reference, e[i.Kind], e[i.Severity], i.Affected, what)}
}

// Fits refuses words that no incident keeps, before two sign them.
func Fits(what string) error { return words("incident.Fits", "netid", what) }
