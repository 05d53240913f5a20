package statuslist

import (
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/token/jose"
)

const (
	maxAggregation = 1 << 20
	maxLists       = 10_000
)

// Aggregate names all lists (§9.3), so that a reader without a network later can
// fetch them before it needs one, and nobody learns which.
func Aggregate(uris []string) ([]byte, error) {
	if uris == nil {
		uris = []string{}
	}
	b, err := json.Marshal(struct {
		Lists []string `json:"status_lists"`
	}{uris})
	return b, fault.Wrap("statuslist.Aggregate", fault.Internal, "", err)
}

// ParseAggregation reads the addresses of all lists, at most 10,000. Reason "aggregation_invalid".
func ParseAggregation(b []byte) ([]string, error) {
	const op = "statuslist.ParseAggregation"
	o, err := jose.ParseObject(b, maxAggregation)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "aggregation_invalid", err)
	}
	raw, err := jose.ParseArray(o["status_lists"], maxAggregation)
	if err != nil || len(raw) > maxLists {
		return nil, fault.Newf(op, fault.Invalid, "aggregation_invalid", "no array, or too many")
	}
	uris := make([]string, 0, len(raw))
	for _, r := range raw {
		uri, ok := jose.Object{"uri": r}.Text("uri")
		if !ok || uri == "" {
			return nil, fault.Newf(op, fault.Invalid, "aggregation_invalid", "an address that is none")
		}
		uris = append(uris, uri)
	}
	return uris, nil
}
