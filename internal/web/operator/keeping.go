package operator

import "netid/internal/law"

// keeping are the pages by which people keep the service itself: its keys, what it bears,
// its counters, and its figures.
func (d *Door) keeping() map[string]page {
	return map[string]page{
		"GET /operator/exceptions":        {law.GrantExcept, d.exceptions},
		"POST /operator/exceptions":       {law.GrantExcept, d.except},
		"POST /operator/exceptions/find":  {law.GrantExcept, d.findGuardian},
		"GET /operator/exceptions/{ref}":  {law.GrantExcept, d.guardian},
		"POST /operator/exceptions/{ref}": {law.GrantExcept, d.decideGuardian},
		"GET /operator/figures":           {law.SeeFigures, d.figures},
		"GET /operator/health":            {law.SeeHealth, d.health},
		"GET /operator/keys":              {law.KeyCeremony, d.keys},
		"POST /operator/keys":             {law.KeyCeremony, d.order},
	}
}
