package citizen_test

import (
	"flag"
	"net/http"
	"os"
	"os/signal"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/web/shell"
)

var preview = flag.String("preview", "", "serve every page over made-up acts on this address until interrupted")

// TestPreview is for eyes: go test ./internal/web/citizen -run TestPreview -preview localhost:7099.
// /preview signs the browser in and binds the request /request?r=sealed to it.
func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("for eyes only: needs -preview ADDR")
	}
	w := newWorld()
	now := time.Now().UTC().Truncate(time.Second)
	w.now, w.asked, w.goodbye = time.Now, now, identity.Goodbye{Party: w.party.ID, Redirect: "http://127.0.0.1:7081/", Ended: true}
	w.cert.Issued, w.cert.Expires = now, now.AddDate(0, 6, 0)
	mux := http.NewServeMux()
	mux.Handle("/", w.handler())
	mux.HandleFunc("GET /preview", func(rw http.ResponseWriter, r *http.Request) {
		cookie, _ := w.box.Seal(w.session())
		for name, value := range map[string]string{shell.CookieSession: cookie, shell.CookieBrowser: w.browser.Text()} {
			if name == shell.CookieSession && r.FormValue("out") != "" {
				continue
			}
			http.SetCookie(rw, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true})
		}
		w.frozen, w.held = r.FormValue("frozen") != "", r.FormValue("held") != ""
		if r.FormValue("offline") != "" {
			w.party.Offline = 30
		}
		if w.next = nil; r.FormValue("telephone") != "" {
			w.next = &identity.NextPhone{Phone: "10000000002", From: now.Add(identity.PhoneWait)}
		}
		if w.plain = nil; r.FormValue("plain") != "" {
			w.plain = told()
		}
		w.party.Unsealed = w.plain != nil
		if m, err := identity.ParseMode("urn:netid:acr:" + r.FormValue("mode")); err == nil {
			w.mode = m
		}
		rw.Header().Set("Location", shell.LocalPath(r.FormValue("next")))
		rw.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("GET /authorize/answer", func(rw http.ResponseWriter, r *http.Request) {
		rw.Write([]byte("back at the party: " + r.FormValue("a")))
	})
	srv := &http.Server{Addr: *preview, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() { <-stop; srv.Close() }()
	t.Logf("http://%s/preview", *preview)
	if err := srv.ListenAndServe(); err != http.ErrServerClosed {
		t.Fatal(err)
	}
}
