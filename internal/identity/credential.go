package identity

import "time"

// CredentialGrant is who may get which credentials until when: what the access
// token of a wallet says, sealed.
type CredentialGrant struct {
	Person      PersonID      `json:"o"`
	Certificate CertificateID `json:"c"` // of the device that approved
	Epoch       uint64        `json:"e"`
	Kinds       []string      `json:"k"`           // ids of credential configurations
	Client      PartyID       `json:"p,omitempty"` // "": whoever brings a pre-authorized code
	Generation  uint64        `json:"n,omitempty"` // of the person's link to the client: a withdrawal ends the grant
	Confirm     Confirm       `json:"f"`
	Receipt     EventID       `json:"y"`           // the record of the approval
	Later       bool          `json:"l,omitempty"` // in a sandbox: credentials come only when the wallet asks again
	Until       time.Time     `json:"x"`
}

// Holding is what a batch of credentials is made for.
type Holding struct {
	Keys        [][]byte      // of the holder, one credential each: JWKs in their canonical form
	Certificate CertificateID // of the device that approved
	From        int           // how many of a numbered kind that device got before, on that day
}
