package shell

import "net/http"

// The cookies of the service. The prefix __Host- keeps a neighbouring host or
// path from setting them (RFC 6265bis §4.1.3.2).
const (
	CookieBrowser = "__Host-netid-browser" // binds a request to the browser that started it; set by the protocol's door
	CookieSession = "__Host-netid-session"
	CookieDraft   = "__Host-netid-draft"
	CookieReturn  = "__Host-netid-return"  // where to go back to after enrolment: a local path
	CookieParcel  = "__Host-netid-parcel"  // what enrolment hands to the device, sealed, for minutes
	CookieClerk   = "__Host-netid-clerk"   // a clerk at a counter, whose browser is never the person's
	CookieStaff   = "__Host-netid-staff"   // who works at the console
	CookiePartner = "__Host-netid-partner" // who works for the organisation behind a platform
	CookieScan    = "__Host-netid-scan"    // of a code that this device read from another one's screen, sealed
	CookieLocale  = "__Host-netid-locale"
	CookieLarge   = "__Host-netid-large" // the view with larger type
)

const (
	maxCookie = 4096            // bytes of name and value that a browser must keep (RFC 6265bis §5.6)
	choice    = 365 * 24 * 3600 // seconds that a choice of language or view is remembered
)

// SetCookie gives the browser a value; age 0 lasts as long as the browser is
// open. It reports whether a browser would keep it.
func (v *Visit) SetCookie(name, value string, age int) bool {
	if len(name)+len(value) > maxCookie {
		return false
	}
	http.SetCookie(v.W, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return true
}

// DropCookie makes the browser forget a value.
func (v *Visit) DropCookie(name string) { v.SetCookie(name, "", -1) }

// Cookie is the value that the browser sent, or "".
func (v *Visit) Cookie(name string) string {
	c, err := v.R.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
