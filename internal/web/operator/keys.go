package operator

import (
	"strconv"
	"time"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Keys are the service's own, as the act of ceremonies shows them.
type Keys interface {
	State(held []ceremony.Order) ceremony.State
}

// record is a ceremony that was held, and the proposal in which two say so.
type record struct {
	ceremony.Order
	Number string
	By     staff.ID
	Second staff.ID
}

// keysPage are the keys, what is due, what was held, and the commands of each ceremony.
type keysPage struct {
	sheet[ceremony.Row]
	Waits      []ceremony.Wait
	Held       []record
	Ceremonies []recipe
	Today      string
}

// recipe is how a ceremony is held. Its commands are run where the keys are, by people: no
// page can.
type recipe struct {
	Name     string
	Commands []string
}

func recipes() (all []recipe) {
	of := map[string][]string{
		"officers-months": {"netid officers months --data DIR --until YYYY-MM", "netid officers list --data DIR"},
		"officers-found":  {"netid officers key --out FILE", "netid officers found --data DIR --threshold 3 --officer PUBLIC_KEY …"},
		"master-split":    {"netid keys ceremony split --data DIR --shares 5 --threshold 3 --out DIR"},
		"master-rotate":   {"netid keys rotate-master --data DIR", "netid keys ceremony split --data DIR --shares 5 --threshold 3 --out DIR", "netid backup --keys --data DIR --out FILE"},
		"master-rebuild":  {"netid keys ceremony rebuild SHARE SHARE SHARE --out FILE"},
		"anchor-publish":  {"curl -o root.pem https://HOST/trust/root.pem", "openssl x509 -in root.pem -noout -fingerprint -sha256"},
	}
	for _, name := range ceremony.Ceremonies() {
		all = append(all, recipe{name, of[name]})
	}
	return all
}

func (d *Door) keys(v *shell.Visit, m staff.Member) error {
	held, err := d.held(v)
	if err != nil {
		return err
	}
	var orders []ceremony.Order
	for _, r := range held {
		orders = append(orders, r.Order)
	}
	state := d.Keys.State(orders)
	heads := []string{v.Say("operator.key.use"), v.Say("operator.number"), v.Say("operator.key.algorithm"), v.Say("operator.state"), v.Say("operator.key.life"), v.Say("operator.key.made"), v.Say("operator.key.days"), v.Say("operator.key.due")}
	s, sent, err := sheetOf(d, v, "keys", heads, state.Keys, func(k ceremony.Row) []string {
		due := ""
		if k.Due != "" {
			due = v.Say("operator.key.due." + k.Due)
		}
		return []string{v.Say("operator.key.of."+k.Use) + " (" + k.Use + ")", k.ID, k.Algorithm, v.Say("operator.key.state." + k.State), v.Say("operator.key.life." + k.Life), k.Created.In(shanghai()).Format(time.DateOnly), strconv.Itoa(k.Days), due}
	})
	if sent || err != nil {
		return err
	}
	return v.Show(d.pages, "operator-keys", d.page(m, keysPage{s, state.Waits, held, recipes(), identity.Today(d.Now()).String()}))
}

// held are the ceremonies that two recorded.
func (d *Door) held(v *shell.Visit) (all []record, err error) {
	proposals, err := d.Staff.Proposals(v.Context())
	for _, p := range proposals {
		if p.Action != law.KeyCeremony || p.State != staff.Done && p.State != staff.Approved || p.Decided == nil {
			continue
		}
		o, err := ceremony.Read(p.Body)
		if err != nil {
			return nil, err
		}
		if o.Do == ceremony.Held {
			all = append(all, record{o, p.Number, p.By, p.Decided.By})
		}
	}
	return all, err
}

// order proposes something about a key, or that a ceremony was held.
func (d *Door) order(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/keys")
	o := ceremony.Order{Do: v.Form("do"), Use: v.Form("use"), Key: v.Form("key"), Name: v.Form("ceremony"), Present: v.Form("present"), Outcome: v.Form("outcome")}
	if day := v.Form("day"); day != "" {
		var err error
		if o.Day, err = identity.ParseDate(day); err != nil {
			return fault.Wrap("operator.order", fault.Invalid, "ceremony_invalid", err)
		}
	}
	body, err := o.Body()
	if err != nil {
		return err
	}
	return d.sign(v, m, law.KeyCeremony, o.Subject(), body)
}
