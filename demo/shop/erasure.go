package shop

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const erasureEvent = "urn:netid:event:erasure-requested"

// erasure deletes the account of whoever asks for that through the provider,
// and says so to the provider. What is done twice is done: where the answer
// does not get through, the provider asks again.
func (s *shop) erasure(w http.ResponseWriter, r *http.Request) {
	var c struct {
		Events map[string]struct {
			Request string `json:"request"`
		} `json:"events"`
	}
	sub, ok := s.told(r.Context(), r.PostFormValue("erasure_token"), "erasure+jwt", &c)
	if !ok || sub == "" || c.Events[erasureEvent].Request == "" {
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
		return
	}
	s.sessions.forget(sub)
	if !s.answer(r.Context(), c.Events[erasureEvent].Request) {
		http.Error(w, `{"error":"try_again"}`, http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// answer tells the provider that it is done.
func (s *shop) answer(ctx context.Context, request string) bool {
	op, err := s.provider.get()
	if err != nil || op.erasures == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second) // the provider waits three
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, op.erasures, strings.NewReader(url.Values{"request": {request}, "result": {"done"}}.Encode()))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(s.ClientID), url.QueryEscape(s.ClientSecret)) // RFC 6749 §2.3.1
	resp, err := s.provider.client.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusNoContent
}
