package rights

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
)

const noteMost = 500 // runes

// Queue is everything that was asked within its keeping, the oldest first. It names nobody.
func (a *Act) Queue(ctx context.Context) (all []identity.Claim, err error) {
	err = a.each(ctx, func(_ place, l lying) error { all = append(all, l.Claim); return nil })
	return all, fault.At("rights.Queue", err)
}

func (a *Act) each(ctx context.Context, do func(place, lying) error) error {
	for d := a.today() - min(a.today(), keptDays-1); d <= a.today(); d++ {
		for n := uint32(0); n <= mostADay; n++ {
			l, err := a.read(ctx, place{d, n})
			if fault.Is(err, fault.NotFound) {
				break
			}
			if fault.Because(err, "row_altered") { // that one cannot be answered; the others can
				continue
			}
			if err == nil {
				err = do(place{d, n}, l)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Answer is the operator's word about a claim, once. A refusal says why (PIPL Art. 50).
func (a *Act) Answer(ctx context.Context, ref string, granted bool, note string) error {
	const op = "rights.Answer"
	note = strings.TrimSpace(note)
	if !granted && note == "" {
		return fault.New(op, fault.Invalid, "claim_reason_missing")
	}
	if !utf8.ValidString(note) || utf8.RuneCountInString(note) > noteMost || strings.ContainsFunc(note, control) {
		return fault.New(op, fault.Invalid, "claim_note_invalid")
	}
	p, ok := a.parse(ref)
	if !ok {
		return fault.New(op, fault.NotFound, "claim_unknown")
	}
	l, err := a.read(ctx, p)
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(op, fault.NotFound, "claim_unknown", err)
	}
	if err != nil {
		return fault.At(op, err)
	}
	if !l.Answered.IsZero() {
		return fault.New(op, fault.Conflict, "claim_answered")
	}
	how, when := "refused", "in-time"
	if granted {
		how = "granted"
	}
	if l.Over(a.Now()) {
		when = "late"
	}
	l.Answered, l.Granted, l.Note = a.Now().UTC(), granted, note
	return fault.At(op, a.swap(ctx, p, l, identity.RightAnswered, string(l.Right)+"/"+how+"/"+when))
}

// control: what is not seen, or turns the line around, is no word of an answer.
func control(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// swap writes the claim over what was read of it, together with the public word.
func (a *Act) swap(ctx context.Context, p place, l lying, kind identity.EventKind, detail string) error {
	row, err := a.sealed(p, l.row.Version+1, l.Claim)
	if err != nil {
		return err
	}
	_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: kind, Detail: detail, Grounds: []identity.Ground{}}, identity.SwapDraft{Draft: row, From: l.row.Version})
	if fault.Because(err, "draft_moved") { // somebody else wrote
		return fault.Wrap("rights.swap", fault.Conflict, "claim_answered", err)
	}
	return err
}

// Remind has the ledger say, in public and once, of each claim whose printed day passed
// without an answer. Whoever reads the tree counts them; nobody is named.
func (a *Act) Remind(ctx context.Context) (late int, err error) {
	err = a.each(ctx, func(p place, l lying) error {
		if !l.Over(a.Now()) {
			return nil
		}
		late++
		if l.Late {
			return nil
		}
		l.Late = true
		err := a.swap(ctx, p, l, identity.RightLate, string(l.Right))
		if fault.Because(err, "claim_answered") { // answered meanwhile, or said by another node
			return nil
		}
		if err == nil && a.Alarm != nil {
			a.Alarm(l.Claim)
		}
		return err
	})
	return late, fault.At("rights.Remind", err)
}
