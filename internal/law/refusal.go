package law

import "netid/internal/fault"

// Refusal is the error for a reason that a rule about people who work here gave
// (Seconds, Proposes, Incident.Closes); nil for "". A reason that it does not know is
// a no all the same.
func Refusal(op, reason string) error {
	switch reason {
	case "":
		return nil
	case "staff_disabled":
		return fault.New(op, fault.Forbidden, "staff_disabled")
	case "approver_same":
		return fault.New(op, fault.Forbidden, "approver_same")
	case "approver_line":
		return fault.New(op, fault.Forbidden, "approver_line")
	case "reviewer_same":
		return fault.New(op, fault.Forbidden, "reviewer_same")
	case "incident_unreviewed":
		return fault.New(op, fault.Conflict, "incident_unreviewed")
	case "incident_needs":
		return fault.New(op, fault.Conflict, "incident_needs")
	}
	return fault.New(op, fault.Forbidden, "role_refused")
}
