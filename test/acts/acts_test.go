package acts_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/attest"
	"netid/internal/act/authorize"
	"netid/internal/act/partner"
	"netid/internal/act/restore"
	"netid/internal/act/signin"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/test/kit"
)

// scene is the moment at which an act is done: the person it is about, somebody
// else whom it must not touch, and what travels outside of the store.
type scene struct {
	*kit.Citizen
	other      kit.Citizen
	sealed     string // a request
	code       string // an approval
	said       string // a sign-in challenge, or the place of a passkey
	access     string // an access token
	pushed     *identity.Handle
	offered    authorize.Offered   // what is signed for a gate
	shown      identity.OnlineCode // and what was drawn for it
	invitation string
	registered identity.PartyID // by itself, with the word that changes it
	word       string
	old        bool                  // everybody's records are older than any law keeps
	refresh    string                // a refresh token
	there      identity.Verification // a session at a party that logs out
	join       identity.Handle       // an invitation of a second device
	joined     signin.Offered        // and its offer
	passkey    kit.Device
	codes      []identity.RecoveryCode
	guardian   *kit.Citizen    // of the person, or the child of one who is a guardian
	matter     identity.Matter // that waits
	waits      string          // a child's approval
	offer      attest.Offered  // to a wallet
	held       attest.Granted  // by it
	order      attest.Order    // of it
	slip       string          // on a screen at a counter, or printed
	ref        string          // the child's name on the guardian's page
	ticket     string          // for a matter of a minor
	crossing   crossing
	console    console
	worker     kit.Worker // of an organisation, with a colleague and a program's token
	colleague  kit.Worker
	bearer     partner.Who
}

// act is one way in which the world changes, how it gets there, and what somebody
// does who was answered with an error.
type act struct {
	name  string // package and method, and a word where one method has several cases
	ready func(ctx context.Context, s *scene) error
	do    func(ctx context.Context, s *scene) error
	again func(ctx context.Context, s *scene) error // nil: do
	heard []string                                  // reasons with which the second try may be refused, when the first was done
	twice string                                    // kinds of events of which a second try may leave another, since none names the first
}

// reading acts write nothing: there is no write at which they could be cut.
func reading() []string {
	return []string{"attest.Offer", "attest.Grant", "admit.Party", "admit.Endings", "admit.Managed", "admit.Parties", "admit.SecretMatches", "admit.Judge", "admit.Halting", "admit.Resuming", "admit.Read", "admit.Approving", "admit.Returning", "admit.Removing", "admit.Unbacked", "authorize.Begin", "authorize.Crosses", "authorize.Arrive", "authorize.Scanned", "authorize.Offer", "authorize.Recall", "authorize.Present", "authorize.Open",
		"enrol.Agreed", "enrol.Sent", "deliver.Write", "deliver.Waits", "deliver.Leave", "deliver.Nudge", "logout.Sessions", "logout.Letters", "logout.Close", "logout.Nudge", "logout.Seal", "logout.Open", "logout.Read", "enrol.View", "enrol.Kinds", "look.Home", "look.Records", "look.Data", "look.Parties",
		"look.Record", "look.Happened", "look.Head", "look.Keys", "look.Tile", "look.Bundle", "look.Public", "signin.Challenge", "signin.Text", "signin.Devices", "signin.Left", "signin.JoinText", "scrub.Everybody", "signin.Seal", "signin.Open", "verify.Claims", "verify.Lasting", "verify.MayScan", "signin.PlaceText", "enrol.Shown", "enrol.FaceTally", "signal.View", "signal.Leave", "signal.Nudge", "signal.Quiet", "enrol.Case", "enrol.HelpedAt", "counter.List", "counter.Offer", "counter.Half", "counter.Stands", "counter.SignIn", "counter.Open",
		"staff.Page", "staff.Accounts", "staff.Setting", "staff.Prepare", "staff.Proposal", "staff.Proposals", "staff.DecideText", "staff.Endorsements", "staff.Endorses", "staff.Alerts", "staff.Invited", "staff.NeedsCode", "staff.Code", "staff.InviteBody", "staff.Challenge", "staff.Open",
		"publish.Follow", "publish.List", "publish.Lists", "publish.Ready", "attest.Given", "attest.Look", "barred.Bundle",
		"guard.Answered", "guard.GivenUp", "guard.Stopped", "guard.Stands", "guard.Text", "guard.Waiting", "guard.Children", "guard.Turned", "guard.Uses", "guard.Mine", "guard.Of", "guard.Review", "guard.Queue", "rights.Read", "rights.List", "rights.Queue", "rights.Departed", "rights.Ends", "look.Erased", "look.CopyFor", // what look.Export and rights.Copy do
		"partner.Look", "partner.FoundText", "partner.Born", "partner.Invited", "partner.JoinText", "partner.Challenge", "partner.SignInText", "partner.Open", "partner.Bearer", "partner.Audience", "partner.Owner", "partner.Application", "partner.Applications", "partner.Background", "partner.Lapses", "partner.Answered", "partner.Figures",
		"ceremony.Judge", "ceremony.State", "ceremony.Carry", // a rotation is the keyring's write, whose own tests cut it
		"incident.Read", "incident.List", "incident.Document", "incident.Glasses", "incident.Alarms", "incident.Examining", "incident.Closing", "incident.Inspecting", "incident.Glass", "incident.Guards", "incident.Stopped", "incident.Stops", "incident.Stopping", "incident.Lifting", "incident.Notices", "incident.Readers", "incident.Unfinished", "incident.Drills", "issue.Again", "look.Used", "guard.Minors", "staff.Page",
		"supervise.Read", "supervise.All", "supervise.Kept", "supervise.Records", "supervise.Alarms", "supervise.Emergencies", "supervise.PartyDuties", "supervise.Tickets", "supervise.Exports", "supervise.Leaves", "supervise.Ticketing", "supervise.Exporting", "supervise.Give", "supervise.Pass", "supervise.Spend", // the last three are verbs of somebody else's commit
		"assist.Read", "assist.List", "assist.Paper", "assist.Officers", "assist.Told", "assist.Overdue", "assist.Nameable", "assist.Nameless", "staff.Person", "staff.PersonOf",
		"recall.Reissue", "recall.Far", "incident.DrillDue", // it says first and issues then: its own test kills it at every commit
		"present.Asks", "present.May", "present.Get",
		"redress.Cases", "enrol.NoticeDue", "look.Proofs", "look.Platform",
		"recall.Count", "recall.Ending", "recall.RecallByTwo", "recall.Recall", // it says first and ends then, in two commits: its own test cuts between them
		"partner.Lodge", "partner.Withdraw", "partner.Depart", "partner.Turn", // what is due first, and the register then: TestWhatIsDueIsTold cuts between
		"deliver.Run", // Round, again and again
		"tally.Happened", "tally.Refused", "tally.Took", "tally.Report",
		"tally.Keep"} // what a process counted dies with it, so nobody tries again: its own test fails its write
}

// counted is a month of which there are figures.
func counted(ctx context.Context, s *scene) error {
	s.Tally.Refused("plaintext_not_allowed")
	return s.Tally.Keep(ctx)
}

// told is news of the authority about the person, or their document, which then ends in a month.
func told(kind identity.NewsKind) func(context.Context, *scene) error {
	return func(_ context.Context, s *scene) error {
		n := s.Hears(kind)
		n.Until = identity.Today(s.Now()).AddMonths(1)
		s.Tell(n)
		return nil
	}
}

func followed(ctx context.Context, s *scene) error {
	_, err := s.Respond.Follow(ctx)
	return err
}

func ready(steps ...func(context.Context, *scene) error) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, step := range steps {
			if err := step(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

// faceDiffers: the device said no.
func faceDiffers(ctx context.Context, s *scene) error {
	if err := s.Kit.Enrol.Face(ctx, s.Draft, identity.FaceWord{Said: "no-match"}); !fault.Because(err, "face_no_match") {
		return fmt.Errorf("a no that is none: %w", err)
	}
	return nil
}

// upTo is an enrolment up to a step.
func upTo(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, step := range s.Steps(ctx) {
			if step.Name == name {
				return nil
			}
			if err := step.Do(); err != nil {
				return fmt.Errorf("%s: %w", step.Name, err)
			}
		}
		return nil
	}
}

func step(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		steps := s.Steps(ctx)
		return steps[slices.IndexFunc(steps, func(one kit.Step) bool { return one.Name == name })].Do()
	}
}

// exchange asks for what a chip without a signature is asked.
func exchange(ctx context.Context, s *scene) error {
	_, err := s.Kit.Enrol.Exchange(ctx, s.Draft, s.Evidence())
	return err
}

// adding is a step by which somebody who is signed in shows s.Document once more.
func adding(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		steps := s.Adding(ctx, s.Document)
		return steps[slices.IndexFunc(steps, func(one kit.Step) bool { return one.Name == name })].Do()
	}
}

func addingUpTo(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, step := range s.Adding(ctx, s.Document) {
			if step.Name == name {
				return nil
			}
			if err := step.Do(); err != nil {
				return fmt.Errorf("%s: %w", step.Name, err)
			}
		}
		return nil
	}
}

// moving is a step of somebody who wants another telephone, and movingUpTo those before it.
func moving(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		steps := s.Moving(ctx, kit.Phone("another"))
		return steps[slices.IndexFunc(steps, func(one kit.Step) bool { return one.Name == name })].Do()
	}
}

func movingUpTo(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		for _, step := range s.Moving(ctx, kit.Phone("another")) {
			if step.Name == name {
				return nil
			}
			if err := step.Do(); err != nil {
				return fmt.Errorf("%s: %w", step.Name, err)
			}
		}
		return nil
	}
}

func corrected(_ context.Context, s *scene) error {
	s.Document.Number = s.Document.Number[:17] + "X"
	return nil
}

func endsSoon(_ context.Context, s *scene) error {
	s.Document.Expires = identity.Today(s.Now()).AddMonths(1)
	return nil
}

func lastsLonger(_ context.Context, s *scene) error {
	s.Document.Expires = identity.Today(s.Now()).AddMonths(120)
	return nil
}

// synthetic is an enrolment that nobody walks through.
func synthetic(ctx context.Context, s *scene) error {
	digits, err := identity.ParsePasscode(s.Passcode)
	if err != nil {
		return err
	}
	g, err := s.Kit.Enrol.Synthetic(ctx, s.Document, s.Handle, s.Phone(), s.Vault.NewVerifier(digits), s.Kit.Enrol.Agreed())
	if err == nil {
		s.Grant = g
	}
	return err
}

func signedIn(ctx context.Context, s *scene) error {
	if err := s.Enrol(ctx); err != nil {
		return err
	}
	return s.SignIn(ctx)
}

func invitedDevice(ctx context.Context, s *scene) (err error) {
	s.join, err = s.Signin.Invite(ctx, s.Session)
	return err
}

func offered(ctx context.Context, s *scene) (err error) {
	d := kit.NewDevice()
	s.joined, err = s.Signin.Offer(ctx, s.join, "new", d.JWK, d.Sign([]byte(s.Signin.JoinText(s.join.Text()))))
	return err
}

func acceptedDevice(ctx context.Context, s *scene) error {
	return s.Signin.Accept(ctx, s.Session, s.join, s.joined.Match, s.Passcode)
}

func placed(ctx context.Context, s *scene) (err error) {
	s.said, s.joined.Certificate, err = s.Signin.Place(ctx, s.Session, "key", s.Passcode)
	s.passkey = kit.NewDevice()
	s.passkey.Passkey = true
	return err
}

func byPasskey(ctx context.Context, s *scene) error {
	s.Device, s.Certificate = s.passkey, identity.Certificate{ID: s.joined.Certificate}
	return s.SignIn(ctx)
}

func putPasskey(ctx context.Context, s *scene) error {
	return s.Signin.Put(ctx, s.Session, s.said, s.passkey.JWK, s.passkey.Sign([]byte(s.Signin.PlaceText(s.said))))
}

// anotherPasscode is somebody who has the document and the telephone alone.
func anotherPasscode(_ context.Context, s *scene) error {
	s.Passcode = "86420975"
	return nil
}

func waits(ctx context.Context, s *scene) error {
	if err := step("confirm")(ctx, s); !fault.Because(err, "device_waits") {
		return fmt.Errorf("no wait: %w", err)
	}
	return nil
}

func coded(ctx context.Context, s *scene) (err error) {
	_, s.codes, err = s.Signin.Codes(ctx, s.Session, s.Passcode)
	return err
}

// lost puts every device out; the number is the one that enrolling gave.
func lost(ctx context.Context, s *scene) error {
	return s.Signin.Lost(ctx, string(s.Grant.Number), s.codes[0].Digits(), true)
}

func asked(ctx context.Context, s *scene) (err error) {
	s.sealed, err = s.Authorize.Begin(ctx, s.Request("shop", identity.ModeCert))
	return err
}

func approved(ctx context.Context, s *scene) error {
	a, err := s.Approve(ctx, s.Request("shop", identity.ModeCert, identity.Over18), string(identity.Over18))
	s.code = a.Code
	return err
}

func withPasscode(ctx context.Context, s *scene) error {
	a, err := s.Approve(ctx, s.Request("shop", identity.ModeCertPwd))
	s.code = a.Code
	return err
}

func redeem(ctx context.Context, s *scene) error {
	_, err := s.Redeem(ctx, "shop", s.code)
	return err
}

// answered is redeem by a party that heard the answer.
func answered(ctx context.Context, s *scene) error {
	v, err := s.Redeem(ctx, "shop", s.code)
	s.access = v.Access
	return err
}

// lasting is an approval, and what its party heard: with a refresh token that is
// good once where the party is public.
func lasting(party identity.PartyID, public bool) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		_, _, err := s.Admit.Register(ctx, admit.Application{ID: string(party), Name: "Again", RedirectURIs: []string{"https://" + string(party) + ".example/cb"}, Public: public, Offline: 30, Sandbox: true})
		if err != nil {
			return err
		}
		r := s.Request(party, identity.ModeCert)
		r.Offline = true
		a, err := s.Approve(ctx, r, "offline_30")
		if err != nil {
			return err
		}
		v, err := s.Redeem(ctx, party, a.Code)
		s.access, s.refresh = v.Access, v.Refresh
		return err
	}
}

func refreshed(party identity.PartyID) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		_, err := s.Verify.Refresh(ctx, verify.Renewal{Token: s.refresh, Party: party})
		return err
	}
}

// logsOut registers a party that takes part in log-outs.
func logsOut(ctx context.Context, s *scene) error {
	_, _, err := s.Admit.Register(ctx, admit.Application{ID: "leaves", Name: "Shop", RedirectURIs: []string{"https://leaves.example/cb"}, Sandbox: true,
		Leaving: admit.Leaving{PostLogout: []string{"https://leaves.example/bye"}, BackChannel: "https://leaves.example/back"}})
	return err
}

// inside is a session at that party.
func inside(ctx context.Context, s *scene) error {
	a, err := s.Approve(ctx, s.Request("leaves", identity.ModeCert))
	if err != nil {
		return err
	}
	s.there, err = s.Redeem(ctx, "leaves", a.Code)
	return err
}

func pushed(ctx context.Context, s *scene) error {
	h, err := s.Authorize.Push(ctx, s.Request("shop", identity.ModeCert))
	s.pushed = &h
	return err
}

func recalled(ctx context.Context, s *scene) error {
	r, err := s.Authorize.Recall(ctx, "shop", *s.pushed)
	if err == nil {
		r.Browser = kit.Browser
		s.sealed, err = s.Authorize.Begin(ctx, r)
	}
	return err
}

func approvedAsPushed(ctx context.Context, s *scene) error {
	a, err := s.ApproveSealed(ctx, s.sealed)
	s.code = a.Code
	return err
}

func declined(ctx context.Context, s *scene) error {
	_, err := s.Authorize.Decline(ctx, &s.Session, s.sealed, kit.Browser)
	return err
}

func declinedForLonger(ctx context.Context, s *scene) error {
	_, err := s.Authorize.DeclineLasting(ctx, s.Session, s.sealed, kit.Browser)
	return err
}

// remembered approves and consents to be asked no more.
func remembered(ctx context.Context, s *scene) error {
	_, err := s.ApproveSealed(ctx, s.sealed, kit.Standing)
	return err
}

func silent(ctx context.Context, s *scene) error {
	answer, err := s.Authorize.Silent(ctx, &s.Session, s.sealed, kit.Browser)
	if err != nil {
		return err
	}
	a, err := s.Authorize.Open(answer)
	s.code = a.Code
	return err
}

func erased(ctx context.Context, s *scene) error {
	_, err := s.Erase.Erase(ctx, s.Session, s.Passcode)
	return err
}

func register(id string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		_, _, err := s.Admit.Register(ctx, admit.Application{ID: id, Name: "Shop", RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true})
		return err
	}
}

// askedPlain is a request for plain text, and for a match of it.
func askedPlain(ctx context.Context, s *scene) error {
	_, _, err := s.Admit.Register(ctx, admit.Application{ID: "teller", Name: "Teller", RedirectURIs: []string{"https://teller.example/cb"}, Sandbox: true,
		Bases: map[string]string{"name": "A law", "birthdate": "A law"}, Unsealed: true})
	if err != nil {
		return err
	}
	r := s.Request("teller", identity.ModeCert)
	r.Plain = []identity.PlainAsk{{Item: identity.ItemName}, {Item: identity.ItemBirth, Match: true, Value: "1990-03-07"}}
	s.sealed, err = s.Authorize.Begin(ctx, r)
	return err
}

func approvedPlain(ctx context.Context, s *scene) error {
	a, err := s.ApproveSealed(ctx, s.sealed, "name", "match_birthdate")
	s.code = a.Code
	return err
}

func redeemPlain(ctx context.Context, s *scene) error {
	_, err := s.Redeem(ctx, "teller", s.code)
	return err
}

func keep(name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		_, _, err := s.Admit.Keep(ctx, admit.Application{ID: "kept", Name: name, RedirectURIs: []string{"https://kept.example/cb"}, Secret: "of its own", Sandbox: true})
		return err
	}
}

func invited(ctx context.Context, s *scene) (err error) {
	s.invitation, _, err = s.Admit.Invite(ctx, "Shop Ltd", time.Hour)
	return err
}

// voucher vouches for any key, in the same way every time.
type voucher struct{}

func (voucher) Party(_ identity.PartyID, _ string, request []byte) (identity.RequestCertificate, error) {
	return identity.RequestCertificate{Thumbprint: string(request), Until: kit.Start.AddDate(0, 0, 90), Chain: [][]byte{request}}, nil
}

func certified(ctx context.Context, s *scene) error {
	s.Admit.Certifier = voucher{}
	_, err := s.Admit.Certify(ctx, "shop", []byte("a key"))
	return err
}

// published says at the host of the party that registered itself whose it is.
func published(_ context.Context, s *scene) error {
	s.Published = map[string]string{"https://newcomer.example/.well-known/netid-party.txt": string(s.registered)}
	return nil
}

// endorsed is the n-th operator's endorsement of that party.
func endorsed(n int) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		_, err := s.Admit.Approve(ctx, s.registered, s.Endorse(ctx, n, s.registered), false)
		return err
	}
}

func newcomer(name string) admit.Application {
	return admit.Application{Name: name, Purpose: "Sign you in", RedirectURIs: []string{"https://newcomer.example/cb"}, Otherwise: []identity.Way{{Text: identity.Text{EN: "Counter"}}}}
}

func entered(ctx context.Context, s *scene) error {
	p, told, err := s.Admit.Enter(ctx, s.invitation, newcomer("Newcomer"))
	s.registered, s.word = p.ID, told.Access
	return err
}

func suspended(ctx context.Context, s *scene) error {
	_, err := s.Admit.Suspend(ctx, "shop", "complaints")
	return err
}

func deaf(ctx context.Context, s *scene) error {
	s.Deaf = func(string) error { return fault.New("test", fault.Unavailable, "sms_unavailable") }
	defer func() { s.Deaf = nil }()
	return ready(upTo("phone"), step("phone"))(ctx, s)
}

func later(d time.Duration) func(context.Context, *scene) error {
	return func(_ context.Context, s *scene) error { s.Advance(d); return nil }
}

// outlived is when no law keeps what anybody did so far.
func outlived(ctx context.Context, s *scene) error {
	s.old = true
	return later(4*366*24*time.Hour)(ctx, s)
}

// acts are all of them.
func acts() []act {
	draft := []string{"step_order", "draft_unknown", "draft_moved"}
	all := []act{
		{name: "enrol.Start", do: step("start")},
		{name: "enrol.Cancel", ready: upTo("passcode"), do: func(ctx context.Context, s *scene) error { return s.Kit.Enrol.Cancel(ctx, s.Draft) }},
		{name: "enrol.Consent", ready: upTo("notice"), do: step("notice"), heard: draft},
		{name: "enrol.Challenge", ready: upTo("challenge"), do: step("challenge")},
		{name: "enrol.Exchange", ready: upTo("card"), do: exchange, again: ready(step("challenge"), exchange), heard: []string{"challenge_expired"}},
		{name: "enrol.Present", ready: upTo("card"), do: step("card"), again: ready(step("challenge"), step("card")), heard: draft},
		{name: "enrol.Face", ready: upTo("face"), do: step("face"), heard: draft},
		{name: "enrol.Twin", ready: upTo("face-consent"), do: func(ctx context.Context, s *scene) error { return s.Kit.Enrol.Twin(ctx, s.Draft) }, heard: draft},
		{name: "enrol.AskFace", ready: upTo("face"), do: func(ctx context.Context, s *scene) error { _, err := s.Kit.Enrol.AskFace(ctx, s.Draft); return err }},
		{name: "enrol.Review", ready: ready(upTo("face"), faceDiffers), do: func(ctx context.Context, s *scene) error { return s.Kit.Enrol.Review(ctx, s.Draft) }, heard: draft},
		{name: "enrol.MarkFaces", ready: signedIn, do: func(ctx context.Context, s *scene) error { _, err := s.Kit.Enrol.MarkFaces(ctx, 1, 1); return err }},
		{name: "enrol.Phone", ready: upTo("phone"), do: step("phone")},
		{name: "enrol.Code", ready: upTo("code"), do: step("code"), heard: draft},
		{name: "enrol.Passcode", ready: upTo("passcode"), do: step("passcode"), heard: draft},
		{name: "enrol.Confirm", ready: upTo("confirm"), do: step("confirm"), heard: draft},
		{name: "enrol.Confirm, again", ready: ready(signedIn, upTo("confirm")), do: step("confirm"), heard: draft},
		{name: "enrol.Add", ready: signedIn, do: adding("add")},
		{name: "enrol.Keep", ready: ready(signedIn, addingUpTo("keep")), do: adding("keep"), heard: draft},
		{name: "enrol.Keep, of another number", ready: ready(signedIn, corrected, addingUpTo("keep")), do: adding("keep"), heard: draft},
		{name: "issue.Renew", ready: ready(endsSoon, signedIn, lastsLonger, addingUpTo("")), do: func(ctx context.Context, s *scene) error {
			_, _, err := s.Issue.Renew(ctx, s.Session, s.Grant)
			return err
		}, twice: "issued"},
		{name: "enrol.Confirm, of a device that waits", ready: ready(signedIn, anotherPasscode, upTo("confirm")), do: step("confirm"), heard: append([]string{"device_waits"}, draft...)},
		{name: "signin.Refuse", ready: ready(signedIn, anotherPasscode, upTo("confirm"), waits), do: func(ctx context.Context, s *scene) error { return s.Signin.Refuse(ctx, s.Session) }},
		{name: "enrol.Move", ready: signedIn, do: moving("move")},
		{name: "enrol.KeepPhone", ready: ready(signedIn, movingUpTo("keep")), do: moving("keep"), heard: draft},
		{name: "signin.RefusePhone", ready: ready(signedIn, movingUpTo("")), do: func(ctx context.Context, s *scene) error { return s.Signin.RefusePhone(ctx, s.Session) }},
		{name: "enrol.Synthetic", do: synthetic, heard: []string{"index_taken"}},
		{name: "issue.Mint", ready: upTo("issue"), do: step("issue"), twice: "issued"},
		{name: "issue.Freeze", ready: signedIn, do: func(ctx context.Context, s *scene) error { return s.Issue.Freeze(ctx, s.Session) }},
		{name: "issue.Thaw", ready: ready(signedIn, func(ctx context.Context, s *scene) error { return s.Issue.Freeze(ctx, s.Session) }),
			do: func(ctx context.Context, s *scene) error { return s.Issue.Thaw(ctx, s.Session, s.Passcode) }},
		{name: "respond.Follow, a document lost", ready: ready(signedIn, logsOut, inside, asked, remembered, told(identity.DocumentLost)), do: followed},
		{name: "respond.Follow, a document that ends sooner", ready: ready(signedIn, told(identity.DocumentReplaced)), do: followed},
		{name: "respond.Follow, a death", ready: ready(signedIn, logsOut, inside, told(identity.PersonDeceased)), do: followed},
		{name: "respond.Follow, a death that was none", ready: ready(signedIn, told(identity.PersonDeceased), followed, told(identity.PersonAlive)), do: followed},
		{name: "respond.Follow, a guardianship", ready: ready(signedIn, told(identity.GuardianshipChanged)), do: followed},
		{name: "enrol.Confirm, of a held number", ready: ready(signedIn, told(identity.DocumentLost), followed, upTo("confirm")), do: step("confirm"), heard: draft},
		{name: "signin.Prove", ready: ready(signedIn, func(_ context.Context, s *scene) (err error) { s.said, err = s.Signin.Challenge(); return err }),
			do: func(ctx context.Context, s *scene) error {
				_, err := s.Signin.Prove(ctx, s.said, s.Certificate.ID.String(), s.Device.Sign([]byte(s.Signin.Text(s.said))))
				return err
			}, heard: []string{"challenge_used"}},
		{name: "signin.Name", ready: signedIn, do: func(ctx context.Context, s *scene) error {
			return s.Signin.Name(ctx, s.Session, s.Certificate.ID.String(), "mine")
		}},
		{name: "signin.Invite", ready: signedIn, do: invitedDevice},
		{name: "signin.Offer", ready: ready(signedIn, invitedDevice), do: offered, heard: []string{"join_over"}},
		{name: "signin.Accept", ready: ready(signedIn, invitedDevice, offered), do: acceptedDevice, heard: []string{"join_over"}},
		{name: "signin.Remove", ready: ready(signedIn, invitedDevice, offered, acceptedDevice), do: func(ctx context.Context, s *scene) error {
			_, err := s.Signin.Remove(ctx, s.Session, s.joined.Certificate.String(), s.Passcode)
			return err
		}, heard: []string{"session_over"}},
		{name: "signin.Place", ready: signedIn, do: placed},
		{name: "signin.Put", ready: ready(signedIn, placed), do: putPasskey, heard: []string{"passkey_place_over"}},
		{name: "issue.Renew, of a passkey", ready: ready(endsSoon, signedIn, placed, putPasskey, byPasskey, lastsLonger, addingUpTo("")), do: func(ctx context.Context, s *scene) error {
			_, _, err := s.Issue.Renew(ctx, s.Session, s.Grant)
			return err
		}},
		{name: "signin.Codes", ready: signedIn, do: coded, twice: "recovery-codes"},
		{name: "signin.Lost", ready: ready(signedIn, coded, logsOut, inside), do: lost, heard: []string{"recovery_unknown"}},
		{name: "signin.Shown", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error { return s.Signin.Shown(ctx, s.Handle) }},
		{name: "authorize.Approve", ready: signedIn, do: withPasscode},
		{name: "authorize.Approve, for longer", ready: ready(signedIn, asked), do: remembered},
		{name: "authorize.Approve, for longer, of a pushed request", ready: ready(signedIn, pushed, recalled), do: remembered, heard: []string{"request_used"}},
		{name: "authorize.Silent", ready: ready(signedIn, asked, remembered, pushed, recalled), do: silent, heard: []string{"request_used"}},
		{name: "authorize.EndStanding", ready: ready(signedIn, asked, remembered), do: func(ctx context.Context, s *scene) error { return s.Authorize.EndStanding(ctx, s.Session, "shop") },
			heard: []string{"consent_over"}},
		{name: "verify.Redeem, on a standing consent", ready: ready(signedIn, asked, remembered, asked, silent), do: redeem, heard: []string{"code_used"}},
		{name: "issue.Freeze, with a standing consent", ready: ready(signedIn, asked, remembered), do: func(ctx context.Context, s *scene) error { return s.Issue.Freeze(ctx, s.Session) }},
		{name: "authorize.Approve, of plain text", ready: ready(signedIn, askedPlain), do: approvedPlain, heard: []string{"request_used"}},
		{name: "verify.Redeem, of plain text", ready: ready(signedIn, askedPlain, approvedPlain), do: redeemPlain, heard: []string{"code_used"}},
		{name: "authorize.Decline", ready: ready(signedIn, asked), do: declined},
		{name: "authorize.Push", ready: signedIn, do: pushed},
		{name: "authorize.Approve, of a pushed request", ready: ready(signedIn, pushed, recalled), do: approvedAsPushed, heard: []string{"request_used"}},
		{name: "authorize.DeclineLasting", ready: ready(signedIn, asked), do: declinedForLonger},
		{name: "authorize.DeclineLasting, of a pushed request", ready: ready(signedIn, pushed, recalled), do: declinedForLonger},
		{name: "authorize.Decline, of a pushed request", ready: ready(signedIn, pushed, recalled), do: declined},
		{name: "verify.Revoke", ready: ready(signedIn, approved, answered), do: func(ctx context.Context, s *scene) error { return s.Verify.Revoke(ctx, "shop", s.access) }},
		{name: "authorize.Withdraw", ready: ready(signedIn, approved, redeem), do: func(ctx context.Context, s *scene) error { return s.Authorize.Withdraw(ctx, s.Session, "shop") },
			twice: "withdrawn"},
		{name: "authorize.Withdraw, from a party that logs out", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error { return s.Authorize.Withdraw(ctx, s.Session, "leaves") },
			twice: "withdrawn"},
		{name: "issue.Freeze, of somebody with sessions", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error { return s.Issue.Freeze(ctx, s.Session) }},
		{name: "logout.Hinted", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error { return s.Logout.Hinted(ctx, "leaves", s.there.SID) }},
		{name: "logout.End", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error { return s.Logout.End(ctx, s.Session, s.there.Receipt) }},
		{name: "logout.EndAll", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error { return s.Logout.EndAll(ctx, s.Session, "leaves") }},
		{name: "verify.Redeem", ready: ready(signedIn, approved), do: redeem, heard: []string{"code_used"}},
		{name: "authorize.Draw", ready: signedIn, do: drawn},
		{name: "verify.Scan", ready: ready(signedIn, drawn), do: scanned, heard: []string{"code_invalid"}},
		{name: "verify.Scan, a second time", ready: ready(signedIn, drawn, scanned), do: scanned, heard: []string{"code_invalid"}},
		{name: "verify.Scan, of what was drawn twice", ready: ready(signedIn, offeredOnce, drawnAgain, scanned, drawnAgain), do: scanned, heard: []string{"code_used", "code_invalid"}},
		{name: "verify.Redeem, a second time", ready: ready(signedIn, approved, redeem), do: redeem, heard: []string{"code_used"}},
		{name: "verify.Refresh", ready: ready(signedIn, lasting("site", false), later(24*time.Hour)), do: refreshed("site")},
		{name: "verify.Refresh, of a token that is good once", ready: ready(signedIn, lasting("app", true), later(10*time.Minute)), do: refreshed("app"), heard: []string{"refresh_reused"}},
		{name: "verify.Refresh, the first of a day", ready: ready(signedIn, lasting("app", true), later(24*time.Hour)), do: refreshed("app"), heard: []string{"refresh_reused"}},
		{name: "verify.Refresh, a second time", ready: ready(signedIn, lasting("app", true), refreshed("app")), do: refreshed("app"), heard: []string{"refresh_reused", "verification_over"}},
		{name: "attest.Redeem", ready: ready(signedIn, offersAttestations(false)), do: takesUp(""), heard: []string{"code_used"}},
		{name: "attest.Redeem, with a transaction code", ready: ready(signedIn, offersAttestations(true)), do: takesUp("right"), heard: []string{"code_used"}},
		{name: "attest.Redeem, a second time", ready: ready(signedIn, offersAttestations(false), takesUp("")), do: takesUp(""), heard: []string{"code_used"}},
		{name: "attest.Renew", ready: ready(signedIn, offersAttestations(false), takesUp("")), do: renewsAttestations, heard: []string{"already_used"}},
		{name: "attest.Issue", ready: ready(signedIn, offersAttestations(false), takesUp(""), ordersAttestations), do: getsAttestations, heard: []string{"nonce_used"}},
		{name: "look.Export", ready: signedIn, do: func(ctx context.Context, s *scene) error { _, err := s.Look.Export(ctx, s.Session); return err }, twice: "exported"},
		{name: "erase.Erase", ready: ready(signedIn, approved, redeem), do: erased, heard: []string{"person_unknown", "person_erased", "session_over", "person_gone"}},
		{name: "erase.Erase, of somebody with sessions", ready: ready(signedIn, logsOut, inside), do: erased, heard: []string{"person_unknown", "person_erased", "session_over", "person_gone"}},
		{name: "erase.Expire", ready: ready(signedIn, approved, redeem, erased, later(4*366*24*time.Hour)), do: func(ctx context.Context, s *scene) error { return s.Erase.Expire(ctx) }},
		{name: "erase.Forget", ready: ready(signedIn, approved, redeem, outlived), do: func(ctx context.Context, s *scene) error { return s.Erase.Forget(ctx) }},
		{name: "erase.Resume", ready: ready(signedIn, func(ctx context.Context, s *scene) error {
			// What a cut between the commit and the shelf leaves.
			o, err := s.Vault.Visit(ctx, s.Session)
			if err != nil {
				return err
			}
			gone, err := s.Vault.Erasure(ctx, o)
			if err != nil {
				return err
			}
			rows, err := s.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
			if err != nil {
				return err
			}
			var leaves [][32]byte
			for _, r := range rows {
				leaves = append(leaves, r.Leaf)
			}
			gone.EventOwner, gone.ChainIndex, gone.Events = ledger.Owner(o.Keys), ledger.ChainIndex(o.Keys), uint64(len(rows))
			set := s.Keeper.Set(leaves)
			_, err = ledger.NewBook(s.Store, nil, s.Now).RecordPublic(ctx, identity.Event{Kind: identity.Erased, Grounds: []identity.Ground{}, Set: &set}, gone)
			return err
		}), do: func(ctx context.Context, s *scene) error { return s.Erase.Resume(ctx) }},
		{name: "admit.Register", do: register("newcomer"), heard: []string{"party_exists"}},
		{name: "admit.Invite", do: invited, twice: "public"},
		{name: "admit.Enter", ready: invited, do: entered, heard: []string{"invitation_used"}},
		{name: "admit.Change", ready: ready(invited, entered), do: func(ctx context.Context, s *scene) error {
			_, _, err := s.Admit.Change(ctx, s.registered, s.word, newcomer("Changed"))
			return err
		}},
		{name: "admit.Leave", ready: ready(invited, entered), do: func(ctx context.Context, s *scene) error { return s.Admit.Leave(ctx, s.registered, s.word) },
			heard: []string{"registration_token_invalid"}},
		{name: "admit.Approve", ready: ready(invited, entered, published), do: endorsed(0), heard: []string{"endorsed_already"}},
		{name: "admit.Approve, the second", ready: ready(invited, entered, published, endorsed(0)), do: endorsed(1), heard: []string{"endorsed_already"}},
		{name: "admit.Reject", ready: ready(invited, entered, published, endorsed(0)), do: func(ctx context.Context, s *scene) error {
			_, err := s.Admit.Reject(ctx, s.registered, "no licence")
			return err
		}},
		{name: "admit.Countersign", ready: ready(invited, entered, published, readers), do: countersigned},
		{name: "admit.Return", ready: ready(invited, entered, published, endorsed(0)), do: func(ctx context.Context, s *scene) error {
			_, err := s.Admit.Return(ctx, s.registered, "say which law")
			return err
		}},
		{name: "admit.Certify", do: certified},
		{name: "admit.Seat", do: func(ctx context.Context, s *scene) error { return s.Admit.Seat(ctx) }},
		{name: "admit.Recheck", do: func(ctx context.Context, s *scene) error { _, err := s.Admit.Recheck(ctx, "shop"); return err }},
		{name: "admit.Suspend", do: suspended},
		{name: "admit.Resume", ready: suspended, do: func(ctx context.Context, s *scene) error { _, err := s.Admit.Resume(ctx, "shop", false); return err }},
		{name: "admit.Remove", do: func(ctx context.Context, s *scene) error { _, err := s.Admit.Remove(ctx, "shop", "over"); return err }},
		{name: "admit.Keep", do: keep("Kept")},
		{name: "admit.Keep, amended", ready: keep("Kept"), do: keep("Kept and changed")},
		{name: "restore.Raise", ready: signedIn, do: func(ctx context.Context, s *scene) error {
			a := restore.Act{Store: s.Store, Vault: s.Vault, Sets: s.Keeper, Book: ledger.NewBook(s.Store, s.Escrow, s.Now), Law: law.New(), Now: s.Now,
				Nonce: func() []byte { return suite.Random(16) }}
			_, err := a.Raise(ctx, 1, 1)
			return err
		}, twice: "public"},
		{name: "tally.Publish", ready: ready(counted, later(32*24*time.Hour)), do: func(ctx context.Context, s *scene) error { return s.Tally.Publish(ctx) }},
		{name: "deliver.First", ready: ready(upTo("phone")), do: step("phone")},
		{name: "deliver.Round", ready: ready(deaf, later(5*time.Minute)), do: func(ctx context.Context, s *scene) error { _, err := s.Deliver.Round(ctx); return err }},
	}
	return slices.Concat(all, byGuardians(), signals(), across(), atCounters(draft), atConsole(), asksWallets(), redresses(), ofRights(), ofPartners(), ofIncidents(), ofSupervision(), ofAssistance())
}

// Every method of every act stands here or among those that write nothing: a
// new one fails until it has its case.
func TestEveryActIsCut(t *testing.T) {
	known := map[string]bool{}
	for _, name := range reading() {
		known[name] = false
	}
	for _, a := range acts() {
		name, _, _ := strings.Cut(a.name, ",")
		known[name] = false
	}
	dirs, err := os.ReadDir("../../internal/act")
	if err != nil || len(dirs) < 10 {
		t.Fatal(len(dirs), err)
	}
	for _, d := range dirs {
		files, err := filepath.Glob(filepath.Join("../../internal/act", d.Name(), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			p, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(p, func(n ast.Node) bool {
				f, is := n.(*ast.FuncDecl)
				if !is || f.Recv == nil || !f.Name.IsExported() {
					return true
				}
				star, is := f.Recv.List[0].Type.(*ast.StarExpr)
				if !is {
					return true
				}
				of := star.X
				if generic, is := of.(*ast.IndexExpr); is {
					of = generic.X
				}
				if of.(*ast.Ident).Name != "Act" {
					return true
				}
				name := d.Name() + "." + f.Name.Name
				if _, there := known[name]; !there {
					t.Errorf("%s has no case that cuts it at each of its writes", name)
				}
				known[name] = true
				return true
			})
		}
	}
	for name, found := range known {
		if !found {
			t.Errorf("there is no act %s", name)
		}
	}
}

// Whatever an act writes, each of its writes fails once, or is the last thing
// that its process does or does not do. What is there then is the state of before or
// of after, the ledger holds, nobody else is touched, and whoever tries again ends
// where the first try would have, or is refused and told why.
func TestEveryActIsCutAtEveryWrite(t *testing.T) {
	base := kit.New(t, law.New())
	s := &scene{Citizen: base.Adult(2)}
	if err := ready(register("shop"), signedIn)(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	base.Close()
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			writes := 0
			begin := prepare(t, base, *s.Citizen, a)
			done := begin(t, nil)
			before := facts(t, done)
			if err := a.do(t.Context(), done); err != nil && !slices.Contains(a.heard, fault.Public(err)) {
				t.Fatal(err)
			}
			after := facts(t, done)
			done.Close()
			for _, how := range []kit.Fault{kit.Fails, kit.Dies, kit.DiesAfter} {
				for n := 1; ; n++ {
					if !cut(t, a, begin, how, n, before, after) {
						break
					}
					writes++
				}
			}
			if writes == 0 {
				t.Error("it writes nothing: name it among those that read")
			}
			t.Logf("%d times a write went wrong", writes)
		})
	}
}

// prepare brings the world to an act's moment once, and gives copies of it.
func prepare(t *testing.T, base *kit.Kit, other kit.Citizen, a act) func(t *testing.T, w *kit.Writes) *scene {
	t.Helper()
	dir := t.TempDir()
	duplicate(t, base.Dir, dir)
	k := base.Again(t, dir, law.New(), nil)
	s := &scene{Citizen: k.Adult(1), other: other}
	if a.ready != nil {
		if err := a.ready(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	k.Close()
	return func(t *testing.T, w *kit.Writes) *scene {
		t.Helper()
		dir := t.TempDir()
		duplicate(t, k.Dir, dir)
		return s.in(k.Again(t, dir, law.New(), w))
	}
}

// in is the scene in another process.
func (s *scene) in(k *kit.Kit) *scene {
	other, me := *s, *s.Citizen
	me.Kit, other.other.Kit = k, k
	if s.guardian != nil {
		g := *s.guardian
		g.Kit, other.guardian = k, &g
	}
	other.Citizen = &me
	return &other
}

func duplicate(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// cut has the n-th write go wrong, looks at what is there, and has the person try again.
func cut(t *testing.T, a act, begin func(*testing.T, *kit.Writes) *scene, how kit.Fault, n int, before, after state) (met bool) {
	t.Helper()
	w := &kit.Writes{}
	s := begin(t, w)
	w.Choose(how, n)
	err := a.do(t.Context(), s)
	met = w.Met()
	if !met {
		s.Close()
		return false
	}
	at := fmt.Sprintf("%s, write %d (%v)", a.name, n, how)
	if err != nil && !fault.Is(err, fault.Unavailable) && !slices.Contains(a.heard, fault.Public(err)) {
		t.Errorf("%s: the answer is %v", at, err)
	}
	if how != kit.Fails {
		s.Close()
		s = s.in(s.Again(t, s.Dir, law.New(), nil))
	}
	defer s.Close()
	now := facts(t, s)
	if err == nil && !same(now, after, a.twice) {
		t.Errorf("%s was acknowledged:\n%v\nand not\n%v", at, now, after)
	}
	if !same(now, before, "") && !same(now, after, a.twice) {
		t.Errorf("%s left a half:\n%v\nbefore\n%v\nafter\n%v", at, now, before, after)
	}
	untouched(t, s, at)
	if err == nil {
		return true
	}
	again := a.again
	if again == nil {
		again = a.do
	}
	if err := again(t.Context(), s); err != nil && !slices.Contains(a.heard, fault.Public(err)) {
		t.Errorf("%s: the second try: %v", at, err)
	}
	if now := facts(t, s); !same(now, after, a.twice) {
		t.Errorf("%s: after the second try:\n%v\nand not\n%v", at, now, after)
	}
	untouched(t, s, at)
	return true
}

// state is what there is of a person, and of the public.
type state map[string]int

// same compares but for events of kinds that a second try may leave once more.
func same(a, b state, twice string) bool {
	for _, both := range [][2]state{{a, b}, {b, a}} {
		for what, n := range both[0] {
			m := both[1][what]
			if twice != "" && strings.Contains(what, twice) && min(n, m) > 0 && max(n, m)-min(n, m) <= 1 {
				continue
			}
			if n != m {
				return false
			}
		}
	}
	return true
}

// marked is the status that is published of a place.
func marked(t *testing.T, s *scene, at identity.Place) identity.CertificateStatus {
	t.Helper()
	all, err := s.Store.MarksFrom(t.Context(), at, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 || all[0].Place != at {
		return identity.StatusValid
	}
	return all[0].Status
}

// facts are read below the acts, by the person's own keys.
func facts(t *testing.T, s *scene) state {
	t.Helper()
	ctx, is := t.Context(), state{}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	parties, err := s.Store.Parties(ctx)
	must(err)
	for _, p := range parties {
		is["party "+p.Name.EN]++
		is["request certificates of "+p.Name.EN] += len(p.Requests)
	}
	counters, err := s.Counter.List(ctx)
	must(err)
	for _, c := range counters {
		is["counter "+string(c.ID)]++
	}
	people, err := s.Staff.Accounts(ctx)
	must(err)
	for _, p := range people {
		is["staff "+string(p.Role)+" "+p.Why]++
	}
	asked, err := s.Staff.Proposals(ctx)
	must(err)
	for _, p := range asked {
		is["proposal "+string(p.State)]++
	}
	var report ledger.Report
	must(s.Store.Snapshot(ctx, func(rows ledger.Rows) (err error) {
		report, err = ledger.Verify(ctx, rows, s.Keeper)
		return err
	}))
	if !report.OK() {
		t.Errorf("the ledger: %+v", report.Problems)
	}
	e, err := s.Store.Epoch(ctx)
	must(err)
	is["public epoch"] = int(e.Number)
	slots, err := s.Store.PendingShreds(ctx)
	must(err)
	if len(slots) > 0 { // the next start or minute ends it; nobody opens meanwhile
		must(s.Erase.Resume(ctx))
	}
	id, err := s.Vault.Find(ctx, s.Vault.HandleIndex(s.Handle))
	if fault.Is(err, fault.NotFound) {
		if s.Session.Person != (identity.PersonID{}) {
			if _, err := s.Vault.Visit(ctx, s.Session); err == nil {
				t.Error("whoever is found no more opens still")
			}
		}
		return is
	}
	must(err)
	o, err := s.Vault.Open(ctx, id)
	must(err)
	is["person"], is["standing"] = 1, int(o.Standing)
	p, err := s.Vault.Identity(ctx, o)
	must(err)
	is["documents"] = len(p.Documents)
	rows, err := s.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	must(err)
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(o.Keys, r)
		must(err)
		is["event "+string(e.Kind)]++
	}
	seq, _, err := s.Store.Chain(ctx, ledger.ChainIndex(o.Keys))
	must(err)
	if int(seq) != len(rows) && !s.old {
		t.Errorf("the person numbered %d events and has %d", seq, len(rows))
	}
	certificates, err := s.Store.Certificates(ctx, s.Vault.CertOwner(o))
	must(err)
	is["issued certificates"] = len(certificates)
	for _, c := range certificates {
		want := o.Standing.Status()
		if c.Revoked {
			is["revoked certificates"]++
			want = identity.StatusRevoked
		}
		// What is published is what stands, whatever act it was and wherever it was cut.
		if got := marked(t, s, c.Place); got != want || c.Place == 0 {
			t.Errorf("a certificate of a person who is %d is published as %d, not %d", o.Standing, got, want)
		}
	}
	if !p.Asked.IsZero() {
		is["claims"] = 1
	}
	if p.Next != nil {
		is["telephones that wait"] = 1
	}
	is["epoch"], is["recovery codes"] = int(o.Epoch), len(p.Recovery)
	for _, c := range certificates {
		cert, err := s.Vault.OpenCertificate(c)
		must(err)
		if _, err := s.Store.Draft(ctx, s.Vault.SignalPlace(o, cert.ID)); err == nil {
			is["devices that are signalled"]++
		}
	}
	links, err := s.Store.Link(ctx, s.Vault.LinkIndex(o, "shop"))
	must(err)
	is["withdrawn links"] = int(links)
	if s.access != "" {
		if _, err := s.Verify.Claims(ctx, s.access); err == nil {
			is["token that is good"] = 1
		}
	}
	if s.pushed != nil {
		if _, err := s.Authorize.Recall(ctx, "shop", *s.pushed); err == nil {
			is["request that waits"] = 1
		}
	}
	return is
}

// untouched: the other person signs in, reads their own, and neither reads the other's.
func untouched(t *testing.T, s *scene, at string) {
	t.Helper()
	ctx, other := t.Context(), s.other
	if err := other.SignIn(ctx); err != nil {
		t.Errorf("%s: another person does not sign in any more: %v", at, err)
		return
	}
	least := 3
	if s.old { // this sign-in alone
		least = 1
	}
	theirs, err := s.Look.Records(ctx, other.Session)
	if err != nil || len(theirs) < least {
		t.Errorf("%s: another person's records: %d, %v", at, len(theirs), err)
		return
	}
	if data, err := s.Look.Data(ctx, other.Session); err != nil || data.Documents[0].Name != other.Document.Name {
		t.Errorf("%s: another person reads of %v, %v", at, data.Documents, err)
	}
	if s.Session.Person == (identity.PersonID{}) {
		return
	}
	id, err := identity.ParseEventID(theirs[0].Event.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Look.Record(ctx, s.Session, id); err == nil || errors.Is(err, kit.ErrInjected) {
		t.Errorf("%s: a person reads another's record: %v", at, err)
	}
}
