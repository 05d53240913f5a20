package client

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Status is what a list says of a credential (Token Status List §7.1).
// Other values than these are an issuer's own, and mean nothing here.
type Status uint8

const (
	StatusValid   Status = 0
	StatusRevoked Status = 1 // for ever
	StatusFrozen  Status = 2 // may be lifted
)

func (s Status) String() string {
	switch s {
	case StatusValid:
		return "valid"
	case StatusRevoked:
		return "revoked"
	case StatusFrozen:
		return "frozen"
	}
	return "unknown"
}

// StatusList is a list of statuses whose signature was checked.
type StatusList struct {
	URI     string        // its own address, by which credentials name it
	Issued  time.Time     // a reader that saw a newer one refuses this
	Expires time.Time     // zero: the list does not say; from then on it says nothing
	TTL     time.Duration // after that it should be fetched anew; 0: it does not say
	bits    int
	packed  []byte
}

const (
	maxList     = 1 << 20  // bytes of a signed list
	maxUnpacked = 16 << 20 // bytes of one that is unpacked
)

// CheckStatusList checks a list of statuses, a JWT or a CWT
// (draft-ietf-oauth-status-list-21 §8.3): signed with ES256 by one of the keys, or as a
// JWT by a certificate below one of the roots; for this address; not past its time
// and not from more than a minute ahead. Of Expect it takes Roots, or Keys, and Issuer where the certificate
// must be for it. Unpacking stops at 16 MB. It is for the reader to keep Issued and to refuse an older list later.
// Fails with ErrStatus, ErrKey or ErrSignature: then nothing is known of any credential in the list.
func CheckStatusList(token []byte, uri string, e Expect, now time.Time) (StatusList, error) {
	return checkStatusList(es256(), token, uri, e, now)
}

// CheckStatusListSM is CheckStatusList for lists of the suite sm, by Keys alone.
func CheckStatusListSM(token []byte, uri string, e Expect, now time.Time) (StatusList, error) {
	return checkStatusList(sm2P256(), token, uri, e, now)
}

func checkStatusList(a algorithm, token []byte, uri string, e Expect, now time.Time) (l StatusList, err error) {
	if uri == "" || (e.Roots == nil) == (e.Keys == nil) {
		return l, refuseStatus("nothing to compare with")
	}
	if len(token) > maxList || len(token) == 0 {
		return l, refuseStatus("too long, or nothing")
	}
	var packed []byte
	if token[0] == coseSign1 {
		packed, err = l.readCWT(a, token[1:], e)
	} else {
		packed, err = l.readJWT(a, string(token), e, now)
	}
	switch {
	case err != nil:
		return StatusList{}, err
	case l.URI != uri:
		return StatusList{}, refuseStatus("the list of another address")
	case !l.Expires.IsZero() && !now.Before(l.Expires):
		return StatusList{}, refuseStatus("past its time")
	case l.Issued.After(now.Add(leeway)):
		return StatusList{}, refuseStatus("from the future")
	}
	if l.packed, err = unpack(l.bits, packed); err != nil {
		return StatusList{}, err
	}
	return l, nil
}

// Status is what the list says of a credential at a moment: nothing past the list's
// time, nothing of a credential that names another list or a place that is not
// there. Fails with ErrStatus.
func (l StatusList) Status(of StatusReference, now time.Time) (Status, error) {
	switch {
	case l.URI == "" || of.URI != l.URI:
		return 0, refuseStatus("the list of another address")
	case !l.Expires.IsZero() && !now.Before(l.Expires):
		return 0, refuseStatus("past its time")
	case of.Index >= uint64(len(l.packed)*8/l.bits):
		return 0, refuseStatus("no such place")
	}
	bit := of.Index * uint64(l.bits) // §4.1: from the least significant bit up
	return Status(l.packed[bit/8] >> (bit % 8) & byte(1<<l.bits-1)), nil
}

// readJWT is §5.1.
func (l *StatusList) readJWT(a algorithm, token string, e Expect, now time.Time) ([]byte, error) {
	claims, err := signed(a, token, "statuslist+jwt", e, now)
	if errors.Is(err, ErrToken) {
		err = refuseStatus(err.Error())
	}
	if err != nil {
		return nil, err
	}
	if l.URI, err = claims.text("sub"); err != nil {
		return nil, refuseStatus("sub")
	}
	var times [2]error
	l.Issued, times[0] = claims.date("iat")
	l.Expires, times[1] = claims.date("exp")
	if times != [2]error{} || l.Issued.IsZero() {
		return nil, refuseStatus("iat or exp")
	}
	if raw, there := claims["ttl"]; there {
		var seconds *float64
		if err := json.Unmarshal(raw, &seconds); err != nil || seconds == nil || *seconds <= 0 || *seconds >= 1<<31 {
			return nil, refuseStatus("ttl")
		}
		l.TTL = time.Duration(*seconds * float64(time.Second))
	}
	list, err := parseObject(claims["status_list"])
	if err != nil {
		return nil, refuseStatus("no list")
	}
	if err := json.Unmarshal(list["bits"], &l.bits); err != nil {
		return nil, refuseStatus("bits")
	}
	text, err := list.text("lst")
	if err != nil {
		return nil, refuseStatus("lst")
	}
	packed, err := decode64(text)
	if err != nil {
		return nil, refuseStatus("lst")
	}
	return packed, nil
}

// unpack takes what zlib made (RFC 1950), with its checksum and nothing behind it. Memory
// grows with what is there, never with what is promised.
func unpack(bits int, packed []byte) ([]byte, error) {
	if bits != 1 && bits != 2 && bits != 4 && bits != 8 {
		return nil, refuseStatus("bits")
	}
	in := bytes.NewReader(packed)
	z, err := zlib.NewReader(in)
	if err != nil {
		return nil, refuseStatus("not compressed as it must be")
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, maxUnpacked+1))
	if err != nil || n == 0 || n > maxUnpacked || in.Len() > 0 {
		return nil, refuseStatus("empty, too large, or not all of it a list")
	}
	return out.Bytes(), nil
}

// signed checks a JWT of one type, by a certificate below one of the roots or by
// one of the keys, and gives its claims. Their times are the caller's to read.
func signed(a algorithm, token, typ string, e Expect, now time.Time) (object, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, refuseToken("not three parts")
	}
	kid, err := a.header(parts[0], typ)
	if err != nil {
		return nil, refuseToken(err.Error())
	}
	signature, err := decode64(parts[2])
	if err != nil {
		return nil, refuseToken("signature")
	}
	claims, err := decodeObject(parts[1])
	if err != nil {
		return nil, refuseToken("claims")
	}
	issuer, err := claims.text("iss")
	if err != nil || issuer != "" && e.Issuer != "" && issuer != e.Issuer {
		return nil, refuseToken("iss")
	}
	var key *ecdsa.PublicKey
	if e.Keys != nil {
		key, err = keyOf(e.Keys, kid, a)
	} else {
		key, _, err = certified(a, parts[0], cmp.Or(issuer, e.Issuer), e.Roots, now)
	}
	if err != nil {
		return nil, err
	}
	return claims, a.verify(key, []byte(parts[0]+"."+parts[1]), signature)
}

func refuseStatus(what string) error { return fmt.Errorf("%w: %s", ErrStatus, what) }
