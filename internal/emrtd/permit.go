package emrtd

import (
	"strings"

	"netid/internal/identity"
)

// permit reports whether a card's zone is laid out as the exit-entry permits of
// China's mainland are. That the permit of Hong Kong and Macao residents (CR) is, as
// those of mainland residents (CS, CD), is an inference (ADR 0036).
func permit(zone string) bool {
	return strings.HasPrefix(zone, "CR") || strings.HasPrefix(zone, "CS") || strings.HasPrefix(zone, "CD")
}

// partsPermit cuts it: all that is checked stands in the first line, in the second
// a name in Chinese, encoded, and one in Latin letters. It names no issuer.
func partsPermit(l1, l2 string) parts {
	return parts{code: l1[:2], number: l1[2:11], expires: l1[13:19], birth: l1[21:27], name: l2[12:], sex: "<",
		checked: []checked{{l1[2:11], l1[11], false}, {l1[13:19], l1[19], false}, {l1[21:27], l1[27], false},
			{l1[2:12] + l1[13:20] + l1[21:28], l1[29], false}}}
}

// Claims reads which issuer and nationality a passport's file names, and
// believes nothing of it: only Check says that it is so. False: it is no passport's.
func Claims(dg1 []byte) (issuer, nationality string, ok bool) {
	zone, err := parseDG1(dg1)
	if err != nil || len(zone) != lengthTD3 || strings.Trim(zone, mrzAlphabet) != "" {
		return "", "", false
	}
	return zone[2:5], zone[54:57], true
}

// Born reads YYMMDD as the latest such day that is not after today.
func Born(s string, today identity.Date) (identity.Date, error) { return mrzDate(s, today, 0) }
