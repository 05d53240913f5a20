// Command netid is the whole service as one binary: the server in its two
// forms (sandbox, serve), the headless citizens for developers of relying
// parties (persona, party), the bridge to a card reader (reader), the terminal at a gate (venue), the auditor's check (ledger), and the operator's care
// of the service's own keys and the officers' (keys, officers) and of what it could
// not deliver (outbox).
//
// This package owns flags, configuration and wiring, and nothing else.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Sandbox     sandboxCmd     `cmd:"" help:"Run everything on this machine with synthetic people and a demonstration shop."`
	Serve       serveCmd       `cmd:"" help:"Run the service by a configuration file; refuses every sandbox part."`
	Populate    populateCmd    `cmd:"" help:"Fill a new sandbox with many synthetic people, for measurements. Cut at any point, it is run again."`
	Persona     personaCmd     `cmd:"" help:"Headless synthetic citizens for developers of relying parties (sandbox only)."`
	Reader      readerCmd      `cmd:"" help:"Read the chip of a document on this computer's card reader, for the enrolment page of one service."`
	Venue       venueCmd       `cmd:"" help:"A terminal at a gate: check the codes that people show, without a network."`
	Kit         kitCmd         `cmd:"" help:"For developers of relying parties: try that an application refuses what it must."`
	Ready       readyCmd       `cmd:"" help:"Print a program or a configuration with which an application signs people in, for the library that it has."`
	Party       partyCmd       `cmd:"" help:"Relying parties: add, list, show, approve, reject, sign, suspend, resume, remove, invite."`
	Incident    incidentCmd    `cmd:"" help:"What went wrong: its clock, its checklist and the report for the authorities; and break-glass."`
	Assist      assistCmd      `cmd:"" help:"Lawful assistance: what an authority asks, two officers' approvals, the opening, the answer and its review."`
	Supervise   superviseCmd   `cmd:"" help:"What supervision asks of the service by a day: reviews, filings, audits, emergencies."`
	Operator    operatorCmd    `cmd:"" help:"The operators, two of whom approve each party, and what citizens ask of them."`
	Counter     counterCmd     `cmd:"" help:"Counters at which clerks help people to enrol: add, list, remove."`
	Certificate certificateCmd `cmd:"" help:"Net certificates: end many at once."`
	Guard       guardCmd       `cmd:"" help:"Guardians: applications that a person looks at first."`
	Keys        keysCmd        `cmd:"" help:"List, rotate and retire the service's own keys; split the recovery of the master key."`
	Officers    officersCmd    `cmd:"" help:"The officers' quorum, to whom alone records that law keeps stay readable after an erasure: their keys, and the months'."`
	Ledger      ledgerCmd      `cmd:"" help:"Check the ledger of a store."`
	Verify      verifyCmd      `cmd:"" help:"For anybody: say what a file proves, offline. Exit 0 when it is proven, 1 when not, 2 when the command is not understood."`
	CSCA        cscaCmd        `cmd:"" name:"csca" help:"The passport authorities whose signatures are trusted: import, list, remove."`
	Outbox      outboxCmd      `cmd:"" help:"What waits to be delivered, and what could not be."`
	Face        faceCmd        `cmd:"" help:"What the measures on face recognition ask of the operator."`
	Crypto      cryptoCmd      `cmd:"" help:"What cryptography is in use."`
	Compliance  complianceCmd  `cmd:"" help:"What an auditor asks: evidence packs, article by article, and the rules that a decision stood on."`
	Witness     witnessCmd     `cmd:"" help:"Witness a ledger: cosign its heads, refuse a fork or a rollback."`
	Backup      backupCmd      `cmd:"" help:"Seal a consistent copy of the store, or of the shelf of person secrets, beside the running server."`
	Restore     restoreCmd     `cmd:"" help:"Put archives back into an empty directory, and raise the single-use epoch of what was put back."`
	Store       storeCmd       `cmd:"" help:"Check the rows of a store; move a deployment from the data directory to PostgreSQL."`
	Migrate     migrateCmd     `cmd:"" help:"The schema of a store: its version, up to date, one step back."`
	Simulator   simulatorCmd   `cmd:"" hidden:"" help:"Simulators of what only a state body can supply."`
}

func main() {
	if err := keepMemory(); err != nil {
		fmt.Fprintln(os.Stderr, "netid: the memory of this process cannot be kept from dumps:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings handed in.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		if e := recover(); e != nil { // kong asks to exit in the middle of parsing, after help
			exit, ok := e.(exited)
			if !ok {
				panic(e)
			}
			code = int(exit)
		}
	}()
	parser := kong.Must(&commands{}, kong.Name("netid"), kong.Description("An open network identity service."),
		kong.Writers(out, errs), kong.Exit(func(n int) { panic(exited(n)) }))
	k, err := parser.Parse(dashed(args)) // nil and an error: not a command line of ours
	if err == nil {
		err = k.Run(&surroundings{ctx, in, out, errs})
	}
	if err != nil {
		fmt.Fprintln(errs, "netid:", plain(err))
		if k == nil {
			fmt.Fprintln(errs, "See netid --help, or --help behind a command.")
		}
		return statusOf(err)
	}
	return 0
}

// exited is a status that kong wants the process to end with.
type exited int

// surroundings are what a command may touch of the outside.
type surroundings struct {
	ctx       context.Context
	in        io.Reader
	out, errs io.Writer
}
