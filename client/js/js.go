// Package js carries the module with which a page, or Node, checks what netid says
// (assets/netid-verify.mjs), so that a server can serve it.
//
// It owns the module's bytes. It refuses to know who serves them, and imports nothing.
//
// Invariant: the module says "proven" of no text of which package client does not; the
// same vectors are read by both (client/testdata/vectors/verify.json).
//
// Decisions: docs/adr/0051-offline.md.
package js

import (
	"embed"
	"io/fs"
)

//go:embed assets/*.mjs
var files embed.FS

// Files are the module, below assets.
func Files() fs.FS { return files }
