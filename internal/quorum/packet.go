package quorum

import (
	"encoding/json"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// packet is what leaves the service for the officers' own machine: a period's public
// half and the shares of its private one, each sealed to one officer.
type packet struct {
	Version int    `json:"version"`
	Month   string `json:"month"`
	Class   string `json:"class"`
	ID      string `json:"id"`
	Public  string `json:"public"`
	Shares  []byte `json:"shares"` // the file, as it lies there
}

// maxPacket is more than a packet has: its file in base64, and some words.
const maxPacket = 2 * maxShares

// Packet is what officers rebuild a period's key from, away from the service. It opens
// nothing by itself. Fails with NotFound "quorum_missing" and Gone "quorum_destroyed".
func (q *Quorum) Packet(p identity.Period) ([]byte, error) {
	const op = "quorum.Packet"
	if err := q.Refresh(); err != nil {
		return nil, fault.At(op, err)
	}
	e, found := q.held().find(p)
	if !found {
		return nil, fault.Newf(op, fault.NotFound, "quorum_missing", "no key of the quorum for %s", p)
	}
	if !e.Ended.IsZero() || !q.now().Before(e.Until) {
		return nil, fault.Newf(op, fault.Gone, "quorum_destroyed", "the key of %s ends on its date, %s", p, e.Until.Format("2006-01-02"))
	}
	f, err := q.shares(e)
	if err != nil {
		return nil, fault.At(op, err)
	}
	b, err := json.Marshal(packet{version, e.Month, e.Class, e.ID, e.Public, f.Text})
	return b, fault.Wrap(op, fault.Internal, "internal", err)
}

// OpenPacket rebuilds a period's key from its packet by officers' private keys. It needs
// no file of the service, and trusts none: shares of another key rebuild none that its
// public half is of. Fails with Invalid "packet_invalid", and as Rebuild does.
func OpenPacket(b []byte, officers ...Officer) (Opening, error) {
	const op = "quorum.OpenPacket"
	var p packet
	if len(b) > maxPacket || strictly(b, &p) != nil || p.Version != version {
		return Opening{}, fault.Newf(op, fault.Invalid, "packet_invalid", "not a packet of a version that is known")
	}
	e := Entry{ID: p.ID, Month: p.Month, Class: p.Class, Public: p.Public}
	public, err := suite.ParseRecipient(p.Public)
	if err != nil || e.Period() == (identity.Period{}) || public.ID() != p.ID {
		return Opening{}, fault.Newf(op, fault.Invalid, "packet_invalid", "no period, or another key's")
	}
	f, err := parseShares(p.Shares)
	if err != nil || f.ID != p.ID {
		return Opening{}, fault.Newf(op, fault.Invalid, "packet_invalid", "no shares of this key")
	}
	private, err := f.join(e, officers)
	return Opening{e.Period(), private}, fault.At(op, err)
}

// paperPlace binds what is sealed to an officer to the text that they read.
func paperPlace(s identity.Suite, officer, text string) []byte {
	d := suite.DigestIn(s, []byte("netid/quorum/paper/v1"), []byte(officer), []byte(text))
	return d[:]
}

// SealToOfficer seals to one of the present officers, bound to a text: who opens it has
// the officer's key, and read these words and no others. Fails with NotFound "officer_unknown".
func (q *Quorum) SealToOfficer(id, text string, plain []byte) ([]byte, error) {
	const op = "quorum.SealToOfficer"
	officers := q.held().Officers
	i := slices.IndexFunc(officers, func(o string) bool { r, err := suite.ParseRecipient(o); return err == nil && r.ID() == id })
	if i < 0 {
		return nil, fault.New(op, fault.NotFound, "officer_unknown")
	}
	to, err := suite.ParseRecipient(officers[i])
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	sealed, err := suite.SealTo(to, plain, paperPlace(to.Suite(), id, text))
	return sealed, fault.At(op, err)
}

// Read opens what was sealed to this officer with a text. Of another text, or another
// officer, it is Invalid "sealed_invalid".
func (o Officer) Read(text string, sealed []byte) ([]byte, error) {
	b, err := suite.OpenFrom(o.private, sealed, paperPlace(o.public.Suite(), o.public.ID(), text))
	return b, fault.At("quorum.Read", err)
}
