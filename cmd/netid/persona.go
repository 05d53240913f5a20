package main

import (
	"errors"
	"fmt"
	"io"

	"netid/internal/tool/persona"
)

type personaCmd struct {
	List     personaListCmd     `cmd:"" help:"Names of the synthetic citizens."`
	Show     personaShowCmd     `cmd:"" help:"A persona's synthetic identity as JSON."`
	Enrol    personaEnrolCmd    `cmd:"" help:"Enrol at a counter, without a device; prints the net number. Whatever needs a device binds one later."`
	Approve  personaApproveCmd  `cmd:"" help:"Approve a party's authorization URL as the citizen would; the last line is the final redirect URL."`
	Decline  personaDeclineCmd  `cmd:"" help:"Decline it; the last line is the final redirect URL."`
	Offer    personaOfferCmd    `cmd:"" help:"Have the persona offer its attestations of age and of a real person to a wallet; the last line is the offer."`
	Scan     personaScanCmd     `cmd:"" help:"Read the code on another device's screen as the persona's phone, approve, and print the number to type there."`
	Code     personaCodeCmd     `cmd:"" help:"Draw a code for a venue's gate, good for a minute; prints it as a QR code shows it."`
	Present  personaPresentCmd  `cmd:"" help:"Answer a party's request to wallets (OpenID4VP) as the persona's wallet; the last line is where the party sends the browser next, if anywhere."`
	Freeze   personaFreezeCmd   `cmd:"" help:"Freeze the persona's certificate."`
	Thaw     personaThawCmd     `cmd:"" help:"Thaw it."`
	Devices  personaDevicesCmd  `cmd:"" help:"Ids of the persona's devices, the oldest first."`
	Lose     personaLoseCmd     `cmd:"" help:"Lose the persona's phone: report it with a recovery code from another browser, and forget the wallet."`
	Recover  personaRecoverCmd  `cmd:"" help:"Enrol again on a new phone after that, and thaw."`
	Event    personaEventCmd    `cmd:"" help:"Have the sandbox's register say something of the persona: lost, replaced, expired, good (a card); deceased, alive, guardianship. It takes effect within a few seconds."`
	Withdraw personaWithdrawCmd `cmd:"" help:"Withdraw what the persona allowed one party."`
	Records  personaRecordsCmd  `cmd:"" help:"Kind and id of each of the persona's records, newest first; the id of a verification is its party's receipt."`
	Export   personaExportCmd   `cmd:"" help:"Everything about the persona, with proofs, as JSON."`
	Erase    personaEraseCmd    `cmd:"" help:"Erase the persona at the sandbox and forget its wallet."`
}

type walletFlags struct {
	serverFlag
	Wallets string `placeholder:"DIR" help:"Where wallets lie (default: your configuration directory)."`
	Locale  string `default:"en" enum:"en,zh-CN" help:"Language of the pages it reads: en or zh-CN."`
}

func (f walletFlags) options(name string) persona.Options {
	return persona.Options{Server: f.Server, Persona: name, Wallets: f.Wallets, Locale: f.Locale}
}

type personaListCmd struct{ walletFlags }

func (c *personaListCmd) Run(s *surroundings) error {
	return persona.List(s.ctx, c.options(""), s.out)
}

type personaShowCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaShowCmd) Run(s *surroundings) error {
	return persona.Show(s.ctx, c.options(c.Persona), s.out)
}

type personaCodeCmd struct {
	walletFlags
	Persona string `arg:""`
	Over18  bool   `name:"over-18" help:"Let it prove over 18 too."`
}

func (c *personaCodeCmd) Run(s *surroundings) error {
	return persona.Code(s.ctx, c.options(c.Persona), c.Over18, s.out)
}

type personaEnrolCmd struct {
	walletFlags
	Persona string `arg:""`
	Counter string `required:"" placeholder:"CREDENTIAL" help:"Of the counter that reads the document (netid counter add)."`
	Second  string `placeholder:"CREDENTIAL" help:"Of a second counter: the persona has no phone."`
}

func (c *personaEnrolCmd) Run(s *surroundings) error {
	return persona.Enrol(s.ctx, c.options(c.Persona), persona.Clerks{First: c.Counter, Second: c.Second}, s.out)
}

type personaApproveCmd struct {
	walletFlags
	Persona  string   `arg:""`
	URL      string   `arg:"" name:"authorize-url"`
	Withhold []string `placeholder:"ITEM" help:"An optional item that is not given, e.g. age_over_18; may be repeated."`
	Remember bool     `help:"Consent that the party need not ask again for this, from this wallet."`
	SignedIn bool     `help:"Sign in at netid first, as a browser that was there today: for prompt=none."`
	Tell     []string `placeholder:"ITEM" help:"A plain item to agree to, e.g. name or match_name; may be repeated. None is told otherwise."`
	Passcode string   `hidden:"" help:"Type this passcode instead of the wallet's."`
	guardianFlags
}

// guardianFlags say what a minor's guardian does in the guardian's own session.
type guardianFlags struct {
	NoGuardian bool   `help:"Of a minor: leave the guardian's part out."`
	Guardian   string `default:"approve" enum:"approve,always,decline" help:"Of a minor: what the guardian answers: approve, always (for this party until withdrawn) or decline."`
}

func (f guardianFlags) part() persona.Part {
	switch {
	case f.NoGuardian:
		return persona.Nothing
	case f.Guardian == "always":
		return persona.Always
	case f.Guardian == "decline":
		return persona.Declines
	}
	return persona.Agrees
}

func (c *personaApproveCmd) Run(s *surroundings) error {
	o := c.options(c.Persona)
	o.Withhold, o.Tell, o.Passcode, o.Remember, o.SignedIn = c.Withhold, c.Tell, c.Passcode, c.Remember, c.SignedIn
	o.Guardian = c.part()
	return printed(s.out)(persona.Approve(s.ctx, o, c.URL))
}

type personaScanCmd struct {
	walletFlags
	Persona  string   `arg:""`
	Code     string   `arg:"" help:"The address in the square."`
	Withhold []string `placeholder:"ITEM" help:"An optional item that is not given; may be repeated."`
}

func (c *personaScanCmd) Run(s *surroundings) error {
	o := c.options(c.Persona)
	o.Withhold = c.Withhold
	return printed(s.out)(persona.Scan(s.ctx, o, c.Code))
}

type personaPresentCmd struct {
	walletFlags
	Persona string `arg:""`
	Request string `arg:"" help:"openid4vp://… or a link to the wallet's page."`
	Decline bool   `help:"Say no."`
}

func (c *personaPresentCmd) Run(s *surroundings) error {
	return persona.Present(s.ctx, c.options(c.Persona), c.Request, c.Decline, s.out)
}

type personaDeclineCmd struct {
	walletFlags
	Persona string `arg:""`
	URL     string `arg:"" name:"authorize-url"`
}

func (c *personaDeclineCmd) Run(s *surroundings) error {
	return printed(s.out)(persona.Decline(s.ctx, c.options(c.Persona), c.URL))
}

// printed prints a final address, also when an explanation comes with it.
func printed(out io.Writer) func(string, error) error {
	return func(final string, err error) error {
		if final == "" {
			return err
		}
		_, failed := fmt.Fprintln(out, final)
		return errors.Join(err, failed)
	}
}

type personaOfferCmd struct {
	walletFlags
	Persona   string   `arg:""`
	Kinds     []string `name:"kind" default:"age,person" help:"Which, by their ids in the issuer's metadata."`
	TxCode    bool     `help:"The wallet has to bring a transaction code, which is printed in the line before."`
	Deferred  bool     `help:"The wallet's requests are deferred (OpenID4VCI 9): it has to come back a few seconds later."`
	Reference bool     `help:"Print where the offer is (credential_offer_uri), as the square on the page does."`
}

func (c *personaOfferCmd) Run(s *surroundings) error {
	return persona.Offer(s.ctx, c.options(c.Persona), c.Kinds, persona.Offering{TxCode: c.TxCode, Later: c.Deferred, Reference: c.Reference}, s.out)
}

type personaEraseCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaEraseCmd) Run(s *surroundings) error {
	return persona.Erase(s.ctx, c.options(c.Persona), s.out)
}

type personaFreezeCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaFreezeCmd) Run(s *surroundings) error {
	return persona.Freeze(s.ctx, c.options(c.Persona))
}

type personaThawCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaThawCmd) Run(s *surroundings) error {
	return persona.Thaw(s.ctx, c.options(c.Persona))
}

type personaDevicesCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaDevicesCmd) Run(s *surroundings) error {
	return persona.Devices(s.ctx, c.options(c.Persona), s.out)
}

type personaLoseCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaLoseCmd) Run(s *surroundings) error {
	return persona.Lose(s.ctx, c.options(c.Persona))
}

type personaRecoverCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaRecoverCmd) Run(s *surroundings) error {
	return persona.Recover(s.ctx, c.options(c.Persona))
}

type personaEventCmd struct {
	walletFlags
	Persona string `arg:""`
	News    string `arg:"" enum:"lost,replaced,expired,good,deceased,alive,guardianship"`
	Card    string `placeholder:"ID" help:"Which card of the persona's (default: the first)."`
	Until   string `placeholder:"DATE" help:"Of replaced and expired: the card's last valid day, 2006-01-02 (default: today)."`
}

func (c *personaEventCmd) Run(s *surroundings) error {
	return persona.Event(s.ctx, c.options(c.Persona), persona.News{Word: c.News, Card: c.Card, Until: c.Until})
}

type personaWithdrawCmd struct {
	walletFlags
	Persona string `arg:""`
	Party   string `arg:""`
}

func (c *personaWithdrawCmd) Run(s *surroundings) error {
	return persona.Withdraw(s.ctx, c.options(c.Persona), c.Party)
}

type personaRecordsCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaRecordsCmd) Run(s *surroundings) error {
	return persona.Records(s.ctx, c.options(c.Persona), s.out)
}

type personaExportCmd struct {
	walletFlags
	Persona string `arg:""`
}

func (c *personaExportCmd) Run(s *surroundings) error {
	return persona.Export(s.ctx, c.options(c.Persona), s.out)
}
