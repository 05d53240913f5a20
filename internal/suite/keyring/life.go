package keyring

import (
	"slices"
	"time"

	"netid/internal/suite"
)

// Class is what a rotation means for what the former keys of a use made.
type Class string

const (
	Rotates Class = "rotates" // it is over soon: a former key is retired when its overlap is over
	Accrues Class = "accrues" // it stays as long as its persons do: a new version serves new entries, former ones stay live
	Rewraps Class = "rewraps" // it is wrapped anew, online: a former key is retired when nothing is wrapped under it any more
	Fixed   Class = "fixed"   // it does not rotate
)

// life is what happens to the keys of one use.
type life struct {
	class   Class
	overlap time.Duration // how long a former key still opens or verifies: the longest life of what it made, and some more
	why     string        // of Fixed: why it does not rotate; of Accrues: what is lost with a former key
	forever bool          // of Accrues: not even a compromised former key may be retired
}

// most is how many versions may be live at a time. What rotates is tried under
// all; what accrues is found by its version, or by one look-up for each.
func (l life) most() int {
	if l.class == Accrues {
		return 32
	}
	return 8
}

// lifeOf is the whole table. A use that is not in it does not rotate.
func lifeOf(use string) life {
	switch use {
	case "token", "token-sm", "sid": // as hints of log-outs ID tokens are shown for as long as a session lives
		return life{class: Rotates, overlap: 31 * 24 * time.Hour}
	case "certificate": // a net certificate lives six months
		return life{class: Rotates, overlap: 185 * 24 * time.Hour}
	case "attestation", "attestation-sm": // an attestation ends with its day
		return life{class: Rotates, overlap: 49 * time.Hour}
	case "status", "status-sm": // a list of statuses says for a day what it says
		return life{class: Rotates, overlap: 49 * time.Hour}
	case "verifier": // a request to a wallet is answered within the hour
		return life{class: Rotates, overlap: 2 * time.Hour}
	case "slip", "slip-sm", "bundle": // slips, statements and lists of keys lie about offline for a week at most
		return life{class: Rotates, overlap: 15 * 24 * time.Hour}
	case "anchor": // parties and wallets keep the root for years, and are given one more to learn the next
		return life{class: Rotates, overlap: 400 * 24 * time.Hour}
	case "request", "code", "answer", "access", "challenge", "nonce":
		return life{class: Rotates, overlap: time.Hour}
	case "refresh": // the longest term of a refresh token is 90 days
		return life{class: Rotates, overlap: 91 * 24 * time.Hour}
	case "session":
		return life{class: Rotates, overlap: 13 * time.Hour}
	case "invitation": // an invitation is good for a week at most
		return life{class: Rotates, overlap: 8 * 24 * time.Hour}
	case "outbox": // a delivery waits a week at most, and its row stays another when it died
		return life{class: Rotates, overlap: 15 * 24 * time.Hour}
	case "ledger", "ledger-sm": // exports and remembered heads lie about with a verifier key for a year and more; Succeed makes the record
		return life{class: Rotates, overlap: 400 * 24 * time.Hour}

	case "vault-index":
		return life{class: Accrues, forever: true, why: "whoever is found by it alone would not be found, and could enrol twice"}
	case "pepper":
		return life{class: Accrues, why: "passcodes chosen under it would not be known; their owners enrol anew"}
	case "number":
		return life{class: Accrues, why: "certificates issued under it would no longer say their number"}
	case "push": // a subscription is bound to the key that it was made with (RFC 8292 §4.2)
		return life{class: Accrues, why: "devices that turned signals on under it are signalled no more; their owners turn them on anew"}
	case "dossier-body":
		return life{class: Accrues, why: "records of the service's own work that were made under it would not open"}
	case "backup":
		return life{class: Accrues, why: "archives made under it would not be known for ours"}

	case "vault-identity", "vault-subject", "vault-record", "shelf":
		return life{class: Rewraps, overlap: 10 * time.Second} // until a new one wraps, and some more; the rest is counted, not waited for

	case "ledger-row", "ledger-erase":
		return life{class: Fixed, why: "every row and every tombstone of the ledger is bound under it, and rows are never written anew"}
	case "vault-service":
		return life{class: Fixed, why: "it names rows and seals where a person's secret lies, and the figures of the month that runs; it opens nothing of anybody by itself"}
	case "quorum":
		return life{class: Fixed, why: "the officers' months are known by it, for three years"}
	case "escrow":
		return life{class: Fixed, why: "what is left to the officers is found by it, for three years; it opens nothing of anybody"}
	case "dossier":
		return life{class: Fixed, why: "records of the service's own work are found by it; it opens none of them"}
	case "places":
		return life{class: Fixed, why: "with another key two certificates could get one place of a list that is begun"}
	case "demo":
		return life{class: Fixed, why: "it is the demonstration shop's password"}
	}
	return life{class: Fixed, why: "what it made stays in use for longer than two versions can overlap"}
}

// ClassOf tells what a rotation of a use means.
func ClassOf(use string) Class { return lifeOf(use).class }

// Uses lists those of a profile.
func Uses(p suite.Profile) []string { return sorted(uses(p)) }

// Rotatable lists the uses of a profile that rotate, accrue or rewrap.
func Rotatable(p suite.Profile) []string {
	return slices.DeleteFunc(sorted(uses(p)), func(use string) bool { return lifeOf(use).class == Fixed })
}
