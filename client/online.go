package client

import (
	"encoding/base32"
	"strings"
)

const (
	onlinePath   = "/Q/"
	onlineLength = 26 // characters of 128 bits in base32
)

// OnlineAddress is an online code as an address of its issuer: what an ordinary
// camera opens. A QR code shows it in upper case.
func OnlineAddress(issuer, code string) string {
	return strings.TrimSuffix(issuer, "/") + onlinePath + code
}

// ParseOnline reads an online code as a person shows it at a gate,
// HTTPS://HOST/Q/CODE, whose scheme and host may be in either case. It wants this
// issuer's: a terminal carries no code to another service. Whether the code is good
// the issuer alone knows (POST /scan). Fails with ErrOnline.
func ParseOnline(text, issuer string) (code string, err error) {
	address := OnlineAddress(issuer, "")
	if len(text) != len(address)+onlineLength {
		return "", ErrOnline
	}
	head, code := text[:len(address)], text[len(address):]
	if !strings.EqualFold(head, address) || !strings.HasSuffix(head, onlinePath) {
		return "", ErrOnline
	}
	form := base32.StdEncoding.WithPadding(base32.NoPadding)
	if b, err := form.DecodeString(code); err != nil || form.EncodeToString(b) != code { // one form for each 128 bits
		return "", ErrOnline
	}
	return code, nil
}
