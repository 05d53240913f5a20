package verifier

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"netid/client"
)

const maxForm = 64 << 10 // what a wallet says of itself when it fetches a request

// Mux is where the routes go; http.ServeMux is one.
type Mux interface {
	Handle(pattern string, h http.Handler)
}

// Register puts the two addresses of every transaction on a mux, below the path of Base.
func (d *Desk) Register(m Mux) error {
	u, err := url.Parse(d.Base)
	if err != nil || u.Host == "" {
		return errors.New("verifier: Base is no address")
	}
	at := u.EscapedPath() + "/{transaction}/"
	for pattern, h := range map[string]http.HandlerFunc{
		"GET " + at + "request":      d.request,
		"POST " + at + "request":     d.request,
		"OPTIONS " + at + "request":  preflight,
		"POST " + at + "response":    d.response,
		"OPTIONS " + at + "response": preflight,
	} {
		m.Handle(pattern, h)
	}
	return nil
}

// request serves the request object (OpenID4VP 1.0 §5.10). It is the same
// question however often it is fetched: wallets fetch twice.
func (d *Desk) request(w http.ResponseWriter, r *http.Request) {
	open(w.Header())
	nonce := ""
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
		if err != nil {
			refuse(w, client.ErrRequest)
			return
		}
		f, err := url.ParseQuery(string(body))
		if err != nil || len(f["wallet_nonce"]) > 1 {
			refuse(w, client.ErrRequest)
			return
		}
		nonce = f.Get("wallet_nonce")
	}
	_, rec, err := d.load(r.Context(), r.PathValue("transaction"))
	if err == nil && rec.Shown != nil {
		err = ErrTaken
	}
	var text string
	if err == nil {
		text, err = d.signed(rec, nonce)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/oauth-authz-req+jwt")
	_, _ = io.WriteString(w, text) // the wallet is gone: nobody to tell
}

func (d *Desk) signed(rec record, nonce string) (string, error) {
	reader, err := d.Reader()
	if err != nil {
		return "", err
	}
	if rec.Statement != "" {
		reader.Statement = rec.Statement
	}
	return reader.Request(rec.Transaction, nonce, d.now())
}

// response takes the wallet's answer (§8.2) and says where its browser goes on, if anywhere.
func (d *Desk) response(w http.ResponseWriter, r *http.Request) {
	open(w.Header())
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, client.MaxResponse))
	if err != nil {
		refuse(w, client.ErrResponse)
		return
	}
	back, err := d.answer(r.Context(), r.PathValue("transaction"), body)
	if err != nil {
		refuse(w, err)
		return
	}
	say(w, http.StatusOK, struct {
		Redirect string `json:"redirect_uri,omitempty"`
	}{back})
}

// open lets wallets that are web pages of any site ask. No cookie counts here, so nothing is lent to them.
func open(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-store")
}

func preflight(w http.ResponseWriter, _ *http.Request) {
	open(w.Header())
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
	w.WriteHeader(http.StatusNoContent)
}

// refuse says no more than whose mistake it is: what exactly was wrong with a
// credential is nothing for whoever made it up.
func refuse(w http.ResponseWriter, err error) {
	var reason client.Reason
	status, code := http.StatusInternalServerError, "server_error"
	switch {
	case errors.Is(err, ErrUnknown):
		status, code = http.StatusNotFound, "invalid_request"
	case errors.Is(err, ErrTaken):
		status, code = http.StatusConflict, "invalid_request"
	case errors.As(err, &reason):
		status, code = http.StatusBadRequest, "invalid_request"
	}
	say(w, status, struct {
		Code string `json:"error"`
	}{code})
}

func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // as above
}
