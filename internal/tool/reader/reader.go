// Package reader is the bridge between a web page and the chip of a document
// that lies on this computer's card reader. A page cannot speak to a chip;
// this program can, beside the browser.
//
// It owns one local address and the questions that the page of one service may
// ask there. It refuses to know whether a document is good, and it never speaks
// to a server: what it read goes back to the page that asked.
//
// Invariant: a chip is read only for a page of the one origin that it was
// started for, whose user typed the code that stands on this program's screen,
// and with the printed data that they typed; no other page, and nobody on the
// network, gets an answer that says more than no.
//
// Decision and its limits: docs/adr/0035-reader.md.
package reader

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
)

// Card is a chip that was opened for this program.
type Card interface {
	terminal.Card
	io.Closer
}

// Config is what a bridge is started with.
type Config struct {
	Origin string // of the one service, as a browser writes it: scheme://host[:port]
	Host   string // where the bridge listens, as a browser writes it: 127.0.0.1:9303
	Open   func(context.Context) (Card, error)
	Random io.Reader
	Tell   func(Event) // shows the person at this computer what happens
}

// Event is something that the person at this computer sees.
type Event struct {
	Name string // one of Events
	Word string // the code, or why a chip was not read
}

// Events are the names of all.
func Events() []string { return []string{"code", "lay", "photo", "read", "refused"} }

const (
	patience = 60 * time.Second // from a question to its answer, with the time to lay a document down
	maxBody  = 1 << 10          // bytes of a question
	tries    = 5                // wrong codes, then there is a new one
)

// Bridge answers the page.
type Bridge struct {
	Config
	busy sync.Mutex // held while a chip is read: there is one reader

	mu    sync.Mutex // guards what follows
	code  string
	wrong int
}

// New makes a bridge and shows its first code.
func New(c Config) (*Bridge, error) {
	b := &Bridge{Config: c}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b, b.renew()
}

// ServeHTTP answers POST /read and /photo, and the question that a browser asks before it
// (Fetch §3.2.2; Private Network Access §3.1.2).
func (b *Bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	// The host tells a page whose name was rebound to this address, the origin any other page.
	if r.Host != b.Host || r.Header.Get("Origin") != b.Origin {
		answer(w, http.StatusForbidden, refusal{"reader_origin"})
		return
	}
	h.Set("Access-Control-Allow-Origin", b.Origin)
	h.Set("Vary", "Origin")
	switch {
	case r.URL.Path != "/read" && r.URL.Path != "/photo":
		answer(w, http.StatusNotFound, refusal{"page_unknown"})
	case r.Method == http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", http.MethodPost)
		h.Set("Access-Control-Allow-Headers", "Content-Type")
		h.Set("Access-Control-Allow-Private-Network", "true")
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json": // anything else needs no permission first
		answer(w, http.StatusMethodNotAllowed, refusal{"reader_request_invalid"})
	default:
		b.read(w, r)
	}
}

func (b *Bridge) read(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	lay, take := "lay", files
	if r.URL.Path == "/photo" {
		lay, take = "photo", portrait
	}
	got, err := b.ask(ctx, http.MaxBytesReader(w, r.Body, maxBody), lay, take)
	if err != nil {
		b.Tell(Event{"refused", fault.Public(err)})
		answer(w, statusOf(err), refusal{fault.Public(err)})
		return
	}
	b.Tell(Event{"read", ""})
	answer(w, http.StatusOK, got)
}

// files are what the service's enrolment takes: the files and the chip's
// signature, or what it answers to an exchange.
func files(c terminal.Card, k terminal.Key, q question, random io.Reader) (any, error) {
	if x := q.Exchange; x != nil {
		response, err := terminal.Carry(c, k, terminal.Exchange(*x), random)
		return evidence{Response: response}, err
	}
	if len(q.challenge) == 0 {
		return nil, fault.New("reader.files", fault.Invalid, "reader_request_invalid")
	}
	f, err := terminal.Read(c, k, q.challenge, random)
	return evidence{SOD: f.SOD, DG1: f.DG1, DG14: f.DG14, DG15: f.DG15, Signature: f.Signature}, err
}

// portrait is the photo, for the page that compares it with a face on this
// computer. It goes nowhere else: no form of the service takes it.
func portrait(c terminal.Card, k terminal.Key, _ question, random io.Reader) (any, error) {
	b, err := terminal.Photo(c, k, random)
	return map[string][]byte{"dg2": b}, err
}

// ask is one question, from its parsing to the chip's answer.
func (b *Bridge) ask(ctx context.Context, body io.Reader, lay string, take func(terminal.Card, terminal.Key, question, io.Reader) (any, error)) (any, error) {
	const op = "reader.ask"
	q, err := parseQuestion(body)
	if err != nil {
		return nil, err
	}
	if err := b.paired(q.Code); err != nil {
		return nil, err
	}
	key, err := q.key()
	if err != nil {
		return nil, err
	}
	if !b.busy.TryLock() {
		return nil, fault.New(op, fault.Conflict, "reader_busy")
	}
	defer b.busy.Unlock()
	b.Tell(Event{lay, ""})
	card, err := b.Open(ctx)
	if err != nil {
		return nil, err
	}
	got, err := take(card, key, q, b.Random)
	if err := errors.Join(err, closed(card)); err != nil {
		return nil, fault.At(op, err)
	}
	return got, nil
}

// closed leaves the card. One that is gone already is left.
func closed(c Card) error {
	if err := c.Close(); err != nil && !fault.Is(err, fault.Unavailable) {
		return err
	}
	return nil
}

// evidence is what the service's enrolment takes of a chip.
type evidence struct {
	SOD       []byte `json:"sod,omitempty"`
	DG1       []byte `json:"dg1,omitempty"`
	DG14      []byte `json:"dg14,omitempty"`
	DG15      []byte `json:"dg15,omitempty"`
	Signature []byte `json:"signature,omitempty"`
	Response  []byte `json:"response,omitempty"`
}

type refusal struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}

func statusOf(err error) int {
	switch fault.Of(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Conflict:
		return http.StatusConflict
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
