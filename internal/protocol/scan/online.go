package scan

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"netid/client"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

const (
	resultLife = 5 * time.Minute
	maxNonce   = 128
	maxMarks   = 3
)

// Scanner answers an authenticated venue about a code, once.
type Scanner interface {
	MayScan(ctx context.Context, id identity.PartyID, marks []identity.AgeMark) (identity.Party, []identity.Ground, error)
	Scan(context.Context, verify.Scan) (identity.Verification, error)
}

// result is the signed answer: for one venue, about nobody in particular.
type result struct {
	Issuer   string           `json:"iss"`
	Audience identity.PartyID `json:"aud"`
	Nonce    string           `json:"nonce,omitempty"` // the terminal's own
	Issued   int64            `json:"iat"`
	Expires  int64            `json:"exp"`
	Receipt  string           `json:"receipt"` // names the verification, which the citizen sees too
	Says     map[string]bool  `json:"says"`    // "real_person", and "age_over_18" where it was asked and given
}

// scan takes what a terminal read: a form with code, ask (age marks that this gate
// needs) and nonce, and what the venue proves itself by. Of a code that is not good it
// is told invalid_grant and nothing else, whatever the reason.
func (d *Door) scan(w http.ResponseWriter, r *http.Request) {
	f, no := oauth.ParseForm(w, r)
	if no != nil {
		d.refuse(w, r, "", no, nil)
		return
	}
	who, no, cause := d.Gate.Prove(r, f)
	if no != nil {
		d.refuse(w, r, "", no, cause)
		return
	}
	v, no, cause := d.redeem(r.Context(), who, f)
	if no != nil {
		no, cause = d.Gate.Refused(r.Context(), who, no, cause)
		d.refuse(w, r, who.Party.ID, no, cause)
		return
	}
	answer := result{Issuer: d.Issuer, Audience: v.Party, Nonce: f["nonce"], Issued: v.Time.Unix(), Expires: v.Time.Add(resultLife).Unix(), Receipt: v.Receipt.String(), Says: map[string]bool{"real_person": true}}
	for m, over := range v.IDToken {
		answer.Says[string(m)] = over
	}
	text, err := d.results.Encode(answer)
	if err != nil {
		d.refuse(w, r, v.Party, oauth.Grant(err), err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, struct {
		Result string `json:"result"`
	}{text})
}

func (d *Door) redeem(ctx context.Context, who oauth.Proved, f oauth.Form) (v identity.Verification, no *oauth.Refusal, cause error) {
	if f["code"] == "" || len(f["nonce"]) > maxNonce {
		return v, oauth.Say("invalid_request", "code, and a nonce of at most 128 characters"), nil
	}
	marks, err := marks(f["ask"])
	if err != nil {
		return v, oauth.Say("invalid_request", "ask: age marks, each once"), err
	}
	if _, _, err := d.Scanner.MayScan(ctx, who.Party.ID, marks); err != nil { // says nothing of any code
		return v, may(err), err
	}
	text, err := client.ParseOnline(f["code"], d.Issuer)
	if err != nil {
		return v, notGood(), err
	}
	code, err := identity.ParseOnlineCode(text)
	if err != nil {
		return v, notGood(), err
	}
	if v, err = d.Scanner.Scan(ctx, verify.Scan{Code: code, Party: who.Party.ID, Marks: marks, Takes: who.Takes()}); err != nil {
		return v, good(err), err
	}
	return v, nil, nil
}

func marks(ask string) (all []identity.AgeMark, err error) {
	words := strings.Fields(ask)
	if len(words) > maxMarks {
		return nil, fault.New("scan.marks", fault.Invalid, "age_mark_unknown")
	}
	seen := map[identity.AgeMark]bool{}
	for _, w := range words {
		m, err := identity.ParseAgeMark(w)
		if err != nil {
			return nil, err
		}
		if seen[m] {
			return nil, fault.New("scan.marks", fault.Invalid, "age_mark_unknown")
		}
		seen[m], all = true, append(all, m)
	}
	return all, nil
}

// may is what a party is told that may not ask this, whoever stands there.
func may(err error) *oauth.Refusal {
	switch fault.Of(err) {
	case fault.Forbidden, fault.Invalid:
		return &oauth.Refusal{Status: http.StatusForbidden, Code: "access_denied", Description: oauth.Clean(fault.Public(err))}
	}
	return oauth.Grant(err)
}

// notGood is said of every code that gives no answer: unknown, used, late, of
// somebody who froze or left. A gate learns no more of who stands there.
func notGood() *oauth.Refusal {
	return oauth.Say("invalid_grant", "this code is not good, or not any more")
}

func good(err error) *oauth.Refusal {
	if no := oauth.Grant(err); no.Code != "invalid_grant" {
		return no // ours, and no word on the code
	}
	return notGood()
}

// refuse leaves a line for the operator: what was told, and why.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, party identity.PartyID, no *oauth.Refusal, cause error) {
	level := slog.LevelInfo
	if no.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	d.Log.Log(r.Context(), level, "refused", "at", "scan", "party", string(party), "told", no.Code, "cause", cause)
	no.Write(w)
}
