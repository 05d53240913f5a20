package oauth

import (
	"net/http"
	"strings"
)

// BearerToken takes the access token from the Authorization header, the only
// place it may stand in (RFC 6750 §2; not in a form or an address). Without
// any token the answer names no error (§3.1).
func BearerToken(r *http.Request) (string, *Refusal) {
	headers := r.Header.Values("Authorization")
	if r.URL.Query().Has("access_token") || len(headers) > 1 {
		return "", challenge(http.StatusBadRequest, "invalid_request", "send the token once, in the Authorization header")
	}
	if len(headers) == 0 {
		return "", &Refusal{Status: http.StatusUnauthorized, Code: "invalid_token", Description: "no access token", Challenge: `Bearer realm="netid"`}
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", &Refusal{Status: http.StatusUnauthorized, Code: "invalid_token", Description: "no access token", Challenge: `Bearer realm="netid"`}
	}
	if token == "" || len(token) > 8<<10 || strings.Trim(token, b64token) != "" {
		return "", invalidToken("token_invalid")
	}
	return token, nil
}

// b64token are the characters of RFC 6750 §2.1.
const b64token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="

func invalidToken(why string) *Refusal {
	return challenge(http.StatusUnauthorized, "invalid_token", why)
}

func challenge(status int, code, description string) *Refusal {
	description = Clean(description)
	return &Refusal{Status: status, Code: code, Description: description,
		Challenge: `Bearer realm="netid", error="` + code + `", error_description="` + description + `"`}
}
