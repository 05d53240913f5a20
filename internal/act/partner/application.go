package partner

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Register is where parties are judged and registered (act/admit). An organisation's
// application is one party there, changed by a word that nobody but this act has.
type Register interface {
	Judge(f Filing) error                                                   // what would be refused, and registers nothing
	Lodge(ctx context.Context, f Filing, word string) error                 // again with the same word: done already
	Change(ctx context.Context, f Filing, word string) error                // waits for two operators where people read or the law judges what is new
	Leave(ctx context.Context, id identity.PartyID, word string) error      // for good
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error) // as it stands
	Rekey(ctx context.Context, f Filing, word string) error                 // its keys alone, judged by nobody
	CheckKeys(set []byte) (thumbprints []string, err error)                 // public keys that are served here
	CheckAddress(address string) error                                      // whether this service may ask there
}

// Declaration is what an application says of itself, in the words of a registration
// (docs/integrate.md): what citizens read and the law judges (Arts 6, 7, 8, 10), and
// where answers go. Keys are beside it, since they change for other reasons.
type Declaration struct {
	Name         string            `json:"name"`
	NameZH       string            `json:"name_zh,omitempty"`
	RedirectURIs []string          `json:"redirect_uris"`
	Purpose      string            `json:"purpose,omitempty"`
	PurposeZH    string            `json:"purpose_zh,omitempty"`
	AgeMarks     map[string]string `json:"age_marks,omitempty"`                       // mark -> law it cites (Art. 10)
	Bases        map[string]string `json:"bases,omitempty"`                           // plaintext item -> law it cites (Art. 8)
	BasesUntil   map[string]string `json:"bases_until,omitempty"`                     // the last day of one that ends
	KeepDays     int               `json:"plain_keep_days,omitempty"`                 // how long plain text is kept, at most
	Sealed       string            `json:"id_token_encrypted_response_alg,omitempty"` // how plain text is sealed to it
	Otherwise    []identity.Way    `json:"otherwise,omitempty"`                       // its other lawful ways (Arts 6, 7)
	Offline      int               `json:"offline,omitempty"`
	Pushes       bool              `json:"require_pushed_authorization_requests,omitempty"`
	DPoP         bool              `json:"dpop_bound_access_tokens,omitempty"`
	FAPI         bool              `json:"fapi,omitempty"`
	PostLogout   []string          `json:"post_logout_redirect_uris,omitempty"`
	BackChannel  string            `json:"backchannel_logout_uri,omitempty"`
	Erasures     string            `json:"netid_erasure_uri,omitempty"`
}

// Filing is what the register is handed: a declaration with its keys and whose it is.
type Filing struct {
	ID           identity.PartyID `json:"id"`
	Organisation string           `json:"organisation"` // credit code
	Domain       string           `json:"domain,omitempty"`
	Method       string           `json:"token_endpoint_auth_method"`
	JWKS         json.RawMessage  `json:"jwks,omitempty"`
	JWKSURI      string           `json:"jwks_uri,omitempty"`
	Declaration
	While identity.Verb `json:"-"` // guard of the register's commit: what is handed over is still due
}

// Due is what was decided here and the register has not answered yet. It is written
// before the register is asked, so that nothing is left half done.
type Due string

// What may be due.
const (
	DueLodge  Due = "lodge"
	DueChange Due = "change"
	DueKeys   Due = "keys"
	DueLeave  Due = "leave"
)

// Step is one thing that was done to an application, by its public event.
type Step struct {
	Time   time.Time          `json:"time"`
	Event  string             `json:"event"`
	Kind   identity.EventKind `json:"kind"`
	Member ID                 `json:"member,omitempty"` // empty: by itself, as a key that ended
}

// Application is one as it is kept.
type Application struct {
	Organisation ID               `json:"o"`
	ID           identity.PartyID `json:"id,omitempty"`
	Word         string           `json:"word,omitempty"`  // by which its registration is changed; empty: claimed, and changed elsewhere
	Draft        *Declaration     `json:"draft,omitempty"` // what the register does not have
	Filed        *Declaration     `json:"filed,omitempty"` // what it has
	Keys         Keys             `json:"keys,omitzero"`
	Next         *Keys            `json:"next,omitempty"` // while they are due
	Due          Due              `json:"due,omitempty"`
	Why          string           `json:"why,omitempty"` // why the register did not take what was due last: a reason
	Steps        []Step           `json:"steps,omitempty"`
	Result       *Result          `json:"result,omitempty"`
}

const maxSteps = 50 // the oldest go first: the public ledger has them all

// Draft keeps what an application is going to say: of a new one (id is empty), which
// gets its identifier, or of one that is there. Nobody is asked and nothing is in
// force by it. Fails with Conflict "partner_application_busy", NotFound
// "partner_application_unknown", Invalid "dossier_large".
func (a *Act) Draft(ctx context.Context, by Who, id identity.PartyID, d Declaration) (identity.PartyID, error) {
	const op = "partner.Draft"
	if id != "" {
		return id, fault.At(op, a.touch(ctx, by, id, identity.PartnerDrafted, func(app *Application) error {
			app.Draft, app.Why = &d, ""
			return nil
		}))
	}
	id = identity.PartyID(word("app-"))
	app := Application{Organisation: by.Organisation, ID: id, Word: identity.NewHandle().Text(), Draft: &d}
	e := a.step(&app, by.Member, identity.PartnerDrafted)
	return id, fault.At(op, a.again(func() error {
		o, version, err := a.read(ctx, by, Build)
		if err != nil {
			return err
		}
		if len(o.Applications) >= maxOwned {
			return fault.New(op, fault.TooMany, "partner_full")
		}
		o.Applications = append(slices.Clone(o.Applications), id)
		kept, err := a.Dossiers.Keep(organisations, string(o.ID), version, o)
		if err != nil {
			return err
		}
		own, err := a.Dossiers.Keep(applications, string(id), 0, app)
		if err != nil {
			return err
		}
		_, err = a.Book.RecordPublic(ctx, e, append(a.pace(&o), kept, own)...)
		return many(op, err)
	}))
}

// Lodge hands the draft to the register: in a sandbox it is in effect at once,
// elsewhere it waits until two operators endorsed it (ADR 0043). Everything that the
// register would refuse is refused before anything is written: "domain_unproven"
// of a host that the organisation did not prove, "domain_lapsed" of one whose proof is over,
// "address_unproven" of where notices go, and the reasons of admission.
func (a *Act) Lodge(ctx context.Context, by Who, id identity.PartyID) error {
	const op = "partner.Lodge"
	err := a.touch(ctx, by, id, identity.PartnerLodged, func(app *Application) error {
		if app.Draft == nil {
			return fault.New(op, fault.Conflict, "partner_nothing_new")
		}
		o, _, err := a.read(ctx, by, Build)
		if err == nil {
			err = a.ready(o, *app)
		}
		if err != nil {
			return err
		}
		if app.Due = DueLodge; app.Filed != nil {
			app.Due = DueChange
		}
		app.Why = ""
		return nil
	})
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.told(ctx, id))
}

// ready refuses a draft that could not be lodged.
func (a *Act) ready(o Organisation, app Application) error {
	const op = "partner.ready"
	f := a.filing(o, app, *app.Draft, app.Keys)
	proven := 0
	for _, s := range f.RedirectURIs {
		u, err := identity.ParseRedirectURI(s)
		if err != nil {
			return err
		}
		host := strings.ToLower(u.Hostname())
		if u.Scheme == "http" && !slices.Contains(o.Domains, host) { // this machine's own, and nobody's: it can prove nothing
			continue
		}
		if err := o.holds(host, "domain_unproven", a.Now()); err != nil {
			return err
		}
		proven++
	}
	if proven == 0 && !a.Sandbox { // what citizens read is a domain that was proven
		return fault.New(op, fault.Forbidden, "domain_unproven")
	}
	for _, s := range []string{f.BackChannel, f.Erasures} { // what is sent there is about people
		if err := a.reaches(o, s); err != nil {
			return err
		}
	}
	return a.Register.Judge(f)
}

// reaches refuses an address for notices at a host that the organisation did not prove. One
// of this machine's own is what a sandbox may have, and the register judges that.
func (a *Act) reaches(o Organisation, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" { // no address, or one that the register refuses
		return nil
	}
	return o.holds(strings.ToLower(u.Hostname()), "address_unproven", a.Now())
}

// filing puts together what the register is handed. The domain that citizens read is the
// first that is not this machine's own.
func (a *Act) filing(o Organisation, app Application, d Declaration, keys Keys) Filing {
	f := Filing{ID: app.ID, Organisation: o.Code, Method: string(identity.AuthKey), JWKSURI: keys.Address, JWKS: keys.set(), Declaration: d}
	for _, s := range d.RedirectURIs {
		if u, err := url.Parse(s); err == nil && u.Scheme == "https" {
			f.Domain = u.Host
			break
		}
	}
	return f
}

// Withdraw ends an application for good: at the register first, where records of
// citizens go on naming it, and then it is no longer the organisation's. A draft that
// nobody was handed just goes.
func (a *Act) Withdraw(ctx context.Context, by Who, id identity.PartyID) error {
	const op = "partner.Withdraw"
	if _, _, err := a.read(ctx, by, Govern); err != nil {
		return fault.At(op, err)
	}
	err := a.touch(ctx, by, id, identity.PartnerWithdrawn, func(app *Application) error {
		app.Due = DueLeave
		return nil
	})
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.told(ctx, id))
}

// Depart withdraws every application that was lodged here and ends the organisation.
// One that was claimed is removed where it was registered ("partner_applications").
func (a *Act) Depart(ctx context.Context, by Who) error {
	const op = "partner.Depart"
	o, _, err := a.read(ctx, by, Govern)
	if err != nil {
		return fault.At(op, err)
	}
	for _, id := range o.Applications {
		if app, _, err := a.application(ctx, by, id); err == nil && app.Word == "" {
			return fault.New(op, fault.Conflict, "partner_applications") // before anything is ended
		}
	}
	for _, id := range o.Applications {
		if err := a.Withdraw(ctx, by, id); err != nil {
			return fault.At(op, err)
		}
	}
	return fault.At(op, a.Leave(ctx, by))
}

// application reads one of the organisation's own; another's is not there.
func (a *Act) application(ctx context.Context, by Who, id identity.PartyID) (app Application, version uint64, err error) {
	const op = "partner.application"
	version, err = a.Dossiers.Read(ctx, applications, string(id), &app)
	if fault.Is(err, fault.NotFound) || err == nil && app.Organisation != by.Organisation {
		return Application{}, 0, fault.New(op, fault.NotFound, "partner_application_unknown")
	}
	app.ID = id
	return app, version, err
}

// touch changes one application with its event, while its organisation stands as it was
// read: of a member who is removed at that moment nothing is taken.
func (a *Act) touch(ctx context.Context, by Who, id identity.PartyID, kind identity.EventKind, change func(*Application) error) error {
	const op = "partner.touch"
	return a.again(func() error {
		o, version, err := a.read(ctx, by, Build)
		if err != nil {
			return err
		}
		app, at, err := a.application(ctx, by, id)
		switch {
		case err != nil:
			return err
		case app.Word == "":
			return fault.New(op, fault.Conflict, "partner_not_here")
		case app.Due != "":
			return fault.New(op, fault.Conflict, "partner_application_busy")
		}
		if err := change(&app); err != nil {
			return err
		}
		verbs := []identity.Verb{a.Dossiers.Guard(organisations, string(o.ID), version)}
		if kind != identity.PartnerWithdrawn { // what ends something is never too much
			verbs = append(verbs, a.pace(&o)...)
		}
		return many(op, a.keep(ctx, app, at, a.step(&app, by.Member, kind), verbs...))
	})
}

func (a *Act) keep(ctx context.Context, app Application, from uint64, e identity.Event, verbs ...identity.Verb) error {
	kept, err := a.Dossiers.Keep(applications, string(app.ID), from, app)
	if err != nil {
		return err
	}
	_, err = a.Book.RecordPublic(ctx, e, append([]identity.Verb{kept}, verbs...)...)
	return err
}

// step notes what is done, and makes its event.
func (a *Act) step(app *Application, by ID, kind identity.EventKind) identity.Event {
	e := event(kind, app.Organisation, string(app.ID))
	e.Time = a.today()
	e.ID = identity.NewEventID(e.Time).String()
	app.Steps = append(slices.Clone(app.Steps), Step{Time: e.Time, Event: e.ID, Kind: kind, Member: by})
	if n := len(app.Steps); n > maxSteps {
		app.Steps = app.Steps[n-maxSteps:]
	}
	return e
}
