package keyring

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// shareForm is a share as its holder keeps it, on paper or in a file: lines of
// a name and a value. set tells the ceremony that it comes from; proof is a
// keyed hash of the master, by which a rebuilt one is known; check is over
// everything before it and finds slips of the pen.
const (
	shareTitle = "netid master key share v1"
	shareForm  = shareTitle + "\nset: %x\nshare: %d\nneeded: %d\nvalue: %s\nproof: %s\n"
	shareLimit = 1 << 10
)

// SplitMaster makes n shares of the master of a ring, any k of which rebuild
// it. It opens the ring first, so that what is split is what opens it. Shares
// of different ceremonies never mix, and a ceremony does not end an older one:
// only a new master would. Fails with Invalid "shares_invalid".
func SplitMaster(dir string, master Master, k, n int) ([][]byte, error) {
	const op = "keyring.SplitMaster"
	o, secret, err := existing(dir, master)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if _, err := o.open(); err != nil {
		return nil, fault.At(op, err)
	}
	shares, err := suite.Split(secret, k, n)
	if err != nil {
		return nil, fault.At(op, err)
	}
	set := suite.Random(8)
	var forms [][]byte
	for _, s := range shares {
		text := fmt.Appendf(nil, shareForm, set, s.X, k, grouped(s.Y), proof(secret, set))
		forms = append(forms, fmt.Appendf(text, "check: %x\n", check(text)))
	}
	return forms, nil
}

// RebuildMaster joins shares of one ceremony. Fails with Invalid
// "shares_invalid": a damaged share (named by its place in the list, from 1),
// one given twice, too few, of several ceremonies, or not of one master.
func RebuildMaster(forms [][]byte) (identity.Secret, error) {
	const op = "keyring.RebuildMaster"
	bad := func(format string, args ...any) (identity.Secret, error) {
		return identity.Secret{}, fault.Newf(op, fault.Invalid, "shares_invalid", format, args...)
	}
	if len(forms) == 0 {
		return bad("no share")
	}
	var first share
	var points []suite.Share
	for i, form := range forms {
		s, err := parseShare(form)
		if err != nil {
			return bad("share file %d: %w", i+1, err)
		}
		if i == 0 {
			first = s
		}
		if s.set != first.set || s.needed != first.needed || s.proof != first.proof {
			return bad("share file %d is of another ceremony", i+1)
		}
		points = append(points, s.point)
	}
	if len(points) < first.needed {
		return bad("%d shares, and %d are needed", len(points), first.needed)
	}
	secret, err := suite.Join(identity.ES256, points)
	if err != nil {
		return identity.Secret{}, fault.At(op, err)
	}
	if proof(secret, first.set[:]) != first.proof {
		return bad("these shares do not rebuild the master that was split")
	}
	return secret, nil
}

// share is one form, read.
type share struct {
	set    [8]byte
	needed int
	proof  string
	point  suite.Share
}

// parseShare takes exactly what SplitMaster writes, with any line ends and
// spaces around: people copy shares by hand.
func parseShare(form []byte) (share, error) {
	var s share
	if len(form) > shareLimit {
		return s, fmt.Errorf("%d bytes", len(form))
	}
	field := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(form))
	for title := true; lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		if title {
			if line != shareTitle {
				return s, fmt.Errorf("does not begin with %q", shareTitle)
			}
			title = false
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		field[name] = strings.TrimSpace(value)
	}
	value, err := hex.DecodeString(strings.ReplaceAll(field["value"], " ", ""))
	if err != nil || len(value) != 32 {
		return s, fmt.Errorf("value is not 32 bytes")
	}
	s.point.Y = identity.NewSecret(identity.ES256, [32]byte(value))
	set, err := hex.DecodeString(field["set"])
	if err != nil || len(set) != len(s.set) {
		return s, fmt.Errorf("set is not 8 bytes")
	}
	s.set, s.proof = [8]byte(set), field["proof"]
	if _, err := fmt.Sscanf(field["share"]+" "+field["needed"], "%d %d", &s.point.X, &s.needed); err != nil || s.needed < 2 {
		return s, fmt.Errorf("share and needed are not numbers")
	}
	text := fmt.Appendf(nil, shareForm, s.set, s.point.X, s.needed, grouped(s.point.Y), s.proof)
	if fmt.Sprintf("%x", check(text)) != field["check"] {
		return s, fmt.Errorf("its check does not fit: a character is wrong")
	}
	return s, nil
}

// grouped writes a value in groups of four digits, for eyes.
func grouped(s identity.Secret) string {
	var groups []string
	for pair := range slices.Chunk(s.Bytes(), 2) {
		groups = append(groups, hex.EncodeToString(pair))
	}
	return strings.Join(groups, " ")
}

// proof says nothing of a master of 256 random bits, and that it is the one.
func proof(master identity.Secret, set []byte) string {
	m := suite.MAC(master, "netid/keyring/share/v1", set)
	return hex.EncodeToString(m[:8])
}

func check(text []byte) []byte {
	d := suite.Digest([]byte(shareTitle), text)
	return d[:4]
}
