package shop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// signOut forgets the customer, and has the provider know of it (RP-Initiated
// Logout 1.0 §2). The shop's own session is over before anything is asked: no
// provider that is down keeps a customer in.
func (s *shop) signOut(w http.ResponseWriter, r *http.Request) {
	m := s.sessions.look(r).member
	s.sessions.end(w, r)
	to := "/"
	if m != nil && m.raw != "" {
		if op, err := s.provider.get(); err == nil && op.leave != "" {
			to = op.leave + "?" + url.Values{"id_token_hint": {m.raw}, "post_logout_redirect_uri": {s.BaseURL + "/"}, "ui_locales": {language(r)}}.Encode()
		}
	}
	seeOther(w, r, to)
}

// notified takes the provider's word that a session is over (Back-Channel Logout 1.0 §2.6).
func (s *shop) notified(w http.ResponseWriter, r *http.Request) {
	sub, sid, ok := s.read(r.Context(), r.PostFormValue("logout_token"))
	if !ok {
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
		return
	}
	s.sessions.logOut(sub, sid)
	w.WriteHeader(http.StatusOK)
}

// read checks a logout token. One that names nobody, or could be an ID token, is refused.
func (s *shop) read(ctx context.Context, raw string) (sub, sid string, ok bool) {
	var c struct {
		SID    string                     `json:"sid"`
		Nonce  *string                    `json:"nonce"`
		Events map[string]json.RawMessage `json:"events"`
	}
	sub, ok = s.told(ctx, raw, "logout+jwt", &c)
	if !ok || c.Nonce != nil || c.Events[logoutEvent] == nil || sub == "" && c.SID == "" {
		return "", "", false
	}
	return sub, c.SID, true
}

// told checks a token that the provider sent by itself: signature, issuer,
// audience and time by the library, its kind here.
func (s *shop) told(ctx context.Context, raw, kind string, claims any) (sub string, ok bool) {
	op, err := s.provider.get()
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(s.provider.context(ctx), 15*time.Second)
	defer cancel()
	token, err := op.verifier.Verify(ctx, raw)
	if err != nil || typeOf(raw) != kind || token.Claims(claims) != nil {
		return "", false
	}
	return token.Subject, true
}

// typeOf is what the header of a verified token says that it is.
func typeOf(raw string) string {
	head, _, _ := strings.Cut(raw, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		Typ string `json:"typ"`
	}
	if err != nil || json.Unmarshal(b, &h) != nil {
		return ""
	}
	return h.Typ
}
