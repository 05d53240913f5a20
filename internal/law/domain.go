package law

import "time"

// DomainProofEnds is when it has to be proven anew that a domain is a party's. No law sets a
// term: that who receives answers about people goes on proving where they go, once a year,
// is our reading of Regulations Art. 9 (measures that keep data from whoever may not have it)
// and of Art. 12. Domains are registered by the year, and another may own one that was let go.
func DomainProofEnds(proven time.Time) time.Time { return proven.AddDate(1, 0, 0) }
