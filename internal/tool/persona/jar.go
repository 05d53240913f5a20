package persona

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// jar keeps the cookies of the one origin that a citizen talks to. Unlike the
// standard library's it follows browsers in treating a loopback host as
// trustworthy, so that Secure cookies travel over http there (W3C Secure
// Contexts §3.1), and it holds cookies to their __Host- prefix (RFC 6265bis §4.1.3).
type jar struct{ cookies map[string]*http.Cookie }

func newJar() *jar { return &jar{map[string]*http.Cookie{}} }

// SetCookies takes what a response at u sets.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.Secure && !trustworthy(u) || c.Domain != "" {
			continue
		}
		if strings.HasPrefix(c.Name, "__Host-") && (!c.Secure || c.Path != "/") {
			continue
		}
		if c.MaxAge < 0 || !c.Expires.IsZero() && !c.Expires.After(time.Now()) && c.MaxAge == 0 {
			delete(j.cookies, c.Name)
			continue
		}
		j.cookies[c.Name] = c
	}
}

// Cookies gives what a request to u carries.
func (j *jar) Cookies(u *url.URL) []*http.Cookie {
	var send []*http.Cookie
	for _, c := range j.cookies {
		if c.Secure && !trustworthy(u) || !under(u.Path, c.Path) {
			continue
		}
		send = append(send, &http.Cookie{Name: c.Name, Value: c.Value})
	}
	return send
}

func trustworthy(u *url.URL) bool {
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// under is the path-match of RFC 6265 §5.1.4; a cookie without a path is for all.
func under(path, of string) bool {
	if of == "" || of == "/" || path == of {
		return true
	}
	return strings.HasPrefix(path, strings.TrimSuffix(of, "/")+"/")
}
