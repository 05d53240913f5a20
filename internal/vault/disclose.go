package vault

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Disclose opens the real identity once and gives of it the items that were
// agreed to, and no others: each in plain text, or whether it is the value that
// the party sent. An item that the person does not have is absent. Nothing of
// it is remembered here.
func (v *Vault) Disclose(ctx context.Context, o identity.Opened, items []identity.PlainAsk) (map[identity.Item]identity.Plain, map[string]bool, error) {
	p, err := v.Identity(ctx, o)
	if err != nil {
		return nil, nil, fault.At("vault.Disclose", err)
	}
	values, matches := map[identity.Item]identity.Plain{}, map[string]bool{}
	for _, i := range items {
		switch value := i.Item.Of(p); {
		case i.Match:
			matches[i.Name()] = value.Same(i.Value)
		case value != "":
			values[i.Item] = value
		}
	}
	return values, matches, nil
}
