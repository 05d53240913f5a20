// Package ready writes what an application needs to sign people in with the OpenID library
// that it has: a program or a configuration that works as it stands, for one application.
//
// It owns these texts and refuses to guess: where a library cannot do what the application
// registered, there is no text for it, and the reason says what is missing. It knows no
// server, no party and no key; it is told the few values that stand in a text.
//
// Invariant: a value stands in a text only if no language in which a text is written
// reads it as anything but itself. The texts for Go, Node and Python are run by test/clients.
package ready

import (
	"embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

//go:embed programs
var files embed.FS

// Application is what a text says of one.
type Application struct {
	Issuer   string // of the service
	ClientID string
	Redirect string // one of its redirect URIs
	Key      string // kid of the key with which it proves itself
	Pushes   bool   // it registered that its requests come pushed (RFC 9126)
	DPoP     bool   // … that its tokens are bound to a key (RFC 9449)
	FAPI     bool   // … that it keeps to FAPI 2.0, which is both
}

// Library is one for which there are texts.
type Library struct {
	Name   string // by which it is asked for
	Title  string
	File   string // the name of the text
	strict bool   // it pushes requests and binds tokens
}

// Libraries are all of them.
func Libraries() []Library {
	return []Library{
		{"node", "openid-client (Node)", "app.mjs", true},
		{"go", "go-oidc (Go)", "main.go", true},
		{"apache", "mod_auth_openidc (Apache)", "netid.conf", true},
		{"authlib", "Authlib (Python, Flask)", "app.py", false},
		{"spring", "Spring Security (Java)", "App.java", false},
	}
}

// The reasons why there is no text.
var (
	ErrUnknown = errors.New("there is no text for this library")
	ErrNginx   = errors.New("nginx has no OpenID client of its own that signs requests: put Apache with mod_auth_openidc before the application, or use its own library")
	ErrStrict  = errors.New("the application registered pushed requests, DPoP or FAPI 2.0, and this library has none of them: use another, or register the application without")
	ErrValue   = errors.New("a value has characters that could be read as something else")
)

// For is the text for an application, as it is saved and run. Fails with ErrUnknown,
// ErrNginx, ErrStrict, ErrValue.
func For(library string, a Application) ([]byte, error) {
	if library == "nginx" {
		return nil, ErrNginx
	}
	all := Libraries()
	at := slices.IndexFunc(all, func(l Library) bool { return l.Name == library })
	if at < 0 {
		return nil, ErrUnknown
	}
	if !all[at].strict && (a.Pushes || a.DPoP || a.FAPI) {
		return nil, ErrStrict
	}
	v, err := values(library, a)
	if err != nil {
		return nil, err
	}
	b, err := files.ReadFile("programs/" + library)
	if err != nil {
		return nil, err
	}
	return []byte(strings.NewReplacer(v...).Replace(string(b))), nil
}

// values are what stands in a text for each mark, in pairs.
func values(library string, a Application) ([]string, error) {
	for name, s := range map[string]string{"issuer": a.Issuer, "client id": a.ClientID, "redirect URI": a.Redirect, "key": a.Key} {
		if s == "" || len(s) > 2048 || !plain(s) {
			return nil, fmt.Errorf("%s: %w", name, ErrValue)
		}
	}
	i, err := url.Parse(a.Issuer)
	if err != nil || i.Host == "" {
		return nil, fmt.Errorf("issuer: %w", ErrValue)
	}
	u, err := url.Parse(a.Redirect)
	if err != nil || u.Host == "" || u.Path == "" || u.RawQuery != "" || u.Path != u.EscapedPath() {
		return nil, fmt.Errorf("redirect URI: %w", ErrValue)
	}
	port := "9000" // behind TLS the program is its neighbour's
	if u.Scheme == "http" && u.Port() != "" {
		port = u.Port()
	}
	cookie, without := map[string][2]string{"go": {"", ", Secure: true"}, "node": {"", "; Secure"}, "authlib": {"False", "True"}}[library], ""
	secure := cookie[0]
	if u.Scheme == "https" {
		secure = cookie[1]
	}
	if i.Scheme == "http" { // a sandbox
		without = "client.allowInsecureRequests, "
	}
	return []string{"«Issuer»", a.Issuer, "«ClientID»", a.ClientID, "«Redirect»", a.Redirect, "«Key»", a.Key, "«Home»", u.Scheme + "://" + u.Host, "«Path»", u.Path,
		"«Host»", "127.0.0.1", "«Port»", port, "«secure»", secure, "«without TLS»", without}, nil
}

// plain: no quote, no space, no sign with which a text of any of these languages goes on
// otherwise. Whatever an address needs besides can be written in per cent.
func plain(s string) bool {
	const good = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?=&+@[]"
	return strings.Trim(s, good) == "" && strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(good, r) }) < 0
}
