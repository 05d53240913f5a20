// Package evidence writes what an auditor is handed: the rules that decide, the
// tests that hold them, what happened in counts, the configuration and the parties, in one
// pack that is checked offline, article by article (Art. 14).
//
// It owns which files a pack has and what stands in them, and refuses to know any
// person: it is handed no key that opens a sealed entry, and counts such entries by month alone.
//
// Invariant: nothing of a pack comes from a person's record, name or number, and no count
// about people below law.Least is said. Decision: docs/adr/0059-evidence.md.
package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Facts are what a pack is made of.
type Facts struct {
	Taken    time.Time
	Article  int          // 1 to 16; 0: all
	Operator law.Operator // zero: the notices have their places unfilled
	Sandbox  bool         // of synthetic people
	Setting  Setting
	Parties  []identity.Party
	Counts   Counts
	Faces    uint64  // persons who ever used the face step
	Unsigned *uint64 // decisions by two at the console behind which two good signatures do not stand; nil: rows do not hold, so nobody could look
	Kept     Supervised
	Head     []byte // the ledger's newest signed head; none: it is empty
	Keys     string // the ledger's keys, as /ledger/keys has them
}

// Setting is the configuration in force, without a secret in it.
type Setting struct {
	Ledger     string    `json:"ledger"`  // its name
	Profile    string    `json:"profile"` // of the cryptography
	Region     string    `json:"region,omitempty"`
	Issuer     string    `json:"issuer,omitempty"`
	Algorithms any       `json:"algorithms"`
	Keys       any       `json:"keys"`
	Certified  bool      `json:"certified_module"`
	Offered    *Services `json:"offered,omitempty"` // from the configuration file, where it was given
}

// Services is what the configuration file turns on.
type Services struct {
	Face      bool     `json:"face"`
	Signals   []string `json:"signals"` // hosts of push services
	MTLS      bool     `json:"mtls"`
	News      bool     `json:"news_of_the_authority"`
	Operators int      `json:"operators"`
	Database  string   `json:"database"` // "embedded" or "postgresql"
}

// Say is a sentence of the catalogue.
type Say func(locale, key string, args ...any) string

// Pack makes the files of a pack, by name; all but the signed list. Fails with
// Invalid "article_unknown".
func Pack(f Facts, say Say) (map[string][]byte, error) {
	const op = "evidence.Pack"
	if f.Article < 0 || f.Article > len(law.Articles()) {
		return nil, fault.Newf(op, fault.Invalid, "article_unknown", "there is no article %d", f.Article)
	}
	files := map[string][]byte{"ledger-head.txt": f.Head, "ledger-keys.txt": []byte(f.Keys)}
	figures := f.figures()
	for name, v := range map[string]any{"rules.json": f.rules(), "obligations.json": f.obligations(), "figures.json": figures,
		"configuration.json": f.Setting, "parties.json": register(f.Parties), "retention.json": retention(), "notices.json": notices(), "supervision.json": f.Kept.whole()} {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, "internal", err)
		}
		files[name] = append(b, '\n')
	}
	for _, a := range f.articles() {
		name, text := law.Source(a.Number)
		files["source/"+name] = text
	}
	for _, n := range law.Notices() {
		for _, version := range n.Wordings() {
			for _, locale := range []string{"zh-CN", "en"} {
				text, _ := n.TextAt(version, locale, f.operator())
				files[fmt.Sprintf("notices/%s.%s.%s.txt", n.ID, version, locale)] = []byte(text)
			}
		}
	}
	for _, locale := range []string{"zh-CN", "en"} {
		files["report."+locale+".md"] = f.report(say, locale, figures)
	}
	return files, nil
}

// operator leaves the places of a notice as they are where nobody is known.
func (f Facts) operator() law.Operator {
	if f.Operator.Contact == "" {
		return law.Operator{Name: identity.Text{ZH: "{operator}", EN: "{operator}"}, Contact: "{contact}"}
	}
	return f.Operator
}

// articles are those of the pack.
func (f Facts) articles() []law.Article {
	all := law.Articles()
	if f.Article > 0 {
		return all[f.Article-1 : f.Article]
	}
	return all
}

// obligations are those of the pack: the rows of its articles, the rows that its rules
// answer to, and of all articles the official explanation too.
func (f Facts) obligations() []law.Obligation {
	return slices.DeleteFunc(law.Obligations(), func(o law.Obligation) bool {
		if f.Article == 0 || o.Article() == f.Article {
			return false
		}
		return !slices.ContainsFunc(f.articles()[0].Rules, func(r law.Rule) bool { return slices.Contains(r.Obligations, o.ID) })
	})
}
