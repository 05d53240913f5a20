package statement

import (
	"strings"

	"netid/internal/identity"
)

// Anywhere stands where a party's name would: the citizen shows a code, and at
// which registered venue is not known before one of them asks. It is no party and
// registered nowhere; the domain is the service's own, which registers venues.
func Anywhere(issuer string) identity.Party {
	_, host, _ := strings.Cut(issuer, "://")
	return identity.Party{Domain: host, Name: identity.Text{ZH: "任何一家已登记的场所", EN: "Any registered venue"},
		Purpose: identity.Purpose{Text: identity.Text{ZH: "您在门口出示核验码，由一家场所查验一次", EN: "You show a code at a gate, and one venue checks it once"}}}
}
