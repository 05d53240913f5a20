// Package admin is the operator's door for relying parties, and for guardians and
// requests of citizens that wait for a person: JSON over HTTP, opened
// by the operator token.
//
// It owns the token check and the shape of an application and of its answer.
// It refuses to know what makes an application good: that is the act's.
//
// Invariant: without a configured token nobody comes in, whatever they send.
package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const maxApplication = 64 << 10 // bytes

// Admitter registers, shows, invites, stops and removes parties.
type Admitter interface {
	Register(ctx context.Context, in admit.Application) (p identity.Party, secret string, err error)
	Parties(ctx context.Context) ([]identity.Party, error)
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Invite(ctx context.Context, whom string, life time.Duration) (token string, until time.Time, err error)
	Suspend(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error)
	Resume(ctx context.Context, id identity.PartyID, join bool) (identity.Party, error)
	Remove(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error)
	Approve(ctx context.Context, id identity.PartyID, e identity.Endorsement, join bool) (identity.Party, error)
	Reject(ctx context.Context, id identity.PartyID, reason string) (identity.Party, error)
	Certify(ctx context.Context, id identity.PartyID, request []byte) (identity.Party, error)
}

// Config is what the door leans on.
type Config struct {
	Issuer    string
	Token     string // the operator's; empty: always 401
	Sandbox   bool   // fill what an application leaves out with labelled defaults
	Admit     Admitter
	Name      func(operator string) string // what an operator is called; nil: by the key
	Counters  Counters
	Founders  Founders // of the console
	Console   Console
	Keys      Keys
	Capacity  Capacity
	Guard     Guarder
	Redress   Redresser
	Rights    Righter
	Helped    Helper
	Recall    Recaller
	Incident  Incidents
	Supervise Supervisor
	Assist    Assister
	Response  Responses
	Reissuer  Reissuer
	Log       *slog.Logger
}

// Door serves the operator.
type Door struct{ Config }

func New(c Config) *Door {
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Name == nil {
		c.Name = func(operator string) string { return operator }
	}
	return &Door{c}
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("/admin/{rest...}", d.operator(func(w http.ResponseWriter, _ *http.Request) { // nobody outside learns which addresses there are
		say(w, http.StatusNotFound, "page_unknown", nil)
	}))
	m.Handle("POST /admin/parties", d.operator(d.add))
	m.Handle("GET /admin/parties", d.operator(d.list))
	m.Handle("GET /admin/parties/{id}", d.operator(d.one(func(r *http.Request, id identity.PartyID, _ order) (identity.Party, error) {
		return d.Admit.Party(r.Context(), id)
	})))
	m.Handle("POST /admin/parties/{id}/suspend", d.operator(d.one(func(r *http.Request, id identity.PartyID, o order) (identity.Party, error) {
		return d.Admit.Suspend(r.Context(), id, o.Reason)
	})))
	m.Handle("POST /admin/parties/{id}/resume", d.operator(d.one(func(r *http.Request, id identity.PartyID, o order) (identity.Party, error) {
		if err := d.alone("admin.resume"); err != nil { // whom two stopped, one does not let go on
			return identity.Party{}, err
		}
		return d.Admit.Resume(r.Context(), id, o.Join)
	})))
	m.Handle("POST /admin/parties/{id}/remove", d.operator(d.one(func(r *http.Request, id identity.PartyID, o order) (identity.Party, error) {
		if err := d.alone("admin.remove"); err != nil {
			return identity.Party{}, err
		}
		return d.Admit.Remove(r.Context(), id, o.Reason)
	})))
	m.Handle("POST /admin/parties/{id}/approve", d.operator(d.one(func(r *http.Request, id identity.PartyID, o order) (identity.Party, error) {
		e, err := identity.ParseEndorsement(o.Endorsement)
		if err != nil {
			return identity.Party{}, err
		}
		return d.Admit.Approve(r.Context(), id, e, o.Join)
	})))
	m.Handle("POST /admin/parties/{id}/reject", d.operator(d.one(func(r *http.Request, id identity.PartyID, o order) (identity.Party, error) {
		return d.Admit.Reject(r.Context(), id, o.Reason)
	})))
	m.Handle("POST /admin/parties/{id}/certify", d.operator(d.one(func(r *http.Request, id identity.PartyID, o order) (identity.Party, error) {
		return d.Admit.Certify(r.Context(), id, []byte(o.Request))
	})))
	m.Handle("POST /admin/invitations", d.operator(d.invite))
	m.Handle("POST /admin/counters", d.operator(d.addCounter))
	m.Handle("POST /admin/staff", d.operator(d.foundStaff))
	m.Handle("GET /admin/staff", d.operator(d.accounts))
	m.Handle("GET /admin/proposals", d.operator(d.proposals))
	m.Handle("GET /admin/proposals/{ref}", d.operator(d.proposal))
	m.Handle("GET /admin/keys", d.operator(d.keys))
	m.Handle("GET /admin/health", d.operator(d.health))
	m.Handle("GET /admin/capacity", d.operator(d.capacity))
	m.Handle("GET /admin/counters", d.operator(d.listCounters))
	m.Handle("POST /admin/counters/{id}/remove", d.operator(d.removeCounter))
	m.Handle("POST /admin/certificates/revoke", d.operator(d.recall))
	m.Handle("GET /admin/incidents", d.operator(d.incidents))
	m.Handle("POST /admin/incidents", d.operator(d.openIncident))
	m.Handle("GET /admin/incidents/{ref}", d.operator(d.incidentReport))
	m.Handle("POST /admin/incidents/{ref}", d.operator(d.stepIncident))
	m.Handle("GET /admin/stops", d.operator(d.stops))
	m.Handle("POST /admin/stops/{scope}/lift", d.operator(d.liftStop))
	m.Handle("POST /admin/incidents/{ref}/stop", d.operator(d.stopFor))
	m.Handle("POST /admin/incidents/{ref}/notice", d.operator(d.noticeFor))
	m.Handle("GET /admin/incidents/{ref}/notice", d.operator(d.readersOf))
	m.Handle("POST /admin/incidents/{ref}/reissue", d.operator(d.reissueFor))
	m.Handle("GET /admin/drills", d.operator(d.drills))
	m.Handle("POST /admin/drills", d.operator(d.drilled))
	m.Handle("POST /admin/break-glass", d.operator(d.breakGlass))
	m.Handle("POST /admin/break-glass/{ref}", d.operator(d.inspectGlass))
	d.registerAssist(m)
	m.Handle("GET /admin/supervision", d.operator(d.supervision))
	m.Handle("POST /admin/supervision", d.operator(d.openDuty))
	m.Handle("POST /admin/supervision/{ref}", d.operator(d.doDuty))
	m.Handle("POST /admin/emergencies", d.operator(d.beginEmergency))
	m.Handle("POST /admin/emergencies/{ref}", d.operator(d.stepEmergency))
	m.Handle("GET /admin/cases", d.operator(d.cases))
	m.Handle("GET /admin/rights", d.operator(d.claims))
	m.Handle("POST /admin/rights/{ref}", d.operator(d.answerClaim))
	m.Handle("GET /admin/guardians", d.operator(d.guardians))
	m.Handle("POST /admin/guardians/{ref}/allow", d.operator(d.decide(true)))
	m.Handle("POST /admin/guardians/{ref}/refuse", d.operator(d.decide(false)))
}

// operator lets the bearer of the token in. The comparison takes the same
// time whatever was sent: both sides are digested first.
func (d *Door) operator(next http.HandlerFunc) http.HandlerFunc {
	want := suite.Digest([]byte(d.Token))
	return func(w http.ResponseWriter, r *http.Request) {
		headers := r.Header.Values("Authorization")
		scheme, token, _ := strings.Cut(strings.Join(headers, "\n"), " ")
		got := suite.Digest([]byte(token))
		if match := suite.Equal(got[:], want[:]); d.Token == "" || len(headers) != 1 || !strings.EqualFold(scheme, "Bearer") || !match {
			d.Log.Info("refused", "at", "admin", "told", "operator_unproven")
			w.Header().Set("WWW-Authenticate", `Bearer realm="netid operator"`)
			say(w, http.StatusUnauthorized, "operator_unproven", nil)
			return
		}
		next(w, r)
	}
}

// add admits a party: 201 with its settings, its secret among them this once.
func (d *Door) add(w http.ResponseWriter, r *http.Request) {
	in, err := read[admit.Application](w, r)
	if err == nil {
		in.Sandbox = d.Sandbox
		var p identity.Party
		var secret string
		if p, secret, err = d.Admit.Register(r.Context(), in); err == nil {
			oauth.WriteJSON(w, http.StatusCreated, d.settings(p, secret))
			return
		}
	}
	d.refuse(w, err)
}

func (d *Door) list(w http.ResponseWriter, r *http.Request) {
	ps, err := d.Admit.Parties(r.Context())
	if err != nil {
		say(w, status(err), fault.Public(err), nil)
		return
	}
	all := make([]settings, 0, len(ps))
	for _, p := range ps {
		all = append(all, d.settings(p, ""))
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"parties": all})
}

// order is what the operator says of one party, or of whom an invitation is for.
type order struct {
	Reason string `json:"reason,omitempty"`
	Join   bool   `json:"join_sector,omitempty"`
	For    string `json:"for,omitempty"`

	Endorsement string `json:"endorsement,omitempty"` // an operator's
	Request     string `json:"csr,omitempty"`         // of a certificate, PEM
	Seconds     int64  `json:"seconds,omitempty"`
}

// one answers with a party's settings after something was done about it.
func (d *Door) one(do func(r *http.Request, id identity.PartyID, o order) (identity.Party, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var o order
		var err error
		if r.Method == http.MethodPost {
			o, err = read[order](w, r)
		}
		var p identity.Party
		if err == nil {
			p, err = do(r, identity.PartyID(r.PathValue("id")), o)
		}
		if err != nil {
			d.refuse(w, err)
			return
		}
		oauth.WriteJSON(w, http.StatusOK, d.settings(p, ""))
	}
}

// invite makes an initial access token for one party.
func (d *Door) invite(w http.ResponseWriter, r *http.Request) {
	o, err := read[order](w, r)
	var token string
	var until time.Time
	if err == nil {
		token, until, err = d.Admit.Invite(r.Context(), o.For, time.Duration(min(o.Seconds, 1<<30))*time.Second)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, map[string]any{"initial_access_token": token, "expires_at": until.Unix(), "registration_endpoint": d.Issuer + "/register"})
}

func (d *Door) refuse(w http.ResponseWriter, err error) {
	d.Log.Info("refused", "at", "admin", "told", fault.Public(err), "cause", err)
	say(w, status(err), fault.Public(err), err)
}

// read takes one application or order, strictly: a misspelt member would
// otherwise be a default that nobody chose.
func read[T any](w http.ResponseWriter, r *http.Request) (in T, err error) {
	const op = "admin.read"
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return in, fault.New(op, fault.Invalid, "content_type_invalid")
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxApplication))
	if err != nil {
		return in, fault.Wrap(op, fault.Invalid, "application_invalid", err)
	}
	if _, err := jose.ParseObject(b, maxApplication); err != nil {
		return in, fault.Wrap(op, fault.Invalid, "application_invalid", err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return in, fault.Wrap(op, fault.Invalid, "application_invalid", dec.Decode(&in))
}

// settings are what a party's developer needs to know.
type settings struct {
	ClientID     string                      `json:"client_id"`
	ClientSecret string                      `json:"client_secret,omitempty"`
	Issuer       string                      `json:"issuer"`
	Method       identity.PartyAuth          `json:"token_endpoint_auth_method"`
	RedirectURIs []string                    `json:"redirect_uris"`
	IDTokenAlg   string                      `json:"id_token_signed_response_alg"`
	IssuerKeys   string                      `json:"issuer_jwks_uri"` // where the keys that its ID tokens are signed by are published
	FAPI         bool                        `json:"fapi,omitempty"`
	Pushes       bool                        `json:"require_pushed_authorization_requests,omitempty"`
	Signs        bool                        `json:"require_signed_request_object,omitempty"`
	ResponseAlg  string                      `json:"authorization_signed_response_alg,omitempty"`
	Details      []string                    `json:"authorization_details_types,omitempty"`
	Name         identity.Text               `json:"name"`
	Domain       string                      `json:"domain"`
	Organisation string                      `json:"organisation,omitempty"`
	Purpose      identity.Text               `json:"purpose"`
	AgeMarks     map[identity.AgeMark]string `json:"age_marks,omitempty"`
	Bases        map[string]string           `json:"bases,omitempty"`
	BasesUntil   map[string]identity.Date    `json:"bases_until,omitempty"`
	Otherwise    []identity.Way              `json:"otherwise,omitempty"`
	Sector       string                      `json:"sector,omitempty"`
	SectorURI    string                      `json:"sector_identifier_uri,omitempty"`
	Joins        bool                        `json:"joins_sector,omitempty"` // its sector is another's too, and nobody approved yet
	Offline      identity.Offline            `json:"offline,omitempty"`      // days
	PostLogout   []string                    `json:"post_logout_redirect_uris,omitempty"`
	BackChannel  string                      `json:"backchannel_logout_uri,omitempty"`
	Erasures     string                      `json:"netid_erasure_uri,omitempty"`
	KeepDays     int                         `json:"plain_keep_days,omitempty"`
	Sealed       string                      `json:"id_token_encrypted_response_alg,omitempty"`
	SealedEnc    string                      `json:"id_token_encrypted_response_enc,omitempty"`
	Unsealed     bool                        `json:"plain_unencrypted,omitempty"` // a sandbox that tries plain text without encryption
	Standing     identity.PartyStanding      `json:"standing"`
	Reason       string                      `json:"reason,omitempty"`
	Since        time.Time                   `json:"since,omitzero"`
	Sandbox      bool                        `json:"sandbox,omitempty"`

	Requests []identity.RequestCertificate `json:"request_certificates,omitempty"`

	Record   string     `json:"record,omitempty"`        // what operators endorse, byte for byte
	Returned string     `json:"returned,omitempty"`      // what it is to put right before it is read again
	Before   string     `json:"record_before,omitempty"` // what was in force, while this waits
	Endorsed []endorsed `json:"endorsed,omitempty"`      // by whom, the first of whom proposed it
}

type endorsed struct {
	identity.Endorsement
	Name string `json:"name"`
}

// review is what an operator reads before endorsing, and who did.
func (d *Door) review(p identity.Party, s settings) settings {
	if p.Sandbox {
		return s
	}
	s.Record, s.Before, s.Returned = string(p.Record()), string(p.Before), p.Returned
	for _, e := range p.Endorsed {
		s.Endorsed = append(s.Endorsed, endorsed{e, d.Name(e.Operator)})
	}
	return s
}

func (d *Door) settings(p identity.Party, secret string) settings {
	alg, keys := jose.ES256, d.Issuer+"/jwks"
	if p.IDTokenAlg == jose.SM2 {
		alg, keys = jose.SM2, d.Issuer+"/jwks-sm"
	}
	enc := ""
	if p.Sealed != "" {
		enc = jose.A256GCM
	}
	return d.review(p, settings{ClientID: string(p.ID), ClientSecret: secret, Issuer: d.Issuer, Method: p.Auth, RedirectURIs: p.RedirectURIs, IDTokenAlg: alg, IssuerKeys: keys, FAPI: p.FAPI, Pushes: p.MustPush(),
		Signs: p.Signs, ResponseAlg: p.ResponseAlg, Details: p.Details, Name: p.Name,
		Domain: p.Domain, Organisation: p.Organisation, Purpose: p.Purpose.Text, AgeMarks: p.AgeMarks, Bases: p.Bases, BasesUntil: p.BasesUntil, Offline: p.Offline, PostLogout: p.PostLogout, BackChannel: p.BackChannel, Erasures: p.Erasures, KeepDays: p.KeepDays, Sealed: p.Sealed, SealedEnc: enc, Unsealed: p.Unsealed, Otherwise: p.Otherwise, Sector: p.Sector, SectorURI: p.SectorURI, Joins: p.Joins, Standing: p.Standing, Reason: p.Reason, Since: p.Since, Sandbox: p.Sandbox, Requests: p.Requests})
}

func status(err error) int {
	switch fault.Of(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// say answers with the reason. An application is the operator's own: what is
// wrong with its JSON is told, its values are not.
func say(w http.ResponseWriter, status int, reason string, err error) {
	detail := ""
	if cause := errors.Unwrap(err); cause != nil && reason == "application_invalid" {
		detail = oauth.Clean(cause.Error())
	}
	oauth.WriteJSON(w, status, struct {
		Error  string `json:"error"`
		Detail string `json:"detail,omitempty"`
	}{reason, detail})
}
