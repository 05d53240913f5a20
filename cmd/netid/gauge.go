package main

import (
	"net/http"
	"time"
)

// gauged counts how requests were answered, and how long that took. What a balancer asks
// about this node's health is not load.
func (h *house) gauged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			next.ServeHTTP(w, r)
			return
		}
		begun, s := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK} // the machine's own clock: it never goes back
		defer func() {
			if p := recover(); p != nil { // the server ends the connection: an error of ours
				h.gauge.Answered(h.Now(), http.StatusInternalServerError, time.Since(begun))
				panic(p)
			}
			h.gauge.Answered(h.Now(), s.status, time.Since(begun))
		}()
		next.ServeHTTP(s, r)
	})
}

// statusWriter remembers the first status that it was told.
type statusWriter struct {
	http.ResponseWriter
	status int
	told   bool
}

func (s *statusWriter) WriteHeader(status int) {
	if !s.told && status >= 200 { // 1xx go before the answer
		s.status, s.told = status, true
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(b []byte) (int, error) {
	s.told = true
	return s.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
