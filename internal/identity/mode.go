package identity

import "netid/internal/fault"

// Mode is how the citizen was verified, the OpenID acr. A face mode is
// device-asserted: the comparison happened on the citizen's device and no
// server can know more. It always accepts its non-face twin, and the mode in
// an answer is the one actually reached.
type Mode string

const (
	ModeCert        Mode = "urn:netid:acr:cert"
	ModeCertPwd     Mode = "urn:netid:acr:cert-pwd"
	ModeCertFace    Mode = "urn:netid:acr:cert-face"
	ModeCertPwdFace Mode = "urn:netid:acr:cert-pwd-face"
)

// Modes lists what the service offers, weakest first.
var Modes = []Mode{ModeCert, ModeCertPwd, ModeCertFace, ModeCertPwdFace}

func ParseMode(s string) (Mode, error) {
	for _, m := range Modes {
		if string(m) == s {
			return m, nil
		}
	}
	return "", fault.New("identity.ParseMode", fault.Invalid, "mode_unknown")
}

// Passcode reports whether the mode asks for the passcode.
func (m Mode) Passcode() bool { return m == ModeCertPwd || m == ModeCertPwdFace }

// Face reports whether the mode asks for the face step.
func (m Mode) Face() bool { return m == ModeCertFace || m == ModeCertPwdFace }

// Reached is the mode that these factors amount to.
func Reached(passcode, face bool) Mode {
	switch {
	case passcode && face:
		return ModeCertPwdFace
	case passcode:
		return ModeCertPwd
	case face:
		return ModeCertFace
	}
	return ModeCert
}

// Satisfied reports whether the reached mode answers the asked one: equal or
// more, and the passcode stands in for the face (non-face twin).
func (m Mode) Satisfied(reached Mode) bool {
	if m.Passcode() && !reached.Passcode() {
		return false
	}
	return !m.Face() || reached.Face() || reached.Passcode()
}
