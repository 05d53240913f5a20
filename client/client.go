// Package client checks what netid says, for everybody who does not want to
// believe it: a relying party checks a signed answer or a
// credential that its holder presents, a citizen or an auditor
// checks that an approval was given over these very words and that an event
// stands in the ledger, unchanged and in its place.
//
// A program knows what it expects, and calls the one check: CheckAnswer, CheckReceipt,
// CheckPresentation, CheckCredential, CheckStatusList, CheckTrustList,
// CheckRegistration, CheckExport, CheckApproval, CheckHead. Who has a file, and does not know
// what it is, calls Read. Nothing here uses a network but a Log that was given a Fetch.
//
// It owns the words of the statement that a citizen approves, and the checks.
// It refuses to know any server, store or key that is not handed to it, and
// imports nothing else of netid: a party can take it alone.
//
// Invariant: a check that returns no error has looked at every byte that it
// speaks for; nothing is accepted because it is absent, and no input chooses
// the algorithm that checks it: the caller does, by the check that it calls
// (and for Read by the keys that it gives for each).
//
// Specifications: RFC 7515 and RFC 7518 (ES256), RFC 7517 (JWK), GB/T 32918 and
// GB/T 35276 (SM2, under private names: AlgSM2), RFC 7516 (JWE), OpenID Connect Core 1.0 (ID token),
// RFC 9901 (SD-JWT), RFC 9052 and RFC 9285 (slips of venues), draft-ietf-oauth-sd-jwt-vc-24 (credentials), draft-ietf-oauth-status-list-21 (statuses), OpenID for Verifiable Presentations 1.0 and HAIP 1.0 (asking a wallet), RFC 6962 §2.1 (tree hash and proofs), C2SP tlog-checkpoint and signed-note v1 (heads), tlog-tiles (following a ledger),
// tlog-cosignature v1 (witnesses).
package client

// Reason is why a check failed; every error of this package is (errors.Is) one.
type Reason string

func (r Reason) Error() string { return string(r) }

const (
	ErrStatement  Reason = "statement_invalid"  // not a statement that may be shown or signed
	ErrSignature  Reason = "signature_invalid"  // the signature does not cover these bytes under this key
	ErrKey        Reason = "key_invalid"        // not a key of the one accepted kind
	ErrToken      Reason = "token_invalid"      // an ID token that is malformed, or for somebody else, or at another time
	ErrReceipt    Reason = "receipt_invalid"    // not a receipt with exactly the two signatures that it must have
	ErrCredential Reason = "credential_invalid" // a credential that is malformed, of another kind or time, or whose disclosures or holder's proof do not fit
	ErrStatus     Reason = "status_unknown"     // a list of statuses that is none, or past its time, or not the credential's
	ErrQuery      Reason = "query_invalid"      // not a query that this package can check the answer of
	ErrRequest    Reason = "request_invalid"    // a request for credentials that cannot be made
	ErrResponse   Reason = "response_invalid"   // a wallet's answer that is malformed, for another transaction, or not what was asked
	ErrHead       Reason = "head_invalid"       // not a ledger head, or not signed by this key
	ErrProof      Reason = "proof_invalid"      // the event does not stand there, or the ledger was rewritten
	ErrRollback   Reason = "ledger_rolled_back" // the ledger is shorter than it was
	ErrFork       Reason = "ledger_forked"      // the ledger shows another history than it did
	// a change of the ledger's key that is not what it must be, or leads from another key
	ErrSuccession Reason = "succession_invalid"
	// of codes that are shown at a venue, and of what they are checked by
	ErrSlip          Reason = "slip_invalid"        // not a code, or not in the one form
	ErrSlipTime      Reason = "slip_of_other_day"   // before or behind the day that the slip is for
	ErrSlipLate      Reason = "slip_late"           // shown before: a picture of it, or a clock that is wrong
	ErrSlipEarly     Reason = "slip_early"          // not to be shown yet: a clock is wrong
	ErrSlipElsewhere Reason = "slip_elsewhere"      // made for another venue, or for none where it must be for this one
	ErrSlipFrozen    Reason = "slip_frozen"         // stopped since it was given
	ErrSlipAge       Reason = "slip_age_unproven"   // it does not say that its holder is over 18
	ErrOnline        Reason = "online_code_invalid" // not an online code of this service
	ErrSlipUsed      Reason = "slip_used"           // shown at this gate already
	ErrBundle        Reason = "bundle_invalid"      // not a bundle of this issuer in its form and time
	ErrBundleOld     Reason = "bundle_too_old"      // a newer one must be fetched first
	ErrExport        Reason = "export_invalid"      // an export that is malformed, incomplete or altered
	ErrEvidence      Reason = "evidence_invalid"    // not the list of an evidence pack, or a file that is not as it says
)
