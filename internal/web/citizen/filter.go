package citizen

import (
	"net/url"
	"slices"
	"time"

	"netid/internal/act/look"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// recordsPage is the citizen's records, or those that they chose.
type recordsPage struct {
	Assisted  []helped // what authorities were told by law
	Told      []toldView
	Lines     []line
	Ended     bool // what was numbered before the oldest line is kept no more
	Any       bool // there are records, whether chosen or not
	Filter    filter
	Platforms []option
	Kinds     []option
	Months    []option
}

// option is one choice of a list.
type option struct {
	Value, Name string
	Chosen      bool
}

// filter is which records are shown: a platform, a kind and a month, each or none.
type filter struct {
	Party identity.PartyID
	Kind  string
	Month string
}

// choice reads the filter from the address; what it does not know chooses nothing away.
func choice(v *shell.Visit) filter {
	var f filter
	if id, err := identity.ParsePartyID(v.Query("platform")); err == nil {
		f.Party = id
	}
	if k := v.Query("kind"); slices.Contains(kinds(), k) {
		f.Kind = k
	}
	if m, err := identity.ParseMonth(v.Query("month")); err == nil {
		f.Month = m.String()
	}
	return f
}

func (f filter) takes(e identity.Event) bool {
	return (f.Party == "" || e.Party == f.Party) && (f.Kind == "" || kindOf(e.Kind) == f.Kind) && (f.Month == "" || monthOf(e.Time) == f.Month)
}

// Copy is where the same choice is had as a table; whole, so that the template leaves its marks as they are.
func (f filter) Copy() string { return "/records/copy?" + f.query() }

// query is the same choice in an address.
func (f filter) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"platform": string(f.Party), "kind": f.Kind, "month": f.Month} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// Chosen reports whether anything is left out.
func (f filter) Chosen() bool { return f != filter{} }

// kinds are what a citizen looks for, in their words.
func kinds() []string {
	return []string{"told", "refused", "consents", "devices", "documents", "others"}
}

func kindOf(k identity.EventKind) string {
	switch k {
	case identity.Verified, identity.Refreshed, identity.Attested:
		return "told"
	case identity.Declined, identity.GuardianRefused:
		return "refused"
	case identity.Consented, identity.StandingGiven, identity.StandingEnded, identity.Withdrawn, identity.NoticeAgreed, identity.GuardianAgreed,
		identity.ErasureAsked, identity.ErasureAnswered, identity.Reported:
		return "consents"
	case identity.SignedIn, identity.Issued, identity.DeviceAdded, identity.DeviceAsked, identity.DeviceNamed, identity.DeviceRefused, identity.DeviceRemoved,
		identity.SignalsOn, identity.SignalsOff, identity.CodesMade, identity.SessionEnded:
		return "devices"
	case identity.Enrolled, identity.DocumentAdded, identity.DocumentTold, identity.HeldByNews, identity.ClosedByNews, identity.Reopened, identity.GuardianTold:
		return "documents"
	}
	return "others"
}

// beijing is the clock by which pages say days and months.
func beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

func monthOf(t time.Time) string { return t.In(beijing()).Format("2006-01") }

// offer lists what can be chosen: the platforms and months that there are.
func (p *recordsPage) offer(v *shell.Visit, all []look.Record) {
	for _, k := range kinds() {
		p.Kinds = append(p.Kinds, option{k, v.Say("records.kind." + k), k == p.Filter.Kind})
	}
	for _, r := range all {
		e := r.Event
		if m := monthOf(e.Time); !slices.ContainsFunc(p.Months, func(o option) bool { return o.Value == m }) {
			p.Months = append(p.Months, option{m, m, m == p.Filter.Month})
		}
		if e.Party == "" || slices.ContainsFunc(p.Platforms, func(o option) bool { return o.Value == string(e.Party) }) {
			continue
		}
		name := string(e.Party)
		if e.Name != nil {
			name = e.Name.In(v.Locale)
		}
		p.Platforms = append(p.Platforms, option{string(e.Party), name, e.Party == p.Filter.Party})
	}
}
