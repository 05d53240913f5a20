package vci

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
)

const (
	nonceLife  = 5 * time.Minute
	nonceSkew  = time.Minute // of the clocks of two nodes
	nonceDrawn = 16          // random bytes of one
)

// Nonces are those of proofs (§7). They are made under a key of the cluster: any
// node knows those of every other, and nothing is stored until one is used.
type Nonces struct {
	Secrets func() []identity.Secret // live versions, newest first
	Label   string                   // the epoch's: what was handed out before a restore is known no more
}

// Make gives a fresh one: when it was made, random bytes, and a MAC over both.
func (n Nonces) Make(now time.Time) string {
	b := append(binary.BigEndian.AppendUint64(nil, uint64(now.Unix())), suite.Random(nonceDrawn)...)
	return base64.RawURLEncoding.EncodeToString(append(b, n.mac(n.Secrets()[0], b)...))
}

func (n Nonces) mac(key identity.Secret, b []byte) []byte {
	mac := suite.MAC(key, "netid/c-nonce/v1", []byte(n.Label), b)
	return mac[:16]
}

// Read gives the id that a nonce uses up; false where it is none of ours, or too old.
func (n Nonces) Read(text string, now time.Time) (identity.TakeOnce, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 8+nonceDrawn+16 {
		return identity.TakeOnce{}, false
	}
	body, mac := b[:8+nonceDrawn], b[8+nonceDrawn:]
	for _, key := range n.Secrets() {
		if !suite.Equal(mac, n.mac(key, body)) {
			continue
		}
		made := time.Unix(int64(binary.BigEndian.Uint64(body)), 0)
		fresh := !made.After(now.Add(nonceSkew)) && now.Before(made.Add(nonceLife))
		return identity.TakeOnce{ID: append([]byte("c-nonce"), body...), Until: made.Add(nonceLife + nonceSkew)}, fresh
	}
	return identity.TakeOnce{}, false
}

// nonce is the nonce endpoint (§7): whoever asks gets one.
func (d *Door) nonce(w http.ResponseWriter, _ *http.Request) {
	readable(w.Header())
	oauth.WriteJSON(w, http.StatusOK, map[string]string{"c_nonce": d.Nonces.Make(d.Now())})
}
