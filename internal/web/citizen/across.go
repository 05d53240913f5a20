package citizen

import (
	"context"
	"net/url"
	"strings"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Crosser has a request that began in one browser decided on another device.
type Crosser interface {
	Crosses(identity.Ask) error
	Screen(ctx context.Context, sealed string, browser identity.Handle, looks string) (authorize.Crossing, error)
	Match(ctx context.Context, sealed string, browser identity.Handle, number string) (answer string, err error)
	Arrive(code string) (kept string, err error)
	Scan(ctx context.Context, s identity.Session, kept string) error
	Scanned(ctx context.Context, s identity.Session, kept, locale string) (authorize.Crossing, error)
	ApproveAcross(ctx context.Context, s identity.Session, kept string, in authorize.Approval) error
	DeclineAcross(ctx context.Context, s identity.Session, kept string) error
}

// acrossPage is the crossing in the browser that began the request.
type acrossPage struct {
	requestPage
	State  authorize.CrossingState
	Link   string // the code as an address, for what has no camera
	Square string
	Side   int
}

// screen shows the code, then how far the other device is. A script asks for it again
// every two seconds, and each time the code is another one.
func (d *Door) screen(v *shell.Visit) error {
	page, state, err := d.crossing(v, v.Query("r"))
	if err != nil {
		return err
	}
	if state == authorize.CrossingDeclined {
		return d.matched(v, page, "")
	}
	return v.Show(d.pages, "across", page)
}

func (d *Door) crossing(v *shell.Visit, sealed string) (acrossPage, authorize.CrossingState, error) {
	page, _, err := d.asked(v, sealed)
	if err != nil {
		return acrossPage{}, "", err
	}
	page.Here = "/request/across?r=" + url.QueryEscape(sealed)
	v.Back(page.Here)
	c, err := d.Authorize.Screen(v.Context(), sealed, browser(v), looks(v.R.UserAgent()))
	if err != nil {
		return acrossPage{}, "", err
	}
	out := acrossPage{requestPage: page, State: c.State}
	if c.Code != "" {
		out.Link = d.Issuer + "/across?c=" + c.Code
		out.Square, out.Side, err = d.Square(out.Link)
	}
	return out, c.State, err
}

// match takes the number that the other device shows, and goes back to the party.
func (d *Door) match(v *shell.Visit) error {
	page, _, err := d.crossing(v, v.Form("r"))
	if err != nil {
		return err
	}
	return d.matched(v, page, strings.TrimSpace(v.Form("match")))
}

func (d *Door) matched(v *shell.Visit, page acrossPage, number string) error {
	answer, err := d.Authorize.Match(v.Context(), page.R, browser(v), number)
	if err == nil {
		return v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
	}
	if !shell.Recoverable(err) {
		return err
	}
	return v.Refuse(d.pages, "across", err, page, "match")
}

// looks is what a browser says that it is, in two words that everybody knows. It is
// shown to the citizen, who sees whether the screen before them could be it; nothing rests on it.
func looks(userAgent string) string {
	first := func(of [][2]string) string {
		for _, one := range of {
			if strings.Contains(userAgent, one[0]) {
				return one[1]
			}
		}
		return ""
	}
	browser := first([][2]string{{"MicroMessenger/", "WeChat"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := first([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iPadOS"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	return strings.Trim(browser+", "+system, ", ")
}

const keptFor = 15 * 60 // seconds: a script asks how it ended, so the end does not take the cookie away

// scannedPage is the crossing on the device that read the code, around its decision.
type scannedPage struct {
	State string // the act's word, "sign-in", or "here": a code was read, and nobody went on yet
	Match string
	Name  string      // of the party
	Sign  *signinPage // sign in first
}

// arrive takes a code that this device's camera read, or shows how far it is. A code
// comes from a camera, and not by a link of some page: such a link is what somebody
// sends who wants their own request approved by another (attacks.md G04).
func (d *Door) arrive(v *shell.Visit) error {
	code := v.Query("c")
	if code == "" {
		return d.scanned(v)
	}
	if from := v.R.Header.Get("Sec-Fetch-Site"); from != "" && from != "none" {
		return fault.New("citizen.arrive", fault.Forbidden, "across_link")
	}
	kept, err := d.Authorize.Arrive(code)
	if err != nil {
		return err
	}
	v.SetCookie(shell.CookieScan, kept, keptFor)
	return v.Go("/across")
}

func (d *Door) scanned(v *shell.Visit) error {
	s, err := v.Session()
	if err != nil {
		return err
	}
	kept := v.Cookie(shell.CookieScan)
	if kept == "" {
		return fault.New("citizen.scanned", fault.Gone, "across_over")
	}
	if s == nil {
		gate, err := d.knock("/across")
		if err != nil {
			return err
		}
		return v.Show(d.pages, "scanned", scannedPage{State: "sign-in", Sign: &gate})
	}
	page, c, err := d.decides(v, *s, kept)
	if fault.Because(err, "across_over") { // nothing is read yet: reading it is the citizen's own step
		return v.Show(d.pages, "scanned", scannedPage{State: "here"})
	}
	if err != nil {
		return err
	}
	if c.State != authorize.CrossingAsked {
		return v.Show(d.pages, "scanned", scannedPage{State: string(c.State), Match: c.Match, Name: c.Party.Name.In(v.Locale)})
	}
	return v.Show(d.pages, "request", page)
}

// scan reads the request that the code belongs to.
func (d *Door) scan(v *shell.Visit, s identity.Session) error {
	v.Back("/across")
	if err := d.Authorize.Scan(v.Context(), s, v.Cookie(shell.CookieScan)); err != nil {
		return err
	}
	return v.Go("/across")
}

// decides is the request as this device decides it for the other one.
func (d *Door) decides(v *shell.Visit, s identity.Session, kept string) (requestPage, authorize.Crossing, error) {
	c, err := d.Authorize.Scanned(v.Context(), s, kept, v.Locale)
	if err != nil || c.State != authorize.CrossingAsked {
		return requestPage{}, c, err
	}
	lines := c.Statement.Lines()
	if lines == nil {
		return requestPage{}, c, fault.New("citizen.decides", fault.Invalid, "request_invalid")
	}
	page := d.describe(v, "", c.Presented, lines)
	page.To, page.Here, page.Across, page.Looks, page.Passkey = "/across", "/across", true, c.Looks, passkey(&s)
	v.Back("/across")
	if !c.Ask.Accepts(s) { // the party wants a sign-in that is younger than its request
		page.Sign, err = d.gate(page)
	}
	return page, c, err
}

// approveAcross hands the signed decision to the act. The answer leaves by the other browser.
func (d *Door) approveAcross(v *shell.Visit, s identity.Session) error {
	kept := v.Cookie(shell.CookieScan)
	page, c, err := d.decides(v, s, kept)
	if err != nil {
		return err
	}
	if c.State != authorize.CrossingAsked {
		return v.Go("/across")
	}
	in, refusal := approval(v, page)
	if refusal == nil {
		refusal = d.Authorize.ApproveAcross(v.Context(), s, kept, in)
	}
	if refusal != nil {
		return d.refused(v, page, refusal)
	}
	return v.Go("/across")
}

func (d *Door) declineAcross(v *shell.Visit, s identity.Session) error {
	v.Back("/across")
	if err := d.Authorize.DeclineAcross(v.Context(), s, v.Cookie(shell.CookieScan)); err != nil {
		return err
	}
	return v.Go("/across")
}
