// Package fault says why something failed, in nine kinds.
//
// It owns the error type that crosses every floor and refuses to know any
// protocol: each door keeps one table from Kind to its own words (an HTTP
// status, an OAuth error code, a page).
//
// Invariant: an error without a Kind is Internal, and only Public ever
// leaves the process; Err goes to the operator's log.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the class of a failure. The zero value is Internal, so that a
// forgotten kind is never shown to a caller as its own mistake.
type Kind uint8

const (
	Internal        Kind = iota // ours: a defect or a broken invariant
	Invalid                     // the input is malformed or fails its check
	Unauthenticated             // the caller did not prove who it is
	Forbidden                   // proven, but a rule says no
	NotFound                    // no such thing, or none that the caller may know of
	Conflict                    // a guard of the commit failed: the world moved
	Gone                        // it was there and is over: expired, used, erased
	TooMany                     // throttled; try later
	Unavailable                 // something we lean on does not answer
)

var names = [...]string{"internal", "invalid", "unauthenticated", "forbidden", "not found", "conflict", "gone", "too many", "unavailable"}

func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Error is a failure with its place, its kind and the one word that may leave.
type Error struct {
	Op     string // where: "enrol.Confirm"
	Kind   Kind   // why, in nine kinds
	Public string // stable reason code in snake_case, a key of the catalogue: "id_number_invalid"
	Err    error  // detail for the operator's log; never shown to a caller
}

func (e *Error) Error() string {
	s := e.Op + ": " + e.Kind.String()
	if e.Public != "" {
		s += " (" + e.Public + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// New makes a failure with a public reason code.
func New(op string, kind Kind, public string) error {
	return &Error{Op: op, Kind: kind, Public: public}
}

// Newf is New with detail for the operator's log.
func Newf(op string, kind Kind, public, format string, args ...any) error {
	return &Error{Op: op, Kind: kind, Public: public, Err: fmt.Errorf(format, args...)}
}

// Wrap gives err a place, a kind and a public reason. A nil err stays nil.
func Wrap(op string, kind Kind, public string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Kind: kind, Public: public, Err: err}
}

// At adds a place to err and keeps its kind and public reason.
func At(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Kind: Of(err), Public: Public(err), Err: err}
}

// Missing makes of what was not found the one thing that a caller may be told of it;
// any other err it leaves as it is.
func Missing(op string, err error, public string) error {
	if Is(err, NotFound) {
		return New(op, NotFound, public)
	}
	return err
}

// Of returns the kind of err: that of the outermost Error, else Internal.
func Of(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Public returns the reason code that may leave, "internal" when there is none.
func Public(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Public != "" && e.Kind != Internal {
		return e.Public
	}
	return "internal"
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && Of(err) == k }

// Because reports whether err carries the public reason code public.
func Because(err error, public string) bool { return err != nil && Public(err) == public }
