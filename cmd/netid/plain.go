package main

import (
	"errors"
	"strings"

	"netid/internal/fault"
)

// plain is what an operator reads of a failure: the sentence, and behind it the
// reason code to look it up by. The places in the program that it came through
// are for logs and say nothing to people.
func plain(err error) string {
	text, code := err.Error(), ""
	for _, f := range faults(err, nil) {
		if f.Err == nil {
			continue // the code is all that it says
		}
		head := f.Op + ": " + f.Kind.String()
		if f.Public != "" {
			head += " (" + f.Public + ")"
		}
		text = strings.Replace(text, head+": ", "", 1)
		if f.Public != "" && f.Kind != fault.Internal {
			code = f.Public
		}
	}
	if code != "" && !strings.Contains(text, code) {
		text += " (" + code + ")"
	}
	return text
}

// faults are those of the chain, outermost first, through joined errors too.
func faults(err error, all []*fault.Error) []*fault.Error {
	if f, is := err.(*fault.Error); is {
		all = append(all, f)
	}
	if joined, is := err.(interface{ Unwrap() []error }); is {
		for _, e := range joined.Unwrap() {
			all = faults(e, all)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return faults(inner, all)
	}
	return all
}
