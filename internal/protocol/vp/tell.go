package vp

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"netid/client"
	"netid/client/verifier"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// told is how a question stands.
type told struct {
	Status string `json:"status"` // "waiting", "refused" or "answered"
	Error  string `json:"error,omitempty"`
	Result string `json:"result,omitempty"` // JWT, see result
}

// result is a signed answer: for one party, about nobody in particular.
type result struct {
	Issuer   string          `json:"iss"`
	Audience string          `json:"aud"`
	Nonce    string          `json:"nonce,omitempty"` // the party's own
	Issued   int64           `json:"iat"`
	Expires  int64           `json:"exp"`
	Says     map[string]bool `json:"says"` // "real_person", "age_over_18": what was asked
}

// tell answers a party that brings the word that it was told with its question
// (RFC 6750 §2.1). What is wrong with the word, the id or the code of the browser
// that came back is one answer.
func (d *Door) tell(w http.ResponseWriter, r *http.Request) {
	scheme, access, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	id, _, _ := strings.Cut(access, ".")
	if !strings.EqualFold(scheme, "Bearer") || id != r.PathValue("id") {
		d.refuse(w, r, "", unknown(), nil)
		return
	}
	got, err := d.desk.Result(r.Context(), access, r.URL.Query().Get("response_code"))
	var mine tag
	if err == nil {
		err = json.Unmarshal([]byte(got.Tag), &mine)
	}
	if err == nil {
		err = d.takesPart(r, mine.Party)
	}
	if err != nil {
		no := unknown()
		if !errors.Is(err, verifier.ErrUnknown) {
			no = refusal(err)
		}
		d.refuse(w, r, mine.Party, no, err)
		return
	}
	t := told{Status: "waiting"}
	switch {
	case got.Refused != "":
		t = told{Status: "refused", Error: got.Refused}
	case !got.Pending:
		t.Status = "answered"
		t.Result, err = d.results.Encode(d.result(mine, got))
	}
	if err != nil {
		d.refuse(w, r, mine.Party, refusal(err), err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, t)
}

func unknown() *oauth.Refusal {
	return &oauth.Refusal{Status: http.StatusUnauthorized, Code: "invalid_token", Challenge: `Bearer realm="netid", error="invalid_token"`}
}

// takesPart refuses a party that was stopped since it asked.
func (d *Door) takesPart(r *http.Request, id identity.PartyID) error {
	p, err := d.Gate.Parties.Party(r.Context(), id)
	if err == nil && p.Standing != identity.PartyActive {
		err = fault.New("vp.takesPart", fault.Forbidden, "party_suspended")
	}
	return err
}

// result keeps what is a yes or a no under a name that parties may ask, and nothing else of a credential.
func (d *Door) result(mine tag, got verifier.Result) result {
	now := d.Now()
	r := result{Issuer: d.Issuer, Audience: string(mine.Party), Nonce: mine.Nonce, Issued: now.Unix(), Expires: now.Add(resultLife).Unix(), Says: map[string]bool{}}
	for _, all := range got.Credentials {
		for _, p := range all {
			says(r.Says, p)
		}
	}
	return r
}

func says(into map[string]bool, p client.Presentation) {
	for _, name := range []string{"real_person", string(identity.Over14), string(identity.Over18), string(identity.Over60)} {
		if said := string(p.Claims[name]); said == "true" || said == "false" {
			before, there := into[name]
			into[name] = said == "true" && (before || !there) // of several credentials one no is a no
		}
	}
}
