package emrtd

import "netid/internal/fault"

const (
	oidLDSObject   = "2.23.136.1.1.1" // 9303-10 §4.6.2: id-icao-mrtd-security-ldsSecurityObject
	maxSigners     = 4                // certificates in an EF.SOD; one is usual
	maxListSigners = 8                // and in a master list: the signer's and its CA's
)

// parseSOD reads 77 { ContentInfo } (9303-10 §4.6.2), checks the signature and
// returns the security object with its signer's certificate.
func parseSOD(b []byte) (object []byte, signer *Certificate, err error) {
	body, err := file(b, tagSOD)
	if err != nil {
		return nil, nil, unsigned(err)
	}
	s, err := parseSigned(body, oidLDSObject, maxSigners)
	if err != nil {
		return nil, nil, unsigned(err)
	}
	signer, err = s.check()
	return s.content, signer, unsigned(err)
}

// unsigned is the one answer to everything that is wrong with an EF.SOD.
func unsigned(err error) error {
	return fault.Wrap("emrtd.SOD", fault.Invalid, Unsigned, err)
}
