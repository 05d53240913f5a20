package law

import (
	"embed"
	"fmt"
	"maps"
	"slices"

	"netid/internal/identity"
)

// The articles as they were compiled: an auditor reads the functions themselves.
//
//go:embed article??.go
var sources embed.FS

// Source is the file of an article, and its name; empty where there is none.
func Source(article int) (name string, text []byte) {
	name = fmt.Sprintf("article%02d.go", article)
	text, err := sources.ReadFile(name)
	if err != nil {
		return "", nil
	}
	return name, text
}

// Recorded are all kinds of events whose retention is settled, by name.
func Recorded() (kinds []identity.EventKind) { return slices.Sorted(maps.Keys(retained())) }
