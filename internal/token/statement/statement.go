// Package statement composes, from a party's request and the citizen's
// choices, the public client's statement: what is shown, signed and kept.
//
// It owns which item is optional and given, and refuses to know the words
// (those are client's) and who asks for it: approving and redeeming an
// approval must compose the same bytes, so they compose them here.
//
// Invariant: the result, or what a wallet is to hold, is first and given; an item that nobody chose is withheld.
package statement

import (
	"slices"

	"netid/client"
	"netid/internal/identity"
)

// Of gives the composer of a service, under the name that citizens know.
func Of(service string) func(ask identity.CodeAsk, p identity.Party, locale string, give []string) client.Statement {
	return func(ask identity.CodeAsk, p identity.Party, locale string, give []string) client.Statement {
		items := []client.Item{{Name: "result", Given: true}}
		if holds := ask.Holds(); holds != nil {
			items = items[:0]
			for n, name := range holds {
				items = append(items, client.Item{Name: name, Given: n == 0 || slices.Contains(give, name), Optional: n > 0})
			}
		}
		for _, m := range ask.Marks {
			items = append(items, client.Item{Name: string(m.Mark), Given: slices.Contains(give, string(m.Mark)), Optional: true})
		}
		if ask.Offline > 0 {
			items = append(items, client.Item{Name: ask.Offline.Item(), Given: slices.Contains(give, ask.Offline.Item()), Optional: true})
		}
		for _, i := range ask.Plain {
			items = append(items, client.Item{Name: i.Name(), Given: slices.Contains(give, i.Name()), Optional: true, Basis: p.Bases[string(i.Item)], Days: p.KeepDays})
		}
		if standing := ask.Lasting(); slices.Contains(give, standing) {
			items = append(items, client.Item{Name: standing, Given: true, Optional: true})
		}
		return client.Statement{Locale: locale, Service: service, Party: p.Name.In(locale), Domain: p.Domain, Purpose: p.Purpose.Text.In(locale),
			Intent: string(ask.Intent), Mode: string(ask.Mode), Items: items, Across: ask.Across, Transaction: ask.Transaction, Time: ask.Time}
	}
}
