package reader

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"strings"

	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
)

// question is what the page asks: to read the chip with a challenge, or to carry
// an exchange to it. The dates are written 2006-01-02; with a card access number
// the other printed data are left out.
type question struct {
	Code      string    `json:"code"`
	Challenge string    `json:"challenge"` // 8 bytes, base64url; none where the photo is asked for
	Exchange  *exchange `json:"exchange"`
	Number    string    `json:"number"`
	Birth     string    `json:"birth"`
	Expires   string    `json:"expires"`
	CAN       string    `json:"can"`

	challenge []byte
}

// exchange is chip authentication that the service began.
type exchange struct {
	Cipher  string `json:"cipher"`
	KeyID   []byte `json:"key_id"`
	Public  []byte `json:"public"`
	Command []byte `json:"command"`
}

func parseQuestion(r io.Reader) (q question, err error) {
	const op = "reader.parseQuestion"
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return q, fault.Wrap(op, fault.Invalid, "reader_request_invalid", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return q, fault.New(op, fault.Invalid, "reader_request_invalid")
	}
	q.challenge, err = base64.RawURLEncoding.Strict().DecodeString(q.Challenge)
	if asks := len(q.challenge) == 8; err != nil || asks && q.Exchange != nil || !asks && q.Challenge != "" {
		return q, fault.New(op, fault.Invalid, "reader_request_invalid")
	}
	return q, nil
}

// key is what opens the chip.
func (q question) key() (terminal.Key, error) {
	if q.CAN != "" {
		return terminal.CAN(q.CAN)
	}
	return terminal.MRZ(q.Number, short(q.Birth), short(q.Expires))
}

// short is a date as a zone has it, YYMMDD; what is none becomes nothing.
func short(date string) string {
	if len(date) != 10 || date[4] != '-' || date[7] != '-' {
		return ""
	}
	return date[2:4] + date[5:7] + date[8:]
}

// paired compares the code that was typed on the page. After a few wrong ones
// there is a new one, so that a page cannot go through them all.
func (b *Bridge) paired(code string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if code == b.code { // nobody can time a comparison of six digits that is tried five times
		b.wrong = 0
		return nil
	}
	if b.wrong++; b.wrong >= tries {
		if err := b.renew(); err != nil {
			return err
		}
	}
	return fault.New("reader.paired", fault.Unauthenticated, "reader_code_wrong")
}

// renew draws a code and shows it.
func (b *Bridge) renew() error {
	var v [8]byte
	if _, err := io.ReadFull(b.Random, v[:]); err != nil {
		return fault.Wrap("reader.renew", fault.Internal, "", err)
	}
	n := new(big.Int).SetBytes(v[:])
	b.code, b.wrong = fmt.Sprintf("%06d", n.Mod(n, big.NewInt(1e6)).Int64()), 0
	b.Tell(Event{"code", b.code})
	return nil
}

// Origin is the origin of a service's address as a browser writes it. Without
// TLS only a service on this computer will do: any other could be anybody's.
func Origin(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", fmt.Errorf("%q is no service's address; it looks like https://id.example", server)
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if u.Scheme == "http" && host != "localhost" && host != "127.0.0.1" && host != "::1" {
		return "", fmt.Errorf("%s is neither https nor on this computer", server)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}
