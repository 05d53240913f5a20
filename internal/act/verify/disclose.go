package verify

import (
	"context"
	"fmt"

	"netid/internal/identity"
)

// agreed are the plain items that were asked and given, each by its own
// consent, which was recorded before the code was made.
func agreed(c identity.Code) (items []identity.PlainAsk, consents []identity.Consent) {
	if c.Consent == (identity.EventID{}) {
		return nil, nil
	}
	for _, i := range c.Ask.Plain {
		if has(c.Give, i.Name()) {
			items = append(items, i)
			consents = append(consents, identity.Consent{Subject: i.Name(), Given: true})
		}
	}
	return items, consents
}

// disclose puts the plain text that was agreed to into the answer, once: it is
// in no token that is kept, and no later answer of the same approval has it
// (Art. 8). The law is asked again, since a basis, a purpose or a key may have
// gone meanwhile.
func (a *Act) disclose(ctx context.Context, c identity.Code, p identity.Party, o identity.Opened, v *identity.Verification) error {
	const op = "verify.disclose"
	items, consents := agreed(c)
	if len(items) == 0 {
		return nil
	}
	if err := a.Law.Discloses(p, items, consents).Err(op); err != nil {
		return err
	}
	if err := a.Law.InTerm(p, items, identity.Today(a.Now())).Err(op); err != nil {
		return err
	}
	if err := a.Law.Seals(p).Err(op); err != nil {
		return err
	}
	values, matches, err := a.Vault.Disclose(ctx, o, items)
	if err != nil {
		return err
	}
	v.Plain = &identity.Disclosure{Values: values, Matches: matches, Consent: c.Consent, Purpose: p.Purpose.Text, Bases: map[identity.Item]string{}, Days: p.KeepDays}
	for _, i := range items {
		v.Plain.Bases[i.Item] = p.Bases[string(i.Item)]
	}
	return nil
}

// told is how an item stands in the record: never its value.
func told(d *identity.Disclosure, i identity.PlainAsk) (string, bool) {
	if d == nil {
		return "", false
	}
	if i.Match {
		same, there := d.Matches[i.Name()]
		return fmt.Sprintf("%s=%t", i.Name(), same), there
	}
	_, there := d.Values[i.Item]
	return i.Name() + "=plaintext", there
}
