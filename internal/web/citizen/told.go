package citizen

import (
	"context"
	"net/http"
	"time"

	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Incidents says what of security incidents somebody has not read yet (PIPL Art. 57).
type Incidents interface {
	Notices(context.Context, identity.Session) ([]incident.Told, error)
	Seen(ctx context.Context, s identity.Session, mark string) error
	Stopped(ctx context.Context, kind identity.EventKind) error
}

// stopped is the reason for which nobody gets a number now; "" where one may be had. It is
// said before anybody types anything: the refusal itself comes with the last step.
func (d *Door) stopped(v *shell.Visit) (reason string, err error) {
	err = d.Incidents.Stopped(v.Context(), identity.Enrolled)
	if fault.Because(err, "issuance_stopped") || fault.Because(err, "use_stopped") {
		return fault.Public(err), nil
	}
	return "", err
}

// toldView is a notice in its reader's language.
type toldView struct {
	incident.Told
	Kinds, Cause, Harm, Measures, Yourself string
}

func (d *Door) told(v *shell.Visit, s identity.Session) (views []toldView, err error) {
	all, err := d.Incidents.Notices(v.Context(), s)
	for _, t := range all {
		n := t.Notice
		views = append(views, toldView{t, n.Kinds.In(v.Locale), n.Cause.In(v.Locale), n.Harm.In(v.Locale), n.Measures.In(v.Locale), n.Yourself.In(v.Locale)})
	}
	return views, err
}

// seen takes the word that one was read. The next, if there is one, stands on the page again.
func (d *Door) seen(v *shell.Visit, s identity.Session) error {
	v.Back("/")
	if err := d.Incidents.Seen(v.Context(), s, v.Form("mark")); err != nil {
		return err
	}
	return v.Go("/")
}

// anew is what the device holds, signed anew: for who has a certificate that was issued
// again while they were away.
type anew struct {
	Certificate string    `json:"certificate"`
	Token       string    `json:"token"`
	Expires     time.Time `json:"expires"`
}

func (d *Door) anew(v *shell.Visit, s identity.Session) error {
	c, token, err := d.Issue.Again(v.Context(), s)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, anew{c.ID.String(), token, c.Expires})
}
