package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Recalls ends many certificates. What it says of them is counts.
type Recalls interface {
	Count(context.Context, recall.Choice) (recall.Counted, error)
	RecallByTwo(ctx context.Context, c recall.Choice, proposal string) (recall.Progress, error)
	Ending(context.Context, recall.Choice) (recall.Far, error)
}

// Recalled is the body of a proposal to end the certificates of a time: which, why, and how
// many they were when it was made, so that both sign the same number.
type Recalled struct {
	recall.Choice
	recall.Counted
}

func recalledOf(p staff.Proposal) (r Recalled, err error) {
	d := json.NewDecoder(bytes.NewReader(p.Body))
	d.DisallowUnknownFields()
	if err = d.Decode(&r); err == nil && d.More() {
		err = errors.New("more than one value")
	}
	if err == nil && len(r.IDs) > 0 { // ids are somebody's each, and stand in no text that is signed
		err = errors.New("certificates by id")
	}
	return r, fault.Wrap("operator.recalledOf", fault.Invalid, "recall_invalid", err)
}

// RecallKind is the kind of proposal by which two end the certificates of a time, for an
// incident that is not closed. It ends nothing twice: who is cut goes on.
func RecallKind(all Recalls, incidents interface {
	Read(ctx context.Context, ref string) (incident.Incident, error)
}) staff.Kind {
	return staff.Kind{Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
		const op = "operator.RecallKind"
		r, err := recalledOf(p)
		if err != nil {
			return identity.Text{}, err
		}
		i, err := incidents.Read(ctx, p.Subject)
		switch {
		case err != nil:
			return identity.Text{}, err
		case !i.Closed.IsZero():
			return identity.Text{}, fault.New(op, fault.Conflict, "incident_closed")
		case r.Certificates == 0 && !r.About:
			return identity.Text{}, fault.New(op, fault.Conflict, "recall_nothing")
		}
		if _, err := all.Ending(ctx, r.Choice); err != nil { // the choice is judged; how far it is says nothing yet
			return identity.Text{}, err
		}
		return r.says(p.Subject), nil
	}, After: func(ctx context.Context, p staff.Proposal) error {
		r, err := recalledOf(p)
		if err == nil {
			_, err = all.RecallByTwo(ctx, r.Choice, p.Number)
		}
		return err
	}}
}

// says is what both sign: how many end, of which time, why, and never whose.
func (r Recalled) says(ref string) identity.Text {
	from, until, n := r.From.In(shanghai()).Format(time.DateTime), r.Until.In(shanghai()).Format(time.DateTime), strconv.FormatUint(r.Certificates, 10)
	zh, en := n+" 张", n+" certificates"
	if r.About {
		zh, en = "约 "+zh, "about "+en
	}
	return identity.Text{ZH: "永久作废北京时间 " + from + " 起、" + until + " 前签发的网证，提出时共 " + zh + "（事件 " + ref + "）：" + r.Reason,
		EN: "End for good the net certificates that were issued from " + from + " and before " + until + ", Beijing time: " + en + " when this was proposed (incident " + ref + "): " + r.Reason}
}

// ending is a choice that two agreed to end, as the page of its incident shows it.
type ending struct {
	recall.Far
	Of     Recalled
	Number string // of the proposal
	By     []wrote
}

// endings are those of one incident, the newest first. They are read from the proposals:
// what two signed is the record of it.
func (d *Door) endings(v *shell.Visit, ref string, names called) (all []ending, err error) {
	proposals, err := d.Staff.Proposals(v.Context())
	for _, p := range proposals {
		if p.Action != law.RecallMany || p.Subject != ref || p.State != staff.Done && p.State != staff.Approved || p.Decided == nil {
			continue
		}
		r, err := recalledOf(p)
		if err != nil {
			return nil, err
		}
		far, err := d.Recalls.Ending(v.Context(), r.Choice)
		if err != nil {
			return nil, err
		}
		all = append(all, ending{far, r, p.Number, []wrote{names.wrote(hand(staff.Member{ID: p.By}), p.Proposed.Time, ""), names.wrote(hand(staff.Member{ID: p.Decided.By}), p.Decided.Time, "")}})
	}
	return all, err
}

// recallMany proposes to end the certificates of a time, which is China's, and counts them first.
func (d *Door) recallMany(v *shell.Visit, m staff.Member) error {
	const op = "operator.recallMany"
	ref := v.R.PathValue("ref")
	v.Back("/operator/incidents/" + ref)
	if !law.MayStaff(m.Role, law.RecallMany, law.Propose) { // before anything is counted for them
		return fault.New(op, fault.Forbidden, "role_refused")
	}
	from, err := moment(v.Form("from"))
	until, err2 := moment(v.Form("until"))
	if err := errors.Join(err, err2); err != nil {
		return fault.Wrap(op, fault.Invalid, "recall_invalid", err)
	}
	r := Recalled{Choice: recall.Choice{From: from.UTC(), Until: until.UTC(), Reason: v.Form("what")}}
	if r.Counted, err = d.Recalls.Count(v.Context(), r.Choice); err != nil {
		return err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	return d.sign(v, m, law.RecallMany, ref, body)
}

// moment is a browser's field of a day and a time, in Beijing's time.
func moment(s string) (time.Time, error) {
	return time.ParseInLocation("2006-01-02T15:04", s, shanghai())
}
