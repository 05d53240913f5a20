package client

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// succession is a ledger's record of one change of its key: a note, signed by
// the former key and by the new one.
type succession struct {
	note     string
	from, to heldKey
	time     time.Time
}

const (
	successionTitle = "netid-succession/1" // the first line: no head begins with it
	maxListing      = 128 << 10            // bytes of a listing
	maxSuccessions  = 256
)

// Follow adds the successions that a ledger's listing of its keys (resource
// "keys") has to what is trusted already. Only the signatures count: of each
// algorithm the listing must have the whole row of keys, each handed over by
// the one before and signed by both, and a trusted key in it. The keys that
// the listing names as today's are not believed. Fails with ErrSuccession.
func (k Keys) Follow(listing []byte) (Keys, error) {
	_, chain, err := cutListing(string(listing))
	if err != nil {
		return Keys{}, err
	}
	return k.join(chain)
}

// cutListing takes a listing apart and checks each succession by itself.
func cutListing(text string) (keys []string, chain []succession, err error) {
	if len(text) > maxListing {
		return nil, nil, refuseSuccession("too long")
	}
	lines := strings.SplitAfter(strings.TrimRight(text, "\r\n\t ")+"\n", "\n") // whoever kept it may have cut the end
	at := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSuffix(l, "\n") == successionTitle })
	if at < 0 {
		return strings.Fields(text), nil, nil
	}
	keys = strings.Fields(strings.Join(lines[:at], ""))
	for rest := lines[at:]; len(rest) > 0 && rest[0] != ""; {
		end := 1 + slices.IndexFunc(rest[1:], func(l string) bool { return strings.TrimSuffix(l, "\n") == successionTitle })
		if end == 0 {
			end = len(rest)
		}
		s, err := parseSuccession(strings.Join(rest[:end], ""))
		if err != nil {
			return nil, nil, err
		}
		if chain = append(chain, s); len(chain) > maxSuccessions {
			return nil, nil, refuseSuccession("too many")
		}
		rest = rest[end:]
	}
	return keys, chain, nil
}

// parseSuccession checks one succession: title, ledger, the two keys, the
// time; and the signatures of both keys over exactly that.
func parseSuccession(signed string) (s succession, err error) {
	text, _, _ := strings.Cut(signed, "\n\n")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[0] != successionTitle {
		return s, refuseSuccession("not in the form")
	}
	for i, word := range []string{"old ", "new ", "time "} {
		var ok bool
		if lines[2+i], ok = strings.CutPrefix(lines[2+i], word); !ok {
			return s, refuseSuccession("not in the form")
		}
	}
	if s.from, err = parseVerifier(lines[2]); err != nil {
		return s, refuseSuccession("the former key")
	}
	if s.to, err = parseVerifier(lines[3]); err != nil {
		return s, refuseSuccession("the new key")
	}
	s.time, err = time.Parse(time.RFC3339, lines[4])
	if err != nil || s.time.UTC().Format(time.RFC3339) != lines[4] {
		return s, refuseSuccession("the time")
	}
	s.to.since = s.time
	switch {
	case s.from.Name() != lines[1] || s.to.Name() != lines[1]:
		return s, refuseSuccession("of another ledger")
	case s.from.alg != s.to.alg || s.from.text == s.to.text:
		return s, refuseSuccession("no change, or to another algorithm")
	}
	n, err := note.Open([]byte(signed), note.VerifierList(s.from, s.to))
	if err != nil || n.Text != text+"\n" || !(keyLine{s.from}).signed(n.Sigs) || !(keyLine{s.to}).signed(n.Sigs) {
		return s, refuseSuccession("not signed by the former key and by the new one")
	}
	s.note = n.Text + "\n" + signatureLine(n.Sigs, s.from) + signatureLine(n.Sigs, s.to)
	return s, nil
}

// signatureLine is a signature that was checked, in its one form. Whatever else
// stood behind a succession is nobody's word, and is not kept: a follower would
// carry it along for ever.
func signatureLine(by []note.Signature, key heldKey) string {
	at := slices.IndexFunc(by, func(s note.Signature) bool { return s.Name == key.Name() && s.Hash == key.KeyHash() })
	b, err := base64.StdEncoding.DecodeString(by[at].Base64)
	if err != nil { // it was read once
		return ""
	}
	return "— " + key.Name() + " " + base64.StdEncoding.EncodeToString(b) + "\n"
}

// join puts what is trusted into the rows that a chain makes.
func (k Keys) join(chain []succession) (Keys, error) {
	joined := Keys{origin: k.origin}
	for _, trusted := range k.lines {
		var own []succession
		for _, s := range chain {
			if s.from.alg == trusted[0].alg {
				own = append(own, s)
			}
		}
		line, err := row(own)
		if err != nil {
			return Keys{}, err
		}
		if len(own) == 0 && len(trusted) == 1 {
			line = trusted
		}
		if !line.has(trusted) {
			return Keys{}, refuseSuccession("it does not lead from or to the key that is trusted")
		}
		joined.lines, joined.chain = append(joined.lines, line), append(joined.chain, own...)
	}
	return joined, nil
}

// row lines the keys of one algorithm up, oldest first: each succession begins
// with the key that the one before ended with, no earlier, and no key comes back.
func row(chain []succession) (line keyLine, err error) {
	for i, s := range chain {
		if i == 0 {
			line = keyLine{s.from}
		}
		last := line[len(line)-1]
		if s.from.text != last.text || s.time.Before(last.since) {
			return nil, refuseSuccession("one does not follow the other")
		}
		if slices.ContainsFunc(line, func(h heldKey) bool { return h.text == s.to.text }) {
			return nil, refuseSuccession("a former key comes back")
		}
		line = append(line, s.to)
	}
	return line, nil
}

// has reports whether the other row is part of this one, without a gap.
func (l keyLine) has(other keyLine) bool {
	at := slices.IndexFunc(l, func(h heldKey) bool { return h.text == other[0].text })
	if at < 0 || len(l)-at < len(other) {
		return false
	}
	for i, h := range other {
		if l[at+i].text != h.text {
			return false
		}
	}
	return true
}

func refuseSuccession(what string) error { return fmt.Errorf("%w: %s", ErrSuccession, what) }
