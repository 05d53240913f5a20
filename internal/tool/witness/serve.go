package witness

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

const (
	maxRequest = 16 << 10 // bytes: 63 hashes and a head
	maxProof   = 63       // hashes
)

// Handler serves tlog-witness: POST /add-checkpoint. GET /checkpoint, not of
// that specification, gives the newest head with this witness's line, GET /key
// its verifier key.
func (w *Witness) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(out http.ResponseWriter, r *http.Request) { w.add(out, r, log) })
	mux.HandleFunc("GET /checkpoint", func(out http.ResponseWriter, _ *http.Request) {
		if _, note := w.Head(); note != nil {
			say(out, http.StatusOK, "text/plain; charset=utf-8", string(note))
			return
		}
		say(out, http.StatusNotFound, "text/plain; charset=utf-8", "no head yet\n")
	})
	mux.HandleFunc("GET /key", func(out http.ResponseWriter, _ *http.Request) {
		say(out, http.StatusOK, "text/plain; charset=utf-8", w.Key()+"\n")
	})
	return mux
}

func (w *Witness) add(out http.ResponseWriter, r *http.Request, log *slog.Logger) {
	line, size, err := w.submit(out, r)
	if err == nil {
		log.Info("cosigned", "size", size)
		say(out, http.StatusOK, "text/plain; charset=utf-8", string(line))
		return
	}
	status := http.StatusInternalServerError
	for of, answer := range map[error]int{ErrMalformed: http.StatusBadRequest, ErrUnknown: http.StatusNotFound, ErrUnsigned: http.StatusForbidden,
		ErrStale: http.StatusConflict, ErrForked: http.StatusConflict, ErrProof: http.StatusUnprocessableEntity} {
		if errors.Is(err, of) {
			status = answer
		}
	}
	switch {
	case errors.Is(err, ErrForked) || status == http.StatusInternalServerError:
		log.Error("not cosigned", "status", status, "cause", err)
	default:
		log.Warn("not cosigned", "status", status, "cause", err)
	}
	if status == http.StatusConflict {
		say(out, status, "text/x.tlog.size", strconv.FormatUint(size, 10)+"\n")
		return
	}
	say(out, status, "text/plain; charset=utf-8", http.StatusText(status)+"\n")
}

func (w *Witness) submit(out http.ResponseWriter, r *http.Request) ([]byte, uint64, error) {
	b, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxRequest))
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	old, proof, note, err := parse(string(b))
	if err != nil {
		return nil, 0, err
	}
	return w.Add(old, proof, note)
}

// parse reads the body of add-checkpoint: the old size, the proof, an empty
// line, the head.
func parse(body string) (old uint64, proof [][]byte, note []byte, err error) {
	bad := func(what string) (uint64, [][]byte, []byte, error) {
		return 0, nil, nil, fmt.Errorf("%w: %s", ErrMalformed, what)
	}
	before, head, ok := strings.Cut(body, "\n\n")
	if !ok || !strings.HasSuffix(head, "\n") {
		return bad("no head")
	}
	lines := strings.Split(before, "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	old, err = strconv.ParseUint(size, 10, 63)
	if !ok || err != nil || strconv.FormatUint(old, 10) != size {
		return bad("old size")
	}
	if len(lines)-1 > maxProof {
		return bad("a proof of too many hashes")
	}
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != 32 || len(line) != base64.StdEncoding.EncodedLen(32) {
			return bad("a hash of the proof")
		}
		proof = append(proof, h)
	}
	return old, proof, []byte(head), nil
}

func say(w http.ResponseWriter, status int, kind, body string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // whoever left has left
}
