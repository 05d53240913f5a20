package statuslist

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// Types of a list: `typ` of the JWT (§5.1) and of the CWT (§5.2), and the media types.
const (
	TypeJWT = "statuslist+jwt"
	TypeCWT = "application/statuslist+cwt"
)

// maxToken is the most bytes of a signed list: one of netid's that compresses not at all has 470 KB as a JWT.
const maxToken = 1 << 20

// Claims are what a signed list says beside the statuses.
type Claims struct {
	URI         string        // `sub`: its own address, and what tokens call it by
	Issued      time.Time     // `iat`, whole seconds
	Expires     time.Time     // `exp`: from then on it says nothing
	TTL         time.Duration // `ttl`, whole seconds: after that a reader asks again
	Aggregation string        // where all lists are named; "": nowhere
}

func (c Claims) check() error {
	if c.URI == "" || c.TTL < time.Second || !c.Issued.Before(c.Expires) || c.Issued.Add(c.TTL).After(c.Expires) {
		return fault.Newf("statuslist.Claims", fault.Internal, "", "no address, or times that do not fit")
	}
	return nil
}

// Coder signs claims as a JWT; a jose.Coder for TypeJWT is one.
type Coder interface {
	Encode(claims any) (string, error)
}

// EncodeJWT signs the list (§5.1).
func EncodeJWT(coder Coder, c Claims, l *List) (string, error) {
	const op = "statuslist.EncodeJWT"
	if err := c.check(); err != nil {
		return "", err
	}
	packed, err := l.pack()
	if err != nil {
		return "", err
	}
	type list struct {
		Bits        int    `json:"bits"`
		List        string `json:"lst"`
		Aggregation string `json:"aggregation_uri,omitempty"`
	}
	token, err := coder.Encode(struct {
		URI     string `json:"sub"`
		Issued  int64  `json:"iat"`
		Expires int64  `json:"exp"`
		TTL     int64  `json:"ttl"`
		List    list   `json:"status_list"`
	}{c.URI, c.Issued.Unix(), c.Expires.Unix(), int64(c.TTL / time.Second), list{l.bits, base64.RawURLEncoding.EncodeToString(packed), c.Aggregation}})
	return token, fault.At(op, err)
}

// Reader is a place where lists are read.
type Reader struct {
	Alg  string // the one that is accepted
	Keys func(kid string) (suite.PublicKey, bool)
	Most int // bytes of an unpacked list; 0 is 16 MB
}

// Token is a list that was read, its signature checked.
type Token struct {
	Claims
	list *List
}

// ReadJWT reads the list of an address (§8.3): signed by one of the reader's
// keys, for this very address, and not past its time. Reason "status_unknown" for
// everything that is wrong with it: nothing is known then, and least of all that a token is valid.
func (r Reader) ReadJWT(token, uri string, now time.Time) (*Token, error) {
	const op = "statuslist.ReadJWT"
	t, err := jose.Place{Algs: []string{r.Alg}, Types: []string{TypeJWT}, Limit: maxToken}.Parse(token)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	kid, _ := t.Names()
	key, ok := r.Keys(kid)
	if !ok {
		return nil, unknown(op, "no such key")
	}
	claims, err := t.VerifyWith(key)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	raw, err := readClaims(claims)
	if err != nil {
		return nil, err
	}
	return r.accept(raw, uri, now)
}

// raw is a list as either form gives it.
type raw struct {
	Claims
	expires bool // `exp` is there
	bits    int
	packed  []byte
}

func readClaims(o jose.Object) (c raw, err error) {
	const op = "statuslist.readClaims"
	var ok, has bool
	if c.URI, ok = o.Text("sub"); !ok {
		return c, unknown(op, "no address")
	}
	if c.Issued, ok = o.Instant("iat"); !ok {
		return c, unknown(op, "no time")
	}
	if c.Expires, c.expires = o.Instant("exp"); c.expires != o.Has("exp") {
		return c, unknown(op, "an end that is no time")
	}
	if o.Has("ttl") {
		var seconds float64
		if err := json.Unmarshal(o["ttl"], &seconds); err != nil || seconds <= 0 || seconds > math.MaxInt32 {
			return c, unknown(op, "a ttl that is no positive number")
		}
		c.TTL = time.Duration(seconds * float64(time.Second))
	}
	list, err := jose.ParseObject(o["status_list"], maxToken)
	if err != nil {
		return c, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	text, ok := list.Text("lst")
	if err := json.Unmarshal(list["bits"], &c.bits); err != nil || !ok {
		return c, unknown(op, "no list")
	}
	if c.Aggregation, has = list.Text("aggregation_uri"); has != list.Has("aggregation_uri") {
		return c, unknown(op, "an aggregation that is no address")
	}
	c.packed, err = base64.RawURLEncoding.Strict().DecodeString(text)
	return c, fault.Wrap(op, fault.Invalid, "status_unknown", err)
}

// accept is §8.3 steps 4 and 5. A list from the future is refused beyond a minute,
// which clocks may differ by: it would shut out every honest one after it.
func (r Reader) accept(c raw, uri string, now time.Time) (*Token, error) {
	const op = "statuslist.accept"
	if uri == "" || c.URI != uri {
		return nil, unknown(op, "the list of another address")
	}
	if c.expires && !now.Before(c.Expires) {
		return nil, unknown(op, "past its time")
	}
	if c.Issued.After(now.Add(time.Minute)) {
		return nil, unknown(op, "from the future")
	}
	most := r.Most
	if most == 0 {
		most = maxPacked
	}
	list, err := unpack(c.bits, c.packed, most)
	if err != nil {
		return nil, err
	}
	return &Token{c.Claims, list}, nil
}

// Follows refuses a list that is older than one which was seen before: somebody
// serves what was true once (rollback). The same one again is good. Reason
// "status_unknown".
func (t *Token) Follows(seen time.Time) error {
	if t.Issued.Before(seen) {
		return unknown("statuslist.Follows", "older than one that was seen")
	}
	return nil
}

// Status is what the list says of a place at a moment: nothing once its time is over,
// however it was kept. Reason "status_unknown".
func (t *Token) Status(index uint64, now time.Time) (Status, error) {
	if !t.Expires.IsZero() && !now.Before(t.Expires) {
		return 0, unknown("statuslist.Status", "past its time")
	}
	return t.list.Get(index)
}

// Stale reports whether a reader that fetched it then should ask again (§13.7).
func (t *Token) Stale(fetched, now time.Time) bool {
	return t.TTL > 0 && !now.Before(fetched.Add(t.TTL))
}
