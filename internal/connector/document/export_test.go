package document

import "netid/internal/identity"

// Row is what docs/documents.md says of a kind beside its label.
type Row struct {
	Years int
	Long  bool
	Code  string // the zone's beginning; "": the state's decoder reads the card
}

// Rows are the registry.
func Rows() map[identity.DocumentKind]Row {
	rows := map[identity.DocumentKind]Row{}
	for _, e := range entries() {
		rows[e.kind] = Row{e.term, e.long, e.code}
	}
	return rows
}
