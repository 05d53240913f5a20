package sandbox

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"netid/internal/connector/document"
	"netid/internal/identity"
	"netid/internal/suite"
)

// The crowd is everybody else in the country: ordinary adults who stand in no
// file, since each follows from a number. Loads and measurements are made with
// them; the drawer answers for their cards and does not list them.
const (
	crowdCard = "crowd-%d-card"
	crowdMost = 1 << 30 // more than that many numbers would repeat
)

// crowd is the n-th of them with their one card, of long-term validity.
func crowd(n uint32, sam identity.Secret) (person, card) {
	day, month, year := 1+n/1000%28, 1+n/28000%12, 1950+n/336000%50
	digits := fmt.Sprintf("9902%02d%04d%02d%02d%03d", n/16800000%100, year, month, day, n%1000)
	number := digits + string(document.CheckCharacter(digits))
	handle := suite.MAC(sam, "netid sandbox crowd/1", []byte(strconv.FormatUint(uint64(n), 10)))
	who := person{Word: fmt.Sprintf("crowd-%d", n), Handle: identity.PersonHandle("sandbox-" + hex.EncodeToString(handle[:16])),
		Name:  text(fmt.Sprintf("沙盒·众%d", n), fmt.Sprintf("Sandbox Zhong %d", n)),
		Birth: identity.Date{Year: int(year), Month: int(month), Day: int(day)}, Phone: fmt.Sprintf("100%08d", n%1e8),
		Documents: []registered{{Kind: identity.ResidentCard, Number: number, Long: true}}}
	return who, card{ID: fmt.Sprintf(crowdCard, n), Kind: identity.ResidentCard, Number: number, Owner: who.Word,
		Printed: &printed{Name: who.Name.ZH, Birth: who.Birth, Long: true}}
}

// crowdNumber reads which of the crowd an id of the form "crowd-N…" names.
func crowdNumber(id, suffix string) (uint32, bool) {
	digits, ok := strings.CutPrefix(id, "crowd-")
	if ok {
		digits, ok = strings.CutSuffix(digits, suffix)
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil && n < crowdMost && strconv.FormatUint(n, 10) == digits
}

// crowdOf finds who of the crowd has this resident number: it is the number
// that says where to look.
func crowdOf(number string) (uint32, bool) {
	if len(number) != 18 || !strings.HasPrefix(number, "9902") {
		return 0, false
	}
	part := func(from, to int) uint64 {
		n, err := strconv.ParseUint(number[from:to], 10, 32)
		if err != nil {
			return crowdMost
		}
		return n
	}
	area, year, month, day, last := part(4, 6), part(6, 10), part(10, 12), part(12, 14), part(14, 17)
	if area > 99 || year < 1950 || year > 1999 || month < 1 || month > 12 || day < 1 || day > 28 || last > 999 {
		return 0, false
	}
	n := last + 1000*(day-1) + 28000*(month-1) + 336000*(year-1950) + 16800000*area
	return uint32(n), n < crowdMost
}

// Crowd gives what the authority and a reader would say of the n-th: their
// card, the register's handle and their telephone.
func (p *Population) Crowd(n uint32) (identity.Document, identity.PersonHandle, string) {
	who, c := crowd(n, p.sam)
	return identity.Document{Kind: c.Kind, Number: c.Number, Name: c.Printed.Name, Birth: c.Printed.Birth, Expires: c.Printed.Expires,
		Long: c.Printed.Long, Origin: identity.DecodedElsewhere}, who.Handle, who.Phone
}
