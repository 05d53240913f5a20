package citizen

import (
	"context"
	"net/http"
	"strings"

	"netid/internal/act/erase"
	"netid/internal/act/rights"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Righter keeps what a person has to answer, and what relatives may do.
type Righter interface {
	Ask(ctx context.Context, s identity.Session, right identity.Right, about string) (identity.Claim, error)
	AskUnknown(ctx context.Context, about string) (identity.Claim, error)
	Read(ctx context.Context, ref string) (identity.Claim, error)
	List(context.Context, identity.Session) ([]rights.Used, error)
	Say(ctx context.Context, s identity.Session, w identity.Wish, passcode string) error
	Departed(context.Context, identity.Session) ([]rights.Departed, error)
	Copy(ctx context.Context, s identity.Session, ref, passcode string) ([]byte, error)
}

func (d *Door) rightsRoutes() map[string]shell.Handler {
	return map[string]shell.Handler{
		"GET /data/requests":  d.signedIn(d.rightsUsed),
		"POST /data/requests": d.signedIn(d.askCorrection),
		"GET /data/after":     d.signedIn(d.after),
		"POST /data/after":    d.signedIn(d.sayWish),
		"POST /data/relative": d.signedIn(d.relative),
		"GET /why":            d.why,
		"POST /why":           d.askWhy,
		"GET /why/{ref}":      d.claim,
		"GET /erased/{id}":    d.erasedFile,
	}
}

// askedPage is everything that was asked, and what can be.
type askedPage struct {
	Used  []usedLine
	Items []string
	Days  int
}

type usedLine struct {
	rights.Used
	What string
	Over bool
}

// rightsUsed lists the uses of rights, those that a machine answered at once too.
func (d *Door) rightsUsed(v *shell.Visit, s identity.Session) error {
	page, err := d.requested(v, s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "asked", page)
}

func (d *Door) requested(v *shell.Visit, s identity.Session) (askedPage, error) {
	all, err := d.Rights.List(v.Context(), s)
	page := askedPage{Items: law.Necessary(), Days: law.AnswerDays}
	for _, u := range all {
		l := usedLine{Used: u, What: v.Say("event." + string(u.Kind))}
		if strings.HasPrefix(u.Detail, "guardian") && (u.Kind == identity.Frozen || u.Kind == identity.Thawed) {
			l.What = v.Say("event." + string(u.Kind) + ".guardian")
		}
		if c := u.Claim; c != nil {
			l.What, l.Over = d.about(v, *c), !u.Gone && c.Over(d.Now())
		} else if u.Kind == identity.Withdrawn || u.Kind == identity.StandingEnded {
			l.What = v.Say("used." + string(u.Kind))
		}
		page.Used = append(page.Used, l)
	}
	return page, err
}

// about says what a claim is about.
func (d *Door) about(v *shell.Visit, c identity.Claim) string {
	about := c.About
	if c.Right == identity.RightCorrect {
		about = v.Say("held." + c.About)
	} else if says, known := d.Shell.Reason(v.Locale, c.About); known {
		about = says
	}
	return v.Say("right."+string(c.Right), about)
}

func (d *Door) askCorrection(v *shell.Visit, s identity.Session) error {
	v.Back("/data/requests")
	_, err := d.Rights.Ask(v.Context(), s, identity.RightCorrect, v.Form("about"))
	if err == nil {
		return v.Go("/data/requests")
	}
	if !shell.Recoverable(err) {
		return err
	}
	page, other := d.requested(v, s)
	if other != nil {
		return other
	}
	return v.Refuse(d.pages, "asked", err, page, "about")
}

// whyPage is a refusal in words: the sentence, the rules that it stood on, and a person who looks again.
type whyPage struct {
	Code, What string
	Rules      []law.Explanation
	Days       int
	Claim      *identity.Claim
	Over       bool
	ZH         bool
}

func (d *Door) reason(v *shell.Visit, code string) (whyPage, error) {
	says, known := d.Shell.Reason(v.Locale, code)
	if !known {
		return whyPage{}, fault.New("citizen.why", fault.NotFound, "page_unknown")
	}
	return whyPage{Code: code, What: says, Rules: law.Explained(code), Days: law.AnswerDays, ZH: v.Locale == shell.Chinese}, nil
}

// why explains a refusal to anybody (PIPL Arts 24, 48).
func (d *Door) why(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	page, err := d.reason(v, v.Query("code"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "why", page)
}

// askWhy puts the refusal before a person. Who is signed in finds it in their list;
// anybody else has the address of the page that follows.
func (d *Door) askWhy(v *shell.Visit) error {
	code := v.Form("code")
	v.Back("/why?code=" + code)
	s, err := v.Session()
	if err != nil {
		return err
	}
	page, err := d.reason(v, code)
	if err != nil {
		v.Back("/")
		return err
	}
	var c identity.Claim
	if s != nil {
		c, err = d.Rights.Ask(v.Context(), *s, identity.RightExplain, code)
	} else {
		c, err = d.Rights.AskUnknown(v.Context(), code)
	}
	if err == nil {
		return v.Go("/why/" + c.Ref)
	}
	if !shell.Recoverable(err) {
		return err
	}
	return v.Refuse(d.pages, "why", err, page, "")
}

// claim is what became of it, for whoever has the reference.
func (d *Door) claim(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	c, err := d.Rights.Read(v.Context(), v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "claim", whyPage{Code: c.About, What: d.about(v, c), Claim: &c, Over: c.Over(d.Now())})
}

// afterPage is about death: one's own, and that of relatives.
type afterPage struct {
	Wish     identity.Wish
	Days     int
	Departed []rights.Departed
}

func (d *Door) after(v *shell.Visit, s identity.Session) error {
	page, err := d.afterwards(v, s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "after", page)
}

func (d *Door) afterwards(v *shell.Visit, s identity.Session) (afterPage, error) {
	p, err := d.Look.Data(v.Context(), s)
	if err != nil {
		return afterPage{}, err
	}
	dead, err := d.Rights.Departed(v.Context(), s)
	return afterPage{p.Wish, law.HeirDays, dead}, err
}

func (d *Door) sayWish(v *shell.Visit, s identity.Session) error {
	v.Back("/data/after")
	word := v.Form("wish")
	if word == "law" {
		word = ""
	} else if word == "" {
		word = "?"
	}
	w, known := identity.ParseWish(word)
	err := fault.New("citizen.sayWish", fault.Invalid, "wish_missing")
	if known {
		err = d.Rights.Say(v.Context(), s, w, v.Form("passcode"))
	}
	if err == nil {
		return v.Go("/data/after")
	}
	return d.refuseAfter(v, s, err)
}

// relative copies or ends what is kept of somebody who died.
func (d *Door) relative(v *shell.Visit, s identity.Session) error {
	v.Back("/data/after")
	if v.Form("do") == "copy" {
		b, err := d.Rights.Copy(v.Context(), s, v.Form("ref"), v.Form("passcode"))
		if err != nil {
			return d.refuseAfter(v, s, err)
		}
		v.W.Header().Set("Content-Disposition", `attachment; filename="netid-relative.json"`)
		return v.Plain(http.StatusOK, "application/json", b)
	}
	var r erase.Receipt
	err := fault.New("citizen.relative", fault.Invalid, "erase_unconfirmed")
	if v.Form("confirm") == "erase" {
		r, err = d.Erase.EraseDead(v.Context(), s, v.Form("ref"), v.Form("passcode"))
	}
	if err != nil {
		return d.refuseAfter(v, s, err)
	}
	return v.Show(d.pages, "receipt", receiptPage{r, true})
}

func (d *Door) refuseAfter(v *shell.Visit, s identity.Session, err error) error {
	if !shell.Recoverable(err) {
		return err
	}
	page, other := d.afterwards(v, s)
	if other != nil {
		return other
	}
	field := ""
	if strings.HasPrefix(fault.Public(err), "passcode_") {
		field = "passcode"
	}
	return v.Refuse(d.pages, "after", err, page, field)
}

// erasedFile is the tombstone with its proof, for whoever has the number of an
// erasure: it names nobody, and `netid verify` checks it without this service.
func (d *Door) erasedFile(v *shell.Visit) error {
	id, err := identity.ParseEventID(v.R.PathValue("id"))
	if err != nil {
		return notFound(err)
	}
	b, err := d.Look.Erased(v.Context(), id)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Disposition", `attachment; filename="netid-erased.json"`)
	return v.Plain(http.StatusOK, "application/json", b)
}
