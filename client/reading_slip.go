package client

import "fmt"

// slip checks a code as a gate does that never saw one. Without a bundle nothing says
// whose signature it is; whose bundle it is, the roots say.
func (r *reading) slip() error {
	if r.Bundle == nil || r.Roots == nil {
		r.open("slip")
		return errUnchecked
	}
	_, claims := peekList(r.Bundle)
	bundle, err := ReadBundle(string(r.Bundle), r.Roots, r.or(r.Issuer, "issuer", claims, "iss"), r.Now)
	if err != nil {
		return err
	}
	s, err := readCode(r.text)
	if err != nil {
		return err
	}
	venue := r.Audience
	if venue == "" && s.Venue != "" {
		venue = s.Venue
		r.open("audience")
	}
	entry, err := Gate{Bundle: bundle, Venue: venue, Seen: new(ShownSlips)}.Check(r.text, r.Now)
	if err != nil {
		return err
	}
	r.fact("issuer", bundle.Issuer)
	r.fact("audience", s.Venue)
	r.fact("real_person", "true")
	if entry.Over18 {
		r.fact("age_over_18", "true")
	}
	r.when("status_issued", bundle.Issued)
	r.when("expires", entry.Until)
	return nil
}

// bundle is checked as a gate does that was never given another.
func (r *reading) bundle() error {
	if r.Roots == nil {
		r.open("keys")
		return errUnchecked
	}
	_, claims := peekList([]byte(r.text))
	b, err := ReadBundle(r.text, r.Roots, r.or(r.Issuer, "issuer", claims, "iss"), r.Now)
	if err != nil {
		return err
	}
	r.fact("issuer", b.Issuer)
	r.when("issued", b.Issued)
	r.when("expires", b.Issued.Add(BundleLife))
	r.fact("stopped", fmt.Sprint(len(b.frozen)/FrozenEntry))
	return nil
}
