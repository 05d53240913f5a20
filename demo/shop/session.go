package shop

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

const (
	sessionFor  = 2 * time.Hour
	attemptFor  = 20 * time.Minute
	maxSessions = 10000
	maxAttempts = 5 // tabs in which a customer may be signing in at once
)

// session is what the shop remembers of one browser.
type session struct {
	expires  time.Time
	attempts map[string]attempt // by state
	member   *member
	wine     string // "": not asked; allowed, refused, not-told, counter
	mail     string // the other way: an address that is being proved
	code     string
	tries    int
}

// attempt is one sign-in under way at the provider.
type attempt struct {
	nonce, verifier string
	wine            bool
	expires         time.Time
}

// member is a customer who is signed in.
type member struct {
	way    string // "netid" or "mail"
	name   string // the pseudonym, or the mail address
	claims []claim
	raw    string // the ID token, which a log-out shows as its hint
}

// sessions lives in memory: a demonstration forgets.
type sessions struct {
	now    func() time.Time
	cookie http.Cookie

	mu  sync.Mutex // guards all, and every session in it
	all map[string]*session
}

// newSessions: over https the cookie is bound to this host alone. Without,
// which only a shop on a loopback address is, not every browser would keep
// such a cookie.
func newSessions(now func() time.Time, secure bool) *sessions {
	s := &sessions{now: now, all: map[string]*session{}, cookie: http.Cookie{Name: "shop", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}}
	if secure {
		s.cookie.Name, s.cookie.Secure = "__Host-shop", true
	}
	return s
}

// look gives a copy of the browser's session, empty when there is none.
func (s *sessions) look(r *http.Request) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.find(r); x != nil {
		return *x
	}
	return session{}
}

func (s *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(s.cookie.Name)
	if err != nil {
		return nil
	}
	if x := s.all[c.Value]; x != nil && s.now().Before(x.expires) {
		return x
	}
	return nil
}

// change changes the browser's session, making one where there is none.
func (s *sessions) change(w http.ResponseWriter, r *http.Request, do func(*session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.find(r)
	if x == nil {
		x = s.open(w)
	}
	do(x)
}

// renew is change under a new name: what somebody planted in this browser
// before the customer proved themselves is worth nothing after.
func (s *sessions) renew(w http.ResponseWriter, r *http.Request, do func(*session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.find(r)
	s.drop(r)
	x := s.open(w)
	if old != nil {
		x.attempts, x.wine = old.attempts, old.wine
	}
	do(x)
}

// end forgets the browser.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(r)
	gone := s.cookie
	gone.MaxAge = -1
	http.SetCookie(w, &gone)
}

// logOut signs out whoever a notice names: one session, or all of a pseudonym.
func (s *sessions) logOut(sub, sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.all {
		if m := x.member; m != nil && m.way == "netid" && (sid != "" && value(m.claims, "sid") == sid || sid == "" && m.name == sub) {
			x.member = nil
		}
	}
}

// forget deletes all that the shop keeps of a pseudonym: not only who is signed
// in, but the whole of what their browsers did here.
func (s *sessions) forget(sub string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, x := range s.all {
		if m := x.member; m != nil && m.way == "netid" && m.name == sub {
			delete(s.all, k)
		}
	}
}

// take uses up the attempt that a state names, once.
func (s *sessions) take(r *http.Request, state string) (attempt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.find(r)
	if x == nil {
		return attempt{}, false
	}
	a, ok := x.attempts[state]
	delete(x.attempts, state)
	return a, ok && s.now().Before(a.expires)
}

// add notes an attempt; the oldest gives way.
func (x *session) add(state string, a attempt) {
	for len(x.attempts) >= maxAttempts {
		oldest := ""
		for k, v := range x.attempts {
			if oldest == "" || v.expires.Before(x.attempts[oldest].expires) {
				oldest = k
			}
		}
		delete(x.attempts, oldest)
	}
	x.attempts[state] = a
}

// open makes a session; with too many of them, those that are over go first
// and then any. Callers hold mu.
func (s *sessions) open(w http.ResponseWriter) *session {
	if len(s.all) >= maxSessions {
		for k, x := range s.all {
			if !s.now().Before(x.expires) {
				delete(s.all, k)
			}
		}
	}
	for k := range s.all {
		if len(s.all) < maxSessions {
			break
		}
		delete(s.all, k)
	}
	c := s.cookie
	c.Value = rand.Text()
	x := &session{expires: s.now().Add(sessionFor), attempts: map[string]attempt{}}
	s.all[c.Value] = x
	http.SetCookie(w, &c)
	return x
}

// drop forgets the session that the request names. Callers hold mu.
func (s *sessions) drop(r *http.Request) {
	if c, err := r.Cookie(s.cookie.Name); err == nil {
		delete(s.all, c.Value)
	}
}
