package authority

import "netid/internal/identity"

// The questions and answers of /v1 as they travel. Bytes are base64.
// A simulator sets Simulator in every answer, refusals included.
type (
	// Decode is POST /v1/decode.
	Decode struct {
		Transcript []byte `json:"transcript"`
		Challenge  []byte `json:"challenge"`
	}
	// Decoded answers it.
	Decoded struct {
		Simulator bool                  `json:"simulator,omitempty"`
		Document  identity.Document     `json:"document"`
		Person    identity.PersonHandle `json:"person"`
	}
	// Resolve is POST /v1/resolve: of a document only what the register needs
	// to find it. It is asked when a document was checked here, and of every document,
	// also one that the authority decoded, where an enrolment ends.
	Resolve struct {
		Kind    identity.DocumentKind `json:"kind"`
		Number  string                `json:"number"`
		Birth   identity.Date         `json:"birth"`
		Expires identity.Date         `json:"expires"`
		Long    bool                  `json:"long_term,omitempty"`
	}
	// Resolved answers it.
	Resolved struct {
		Simulator bool                  `json:"simulator,omitempty"`
		Person    identity.PersonHandle `json:"person"`
	}
	// Phone is POST /v1/phone.
	Phone struct {
		Person identity.PersonHandle `json:"person"`
		Phone  string                `json:"phone"`
	}
	// OnFile answers it.
	OnFile struct {
		Simulator bool `json:"simulator,omitempty"`
		OnFile    bool `json:"on_file"`
	}
	// Kin is POST /v1/guardians, POST /v1/wards and POST /v1/relatives: who answers for the person
	// before the law, for whom the person does, and who their close relatives are, dead or alive, as of now.
	Kin struct {
		Person identity.PersonHandle `json:"person"`
	}
	// Related answers either. Nobody is an empty list.
	Related struct {
		Simulator bool                    `json:"simulator,omitempty"`
		People    []identity.PersonHandle `json:"people"`
	}
	// Refused is the body of a 422.
	Refused struct {
		Simulator bool    `json:"simulator,omitempty"`
		Reason    Refusal `json:"reason"`
	}
)

// Refusal is why the authority says no.
type Refusal string

const (
	NotValid   Refusal = "document_not_valid"  // unknown, lost, cancelled, replaced, not valid yet, its holder dead
	NotListed  Refusal = "document_not_listed" // the passport of somebody who is not settled abroad (Art. 15)
	ChipFailed Refusal = "chip_authentication_failed"
	Malformed  Refusal = "document_malformed"
)
