package identity

import "time"

// Place is where the status of a certificate stands: the number of a list, from 1
// on, above the index in it. Zero is nowhere: a certificate of before there were lists.
type Place uint64

// Lists of statuses have ShardSize places each, and are numbered on without end.
const (
	shardBits = 20
	ShardSize = 1 << shardBits
)

// PlaceIn is the place with this index in a list.
func PlaceIn(shard uint32, index uint64) Place {
	return Place(uint64(shard)<<shardBits | index&(ShardSize-1))
}

// Shard is the number of the list.
func (p Place) Shard() uint32 { return uint32(p >> shardBits) }

// Index is where in its list.
func (p Place) Index() uint64 { return uint64(p) & (ShardSize - 1) }

// CertificateStatus is what a list says of a certificate.
type CertificateStatus uint8

const (
	StatusValid   CertificateStatus = 0
	StatusRevoked CertificateStatus = 1 // for good
	StatusFrozen  CertificateStatus = 2
)

// Status is that of the certificates of a person in this standing which are not revoked.
func (s Standing) Status() CertificateStatus {
	switch {
	case s.Has(Closed):
		return StatusRevoked
	case s != Active:
		return StatusFrozen
	}
	return StatusValid
}

// StatusMark is a place whose status is or was another than valid. Turn grows with each change
// of any of them, in the order of the commits.
type StatusMark struct {
	Place  Place
	Status CertificateStatus
	Turn   uint64
}

// PlacesTaken is how many numbers a block has: what one commit takes and a process hands out.
const PlacesTaken = 256

// TakePlaces takes the block of PlacesTaken numbers below To, all of one list.
// Guards: the numbers taken so far end at From, and the list is new or its
// certificates not all over ("places_moved").
type TakePlaces struct {
	From, To uint64
	Until    time.Time // when all certificates that get one of them are over
}

func (TakePlaces) note() {}
