package authority

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	wire "netid/internal/connector/authority"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/sandbox"
)

// maxQuestion bounds a question, in bytes.
const maxQuestion = 64 << 10

// label goes with every answer, readable without parsing it.
const label = "simulator; synthetic people only"

// trouble is the body of an answer that is neither yes nor no.
type trouble struct {
	Simulator bool   `json:"simulator"`
	Error     string `json:"error"`
}

func handler(r *sandbox.Register, token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/about", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, wire.About{Name: identity.Text{ZH: "人口登记机关（模拟器）", EN: "Population register (simulator)"}, Simulator: true})
	})
	mux.HandleFunc("POST /v1/decode", func(w http.ResponseWriter, q *http.Request) {
		var in wire.Decode
		if !question(w, q, &in) {
			return
		}
		doc, who, err := r.Decode(in.Transcript, in.Challenge)
		reply(w, wire.Decoded{Simulator: true, Document: doc, Person: who}, err)
	})
	mux.HandleFunc("POST /v1/resolve", func(w http.ResponseWriter, q *http.Request) {
		var in wire.Resolve
		if !question(w, q, &in) {
			return
		}
		who, err := r.Resolve(identity.Document{Kind: in.Kind, Number: in.Number, Birth: in.Birth, Expires: in.Expires, Long: in.Long})
		reply(w, wire.Resolved{Simulator: true, Person: who}, err)
	})
	mux.HandleFunc("POST /v1/phone", func(w http.ResponseWriter, q *http.Request) {
		var in wire.Phone
		if question(w, q, &in) {
			reply(w, wire.OnFile{Simulator: true, OnFile: r.PhoneOnFile(in.Person, in.Phone)}, nil)
		}
	})
	kin := func(of func(identity.PersonHandle) ([]identity.PersonHandle, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, q *http.Request) {
			var in wire.Kin
			if question(w, q, &in) {
				people, err := of(in.Person)
				reply(w, wire.Related{Simulator: true, People: people}, err)
			}
		}
	}
	mux.HandleFunc("POST /v1/guardians", kin(r.Guardians))
	mux.HandleFunc("POST /v1/wards", kin(r.Wards))
	mux.HandleFunc("POST /v1/relatives", kin(r.Relatives))
	mux.HandleFunc("GET /v1/news", func(w http.ResponseWriter, q *http.Request) {
		after, err := strconv.ParseUint(q.URL.Query().Get("after"), 10, 64)
		if err != nil {
			answer(w, http.StatusBadRequest, trouble{true, "after what?"})
			return
		}
		news, err := r.News(after)
		reply(w, wire.Newest{Simulator: true, News: news}, err)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, trouble{true, "no such question"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		// A plain comparison: the token is random, new in every run, and what it guards is synthetic.
		if q.Header.Get("Authorization") != "Bearer "+token {
			answer(w, http.StatusUnauthorized, trouble{true, "no token"})
			return
		}
		mux.ServeHTTP(w, q)
	})
}

// question reads one JSON value and nothing after it.
func question(w http.ResponseWriter, q *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxQuestion))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		answer(w, http.StatusBadRequest, trouble{true, "the question can't be read"})
		return false
	}
	if _, err := d.Token(); err != io.EOF {
		answer(w, http.StatusBadRequest, trouble{true, "the question goes on after its end"})
		return false
	}
	return true
}

func reply(w http.ResponseWriter, yes any, err error) {
	switch {
	case err == nil:
		answer(w, http.StatusOK, yes)
	case fault.Is(err, fault.Invalid):
		answer(w, http.StatusUnprocessableEntity, wire.Refused{Simulator: true, Reason: wire.Refusal(fault.Public(err))})
	default:
		answer(w, http.StatusInternalServerError, trouble{true, "internal"})
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"simulator":true,"error":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Netid-Simulator", label)
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}
