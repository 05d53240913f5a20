package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"netid/internal/act/assist"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Assists keeps what authorities ask by law. Nothing of it is opened at the console: the
// officers' keys never come near it.
type Assists interface {
	Request(ctx context.Context, in assist.Ask) (ref string, err error)
	List(context.Context) ([]assist.Request, error)
	Officers(context.Context) ([]assist.Officer, error)
	Nameless(context.Context) ([]string, error)
	Examine(ctx context.Context, ref string, by law.Hand, what string) error
}

// Officials are who may be named as who holds a key.
type Officials interface {
	Nameable(ctx context.Context, o assist.Officer) error
	Name(ctx context.Context, o assist.Officer) error
	Officers(context.Context) ([]assist.Officer, error)
}

// asking is a request as the console shows it: never about whom.
type asking struct {
	Reference, By, Authority, Citation string
	Help                               law.Help
	Way                                law.Way
	Asked, Opened, Due                 time.Time
	Approvals                          []assist.Approval
	Review                             *assist.Review
	Late, Reviewable                   bool
}

// assistancePage is what authorities asked, and who the officers are.
type assistancePage struct {
	All      []asking
	Officers []assist.Officer
	Nameless []string
	Helps    []law.Help
	Kinds    []identity.DocumentKind
}

func (d *Door) assistance(v *shell.Visit, m staff.Member) error {
	all, err := d.Assists.List(v.Context())
	if err != nil {
		return err
	}
	page := assistancePage{Helps: []law.Help{law.RealIdentity, law.AuthenticationLog}, Kinds: identity.DocumentKinds}
	for _, r := range all {
		page.All = append(page.All, d.asking(r))
	}
	if page.Officers, err = d.Assists.Officers(v.Context()); err != nil {
		return err
	}
	if page.Nameless, err = d.Assists.Nameless(v.Context()); err != nil {
		return err
	}
	return v.Show(d.pages, "operator-assistance", d.page(m, page))
}

func (d *Door) asking(r assist.Request) asking {
	a := asking{Reference: r.Reference, By: r.By, Authority: r.Authority, Citation: r.Citation, Help: r.Help, Way: r.Way, Asked: r.Asked, Opened: r.Opened, Approvals: r.Approvals, Review: r.Review}
	if !r.Opened.IsZero() {
		a.Due = law.ReviewDue(r.Opened)
		a.Reviewable = r.Review == nil
		a.Late = r.Review == nil && d.Now().After(a.Due) || r.Review != nil && r.Review.At.After(a.Due)
	}
	return a
}

// askAssistance writes down what an authority asks. Who does it is who signed in.
func (d *Door) askAssistance(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/assistance")
	by, err := d.Staff.Person(v.Context(), m)
	if err != nil {
		return err
	}
	in := assist.Ask{By: by.Name, Person: by.Person, Authority: v.Form("authority"), Citation: v.Form("law"), Key: v.Form("key"), Help: v.Form("help"), Number: v.Form("number"), Document: v.Form("document"), Pseudonym: v.Form("pseudonym"), At: v.Form("at")}
	if in.Document != "" {
		in.Kind = v.Form("kind")
	}
	for name, to := range map[string]*time.Time{"from": &in.From, "to": &in.To} {
		if err := dayOf(v.Form(name), to); err != nil {
			return fault.Wrap("operator.askAssistance", fault.Invalid, "assistance_box_invalid", err)
		}
	}
	if citation, until := v.Form("secret"), v.Form("until"); citation != "" || until != "" {
		in.Secret = &assist.Secret{Citation: citation}
		if err := dayOf(until, &in.Secret.Until); err != nil {
			return fault.Wrap("operator.askAssistance", fault.Invalid, "assistance_secret_invalid", err)
		}
	}
	if _, err := d.Assists.Request(v.Context(), in); err != nil {
		return err
	}
	return v.Go("/operator/assistance")
}

// dayOf reads a day as a browser's field gives it; the ledger's days are UTC's.
func dayOf(s string, to *time.Time) (err error) {
	if s != "" {
		*to, err = time.Parse(time.DateOnly, s)
	}
	return err
}

// reviewAssistance is what somebody else found about an opening.
func (d *Door) reviewAssistance(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/assistance")
	by, err := d.Staff.Person(v.Context(), m)
	if err == nil {
		err = d.Assists.Examine(v.Context(), v.R.PathValue("ref"), by, v.Form("what"))
	}
	if err != nil {
		return err
	}
	return v.Go("/operator/assistance")
}

// official is the body of a proposal that says who holds a key of the quorum.
type official struct {
	Officer   string `json:"officer"`
	Name      string `json:"name"`
	Reference string `json:"reference"` // of the personnel office
}

// nameOfficer proposes who holds a key.
func (d *Door) nameOfficer(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/assistance")
	o := official{v.Form("officer"), v.Form("name"), v.Form("reference")}
	body, err := json.Marshal(o)
	if err != nil {
		return fault.Wrap("operator.nameOfficer", fault.Internal, "internal", err)
	}
	return d.sign(v, m, law.NameOfficer, o.Officer, body)
}

// OfficerKind is the kind of proposal by which two say who holds a key of the quorum: a
// person, whom the personnel office knows, so that nobody approves what they asked
// themselves (N01). It does again nothing that is done.
func OfficerKind(all Officials, person func(name, reference string) law.Hand) staff.Kind {
	read := func(p staff.Proposal) (o official, named assist.Officer, err error) {
		const op = "operator.official"
		d := json.NewDecoder(bytes.NewReader(p.Body))
		d.DisallowUnknownFields()
		if err = d.Decode(&o); err == nil && (d.More() || o.Officer != p.Subject || !staff.PlainReference(o.Reference)) {
			err = errors.New("more than one value, another's, or of nobody")
		}
		h := person(o.Name, o.Reference)
		return o, assist.Officer{ID: o.Officer, Name: h.Name, Person: h.Person}, fault.Wrap(op, fault.Invalid, "assistance_text_invalid", err)
	}
	return staff.Kind{
		Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			o, named, err := read(p)
			if err == nil {
				err = all.Nameable(ctx, named)
			}
			return identity.Text{ZH: "登记经办人：密钥 " + o.Officer + " 由 " + o.Name + "（" + o.Reference + "）持有", EN: "Name an officer: " + o.Name + " (" + o.Reference + ") holds the key " + o.Officer}, err
		},
		After: func(ctx context.Context, p staff.Proposal) error {
			o, named, err := read(p)
			if err != nil {
				return err
			}
			err = all.Name(ctx, named)
			if !fault.Because(err, "officer_named") {
				return err
			}
			there, err2 := all.Officers(ctx)
			if err2 == nil && slices.Contains(there, assist.Officer{ID: o.Officer, Name: o.Name}) {
				return nil // done before
			}
			return errors.Join(err, err2)
		},
	}
}
