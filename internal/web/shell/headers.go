package shell

import (
	"net/http"
	"net/url"
	"regexp"
)

// allowed is what a page may do beyond what all may.
type allowed struct {
	party   string // the origin to which its form may end up being redirected, or "": Chromium applies form-action to the redirects that follow a submission
	program string // the origin of a program on the person's own computer that its script may ask, or ""
	policy  string // the one Trusted Types policy that its script may make, or ""
	parties bool   // its script may ask any party: which one, the server does not learn
	camera  bool   // its script may look through the camera, and compute in WebAssembly what it sees
}

// secure sets what every answer for people carries.
func (s *Shell) secure(h http.Header, may allowed) {
	form, ask, script, camera, policy := "'self'", "'self'", "'self'", "()", "'none'"
	if may.party != "" {
		form += " " + may.party
	}
	if may.program != "" {
		ask += " " + may.program
	}
	if may.parties {
		ask += " https:"
		if !s.https() { // a sandbox, whose parties are on this computer too
			ask += " http://localhost:* http://127.0.0.1:*"
		}
	}
	if may.camera {
		script, camera = script+" 'wasm-unsafe-eval'", "(self)"
	}
	if may.policy != "" {
		policy = may.policy
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src "+script+"; style-src 'self'; img-src 'self' data:; manifest-src 'self'; connect-src "+ask+"; form-action "+
		form+"; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types "+policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "accelerometer=(), autoplay=(), camera="+camera+", display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), "+
		"hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()")
	h.Set("Cache-Control", "no-store")
	if s.https() {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

var hostSource = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]{1,5})?$`)

// Origin is the CSP source of a redirect URI: scheme and host, or the scheme
// alone where CSP has no word for the host (an IPv6 address); "" for what is
// no such address.
func Origin(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	if !hostSource.MatchString(u.Host) {
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}
