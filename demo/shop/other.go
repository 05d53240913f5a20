package shop

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"net/mail"
	"strings"
)

// The other way: an e-mail address and a code. Whoever takes it gets the same
// account, the same goods and the same price (Art. 7). The demonstration sends
// no mail and shows the code on the page instead.

const maxTries = 5

func (s *shop) other(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "other", page{})
}

// otherMail takes an address and makes a code for it.
func (s *shop) otherMail(w http.ResponseWriter, r *http.Request) {
	address := strings.TrimSpace(r.PostFormValue("mail"))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > 254 {
		s.show(w, r, http.StatusUnprocessableEntity, "other", page{Problem: "mail", Entered: address})
		return
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		s.show(w, r, http.StatusInternalServerError, "problem", page{Problem: "answer"})
		return
	}
	s.sessions.change(w, r, func(x *session) { x.mail, x.code, x.tries = address, fmt.Sprintf("%06d", n), 0 })
	seeOther(w, r, "/other/code")
}

func (s *shop) otherCode(w http.ResponseWriter, r *http.Request) {
	x := s.sessions.look(r)
	if x.code == "" {
		seeOther(w, r, "/other")
		return
	}
	s.show(w, r, http.StatusOK, "code", page{Mail: x.mail, Code: x.code})
}

// otherProve checks the code; after five wrong ones it is void.
func (s *shop) otherProve(w http.ResponseWriter, r *http.Request) {
	entered := strings.TrimSpace(r.PostFormValue("code"))
	var address, code string
	s.sessions.change(w, r, func(x *session) {
		if x.tries++; x.tries > maxTries {
			x.mail, x.code = "", ""
		}
		address, code = x.mail, x.code
	})
	switch {
	case code == "":
		seeOther(w, r, "/other")
	case entered != code:
		s.show(w, r, http.StatusUnprocessableEntity, "code", page{Mail: address, Code: code, Problem: "code"})
	default:
		s.sessions.renew(w, r, func(x *session) { x.member = &member{way: "mail", name: address} })
		seeOther(w, r, "/account")
	}
}

// counter reserves the wine without netid: a document is shown at the counter.
func (s *shop) counter(w http.ResponseWriter, r *http.Request) {
	s.sessions.change(w, r, func(x *session) { x.wine = "counter" })
	seeOther(w, r, "/wine")
}
