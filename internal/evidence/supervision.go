package evidence

import (
	"strconv"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
)

// Supervised is what the service keeps for supervision: what was due and when it was done. It
// says nobody's name, and of people no count below law.Least.
type Supervised struct {
	Duties      []DutyRow      `json:"duties"`
	Emergencies []EmergencyRow `json:"emergencies"`
	Exports     []ExportRow    `json:"exports"`
	Tickets     Tickets        `json:"tickets_for_matters_of_minors"`
}

// DutyRow is one duty.
type DutyRow struct {
	Duty   law.Duty      `json:"duty"`
	Basis  identity.Text `json:"law"`
	Party  string        `json:"party,omitempty"`
	Opened time.Time     `json:"opened"`
	Due    identity.Date `json:"due"`
	Stage  law.Stage     `json:"stage"`
	Count  string        `json:"count,omitempty"`
	Steps  []StepRow     `json:"steps"`
}

// StepRow is what was done about it.
type StepRow struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Number string    `json:"number,omitempty"`
	Digest string    `json:"sha256,omitempty"`
}

// EmergencyRow is one emergency and its notice.
type EmergencyRow struct {
	Citation string      `json:"law"`
	People   string      `json:"people"`
	Began    time.Time   `json:"began"`
	Ended    time.Time   `json:"ended,omitzero"`
	Told     time.Time   `json:"told,omitzero"`
	Stands   law.Urgency `json:"stands"`
}

// ExportRow is one assessment on record.
type ExportRow struct {
	Region string        `json:"region"`
	Record string        `json:"record"`
	Office string        `json:"office"`
	What   string        `json:"what"`
	Until  identity.Date `json:"until"`
	At     time.Time     `json:"recorded"`
}

// Tickets are how many were given and used.
type Tickets struct {
	Given string `json:"given"`
	Used  string `json:"used"`
}

// CountTickets are so many, as they may be said.
func CountTickets(given, used int) Tickets {
	return Tickets{law.Figure(uint64(max(0, given))), law.Figure(uint64(max(0, used)))}
}

// whole has lists where nothing is.
func (s Supervised) whole() Supervised {
	s.Duties = append([]DutyRow{}, s.Duties...)
	s.Emergencies = append([]EmergencyRow{}, s.Emergencies...)
	s.Exports = append([]ExportRow{}, s.Exports...)
	if s.Tickets == (Tickets{}) {
		s.Tickets = CountTickets(0, 0)
	}
	return s
}

func (p *page) supervision(s Supervised) {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	p.WriteString("\n## " + p.s("supervision") + "\n\n" + p.s("supervision.says") + "\n")
	var rows [][]string
	for _, d := range s.Duties {
		last := ""
		if n := len(d.Steps); n > 0 {
			last = moment(d.Steps[n-1].At) + " " + inert(d.Steps[n-1].What) + " " + inert(d.Steps[n-1].Number)
		}
		rows = append(rows, []string{"`" + string(d.Duty) + "`", p.in(d.Basis), inert(d.Party), d.Due.String(), string(d.Stage), strconv.Itoa(len(d.Steps)), last})
	}
	p.table("supervision.heads", rows)
	rows = nil
	for _, e := range s.Emergencies {
		rows = append(rows, []string{inert(e.Citation), e.People, moment(e.Began), moment(e.Ended), moment(e.Told), string(e.Stands)})
	}
	p.table("supervision.emergencies", rows)
	rows = nil
	for _, e := range s.Exports {
		rows = append(rows, []string{inert(e.Region), inert(e.Record), inert(e.Office), inert(e.What), e.Until.String()})
	}
	p.table("supervision.exports", rows)
	p.WriteString("\n" + p.s("supervision.tickets", s.Tickets.Given, s.Tickets.Used) + "\n")
}
