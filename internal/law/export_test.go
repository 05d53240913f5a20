package law

// Changed is the law in which one rule has a new text since a day, and had those of
// before: what a change of the regulation will look like.
func Changed(rule, since string, before ...Wording) *Book {
	articles := Articles()
	for i := range articles {
		for j := range articles[i].Rules {
			if r := &articles[i].Rules[j]; r.ID == rule {
				r.Since, r.Former = since, before
			}
		}
	}
	return bookOf(articles)
}

// DigestOf is what a consent keeps of a text.
func DigestOf(text string) []byte { return digestOf(text) }
