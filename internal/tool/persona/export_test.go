package persona

import "net/url"

// Browse reads a page as the citizen does, for the fuzz target.
func Browse(body []byte) {
	at := &url.URL{Scheme: "http", Host: "localhost", Path: "/request"}
	p, err := readPage(at, 200, body)
	if err != nil {
		return
	}
	if err := p.refusal(); err != nil {
		_ = err.Error()
	}
	for _, path := range []string{"/request/approve", "/enrol/notice", "/language"} {
		f, err := p.form(path)
		if err != nil {
			continue
		}
		f.agree()
		if s, err := choose(p, f, nil, nil, false); err == nil && s.Bytes() == nil {
			panic("a statement that cannot be shown was accepted")
		}
	}
}

// Withdrawable reads a list of platforms as the citizen does.
func Withdrawable(body []byte, party string) bool {
	p, err := readPage(&url.URL{Scheme: "http", Host: "localhost", Path: "/platforms"}, 200, body)
	return err == nil && p.withdrawable(party)
}

// Handed is the address to which a page hands over, "" where it does not.
func Handed(body []byte) string {
	u, _ := url.Parse("http://localhost:7080/authorize/answer")
	p, err := readPage(u, 200, body)
	if err != nil {
		return ""
	}
	at, _ := p.handed()
	return at.leave
}
