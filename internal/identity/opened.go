package identity

import (
	"encoding/base64"
	"time"

	"netid/internal/fault"
)

// Keys are a person's three unwrapped keys and the secret behind their pseudonyms.
type Keys struct {
	Identity Secret // who
	Subject  Secret // pseudonyms and the profile
	Record   Secret // what happened
}

// Profile is the pseudonym side's own sealed facts about a person.
type Profile struct {
	Number   Number    `json:"number"`
	Root     []byte    `json:"root"`     // 32 random bytes: the pseudonyms' secret; never rotated
	Verifier []byte    `json:"verifier"` // of the passcode: argon2id over a peppered code
	Enrolled time.Time `json:"enrolled"`
	Expires  time.Time `json:"expires"` // of the document that carries the certificate
	Sandbox  bool      `json:"sandbox,omitempty"`
	Faced    bool      `json:"faced,omitempty"`  // counted among those who used the face step (enrol.Tally)
	Notice   []byte    `json:"notice,omitempty"` // mark of the notice that they agreed to last (law.Notice.Mark)
}

// Opened is a person opened for one act: standing and epoch as read, keys unwrapped.
type Opened struct {
	ID       PersonID
	Standing Standing
	Epoch    uint64
	Slot     uint64 // of the shelf
	Lookup   Secret // from the slot's secret: seals what leads to the person (index entries, certificates)
	Keys     Keys
	Profile  Profile
}

// Certificate is a net certificate (网证) with its seal off.
type Certificate struct {
	ID      CertificateID
	Person  PersonID   `json:"person"`
	Device  []byte     `json:"device"` // public key, a JWK (P-256); a passkey's names the origin that it is for
	Passkey bool       `json:"-"`      // as the key says
	Name    DeviceName `json:"name,omitempty"`
	Issued  time.Time  `json:"issued"`
	Expires time.Time  `json:"expires"`
	Revoked bool       `json:"-"`
	Place   Place      `json:"-"` // where its status stands
}

// ValidAt reports whether the certificate may be used at the instant.
func (c Certificate) ValidAt(now time.Time) bool { return !c.Revoked && now.Before(c.Expires) }

// Session is a citizen signed in on one browser; it travels as a sealed cookie,
// and lives here as long as the request that brought it.
type Session struct {
	Person      PersonID      `json:"p"`
	Certificate CertificateID `json:"c"`
	Epoch       uint64        `json:"e"`
	At          time.Time     `json:"t"`
	Passkey     bool          `json:"k,omitempty"` // the certificate's key lies in an authenticator: the pages ask it to sign
	Found       *Opened       `json:"-"`           // the person as they were read when the cookie was opened
}

// Subject is the pairwise pseudonym (网络身份应用标识) of one person at one sector.
type Subject string

// ParseSubject reads a pseudonym as a party was given it: 43 characters of base64url,
// which are 32 bytes, written in the one way that there is.
func ParseSubject(s string) (Subject, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 32 || base64.RawURLEncoding.EncodeToString(b) != s {
		return "", fault.New("identity.ParseSubject", fault.Invalid, "pseudonym_invalid")
	}
	return Subject(s), nil
}

// Grant is what enrolment hands to issuing: this person may bind this device key once, now.
type Grant struct {
	Person  PersonID
	Number  Number
	Expires Date // last valid day of the document, zero if long-term
	Long    bool
	Again   bool // the person was enrolled before
}

// Ask is a party's checked request on its way to the citizen; it travels sealed.
type Ask struct {
	Transaction string     `json:"y"` // server-issued: an EventID, the record's
	Party       PartyID    `json:"p"`
	Redirect    string     `json:"r"`
	State       string     `json:"s,omitempty"`
	Nonce       string     `json:"n,omitempty"`
	Challenge   string     `json:"k"`           // PKCE S256
	JKT         string     `json:"j,omitempty"` // of the DPoP key that alone may redeem the code (RFC 9449 §10)
	Mode        Mode       `json:"m"`
	Marks       []Mark     `json:"a,omitempty"`
	Plain       []PlainAsk `json:"c,omitempty"`
	Intent      Intent     `json:"i,omitempty"`
	AuthTime    bool       `json:"u,omitempty"`  // auth_time was asked for
	Offline     Offline    `json:"o,omitempty"`  // asked: to be answered again without the citizen, for so long
	Fresh       bool       `json:"f,omitempty"`  // prompt=login or max_age: sign in anew
	Shown       bool       `json:"v,omitempty"`  // the party wants the page, whatever the citizen consented to for longer
	Within      *int64     `json:"h,omitempty"`  // max_age: seconds since the sign-in that may answer without a page
	Quiet       bool       `json:"z,omitempty"`  // prompt=none: no page at all
	Hint        Subject    `json:"g,omitempty"`  // who alone may answer (id_token_hint)
	Remember    int        `json:"d,omitempty"`  // days for which the citizen may consent; 0: it cannot be offered
	Kinds       []string   `json:"x,omitempty"`  // credential configurations that a wallet asks; then nothing else is asked
	Way         string     `json:"w,omitempty"`  // how the answer travels, in the door's words
	Across      bool       `json:"ax,omitempty"` // decided on another device than the one that asked
	Pushed      []byte     `json:"q,omitempty"`  // the row of a pushed request, which the decision takes
	Browser     []byte     `json:"b"`            // hash of the browser's binding cookie
	Locale      string     `json:"l,omitempty"`
	Time        time.Time  `json:"t"`
	Expires     time.Time  `json:"e"`
}

// Accepts reports whether the session is fresh enough for the request: a
// party that asks to sign in anew (OpenID Core §3.1.2.1, prompt=login and
// max_age) is answered by a sign-in that came after its request alone.
func (a Ask) Accepts(s Session) bool { return !a.Fresh || !s.At.Before(a.Time) }

// Mark is one age mark that a party asks, and where it wants the answer.
type Mark struct {
	Mark     AgeMark `json:"m"`
	IDToken  bool    `json:"i,omitempty"`
	UserInfo bool    `json:"u,omitempty"`
}

// Answer is what goes back to the party's redirect URI; it travels sealed
// from the citizen's door to the protocol's.
type Answer struct {
	Party    PartyID   `json:"p"`
	Way      string    `json:"w,omitempty"`
	Redirect string    `json:"r"`
	State    string    `json:"s,omitempty"`
	Code     string    `json:"c,omitempty"`
	Error    string    `json:"e,omitempty"`
	Expires  time.Time `json:"x"`
}

// Verification is the signed answer's content: the least that serves.
type Verification struct {
	Receipt  EventID
	Subject  Subject
	Party    PartyID
	Mode     Mode
	Nonce    string
	Intent   Intent     // as asked
	AuthTime *time.Time // only if asked
	IDToken  map[AgeMark]bool
	UserInfo map[AgeMark]bool
	Plain    *Disclosure // nil: none was asked and given
	Time     time.Time
	Access   string // opaque access token, sealed
	SID      string // the session that begins here, sealed; of a party that logs out
	Confirm         // what it is bound to
	TTL      time.Duration
	Kinds    []string // of a wallet: the credential configurations that it may ask, and Access is for; it is told nothing else
	Offline  bool     // the party may be answered again without the citizen
	Refresh  string   // with this refresh token, sealed; "": with the one that it has, or not at all
}
