package identity

// What is wrapped anew, each in a pass of its own.
const (
	RewrapPersons      = "person"      // the three keys of each person
	RewrapCertificates = "certificate" // the bodies of certificates
	RewrapShelf        = "shelf"       // the slots of the shelf
)

// Rewrap is how far a pass has come that wraps everything of one sort under
// the newest keys. It stands in the store, so that a crash resumes it.
type Rewrap struct {
	What    string
	Target  uint64 // generation of the keys that the pass is for
	Reached []byte // the last row that is done; none before the first
	Done    uint64 // rows looked at
	Total   uint64 // rows there were when it began: for people to read
	Odd     uint64 // rows that open under no live key
	Ended   bool
}

// SwapKeys replaces the wrapped keys of a person. Guard: From ("rewrap_moved");
// a person who is gone is no failure.
type SwapKeys struct {
	ID       PersonID
	From, To WrappedKeys
}

// SwapCertificate replaces the sealed body of a certificate, as SwapKeys.
type SwapCertificate struct {
	ID       CertificateID
	From, To []byte
}

// IssueAgain gives a certificate that is not ended another body and another place for
// its status: at the former place it is revoked, at the new one it is what it was. One
// that is gone or ended is no failure. Guards: its body is From ("rewrap_moved"); Under,
// as for OpenPerson ("keys_moved").
type IssueAgain struct {
	Certificate CertificateRow
	From        []byte
}

type (
	// BeginRewrap begins a pass. From then on nothing is committed that was
	// wrapped under keys of before Target. Guard: no pass of this or a later
	// target is under way, none of a later one has ended ("rewrap_moved").
	BeginRewrap struct {
		What   string
		Target uint64
		Total  uint64
	}
	// StepRewrap moves a pass on and swaps what it passed, all or nothing.
	// Guards: the pass stands at From ("rewrap_moved"), and those of each swap.
	StepRewrap struct {
		What         string
		Target       uint64
		From, To     []byte
		Done, Odd    uint64 // more than before
		Ended        bool
		Persons      []SwapKeys
		Certificates []SwapCertificate
		Revoke       []CertificateID // those of them that are not ended, for good; one that is gone is no failure
		Again        []IssueAgain
	}
)

func (BeginRewrap) note() {}
func (BeginRewrap) verb() {}
func (StepRewrap) note()  {}
