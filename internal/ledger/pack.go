package ledger

import (
	"netid/internal/fault"
	"netid/internal/pack"
)

// A body about nobody but the person is packed before it is padded: salt, then
// the event, with the dictionary below, behind a byte that no
// JSON begins with. So all kinds of them have one length, an enrolment like a
// sign-in, and what was packed how well does not show. A body that names a party is not packed:
// its padding is made for the longest.
const packed = 0x01

// dictionary is part of the format: what these events mostly say.
const dictionary = `","locale":"en","given":true,"time":"2026-01-01T00:00:00Z"}],"set":{"count":,"sum":","kind":"exported","kind":"erased","kind":"thawed","kind":"frozen","detail":"` +
	`"kind":"document-added","time":"2027-0"kind":"signed-in","time":"2026-0"kind":"issued","time":"2026-1` +
	`"grounds":[{"rule":"a4-freeze","version":"2025-07-15","articles":[4]}],{"rule":"a9-own-view","version":"2025-07-15","articles":[9,12]}],` +
	`"kind":"enrolled","time":"2026-","detail":"mainland-permit-taiwan/residence-permit-hk-macau/foreigner-permanent-card/chip-simulated/passport/chip-verified/resident-id-card/authority-decoded/face-review/face-twin/face-match","consents":[{"subject":"notice","version":"2026-11-28","digest":"` +
	`=","locale":"zh-CN","given":true,"time":"2026-11-"},{"subject":"document","version":"2026-11-28","digest":"=","locale":"zh-CN","given":true,"time":"2026-11-"},{"subject":"face","version":"2026-11-28","digest":"` +
	`=","locale":"en","given":true,"time":"2026-"}],"grounds":[{"rule":"a16-in-force","version":"2025-07-15","articles":[16]},{"rule":"a15-served-document","version":"2025-07-15","articles":[15,4]},` +
	`{"rule":"a4-valid-document","version":"2025-07-15","articles":[4]},{"rule":"a4-may-apply","version":"2025-07-15","articles":[4]},{"rule":"a11-informed","version":"2025-07-15","articles":[11,9]},` +
	`{"rule":"a9-separate-consent","version":"2025-07-15","articles":[9,11]},{"rule":"a9-necessary","version":"2025-07-15","articles":[9]},{"rule":"a9-separate-consent","version":"2025-07-15","articles":[9,11]},{"rule":"a9-face","version":"2025-07-15","articles":[9,4]},` +
	`{"rule":"a2-one-number","version":"2025-07-15","articles":[2]}],"seq":2,"prev":"="}{"id":"`

// packEvent puts down salt and event.
func packEvent(p *pack.Packer, salt, event []byte) ([]byte, error) {
	if len(salt)+len(event) > maxBody-padding {
		return nil, fault.Newf("ledger.packEvent", fault.Internal, "internal", "event of %d bytes", len(event))
	}
	return p.Pack([]byte{packed}, salt, event)
}

// unpackEvent gives salt and event.
func unpackEvent(b []byte) (salt, event []byte, err error) {
	both, err := pack.New(dictionary).Unpack(b[1:], maxBody)
	if err != nil || len(both) < saltLength {
		return nil, nil, broken("packing")
	}
	return both[:saltLength], both[saltLength:], nil
}
