package netid_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// room is one package of the house. Arrows run downward only: what a room may
// import of ours is named here, one by one, so that a new arrow is a reviewed line.
type room struct {
	path  string   // below the module; a last element "*" stands for every room of the wing
	floor int      // 1 at the bottom
	may   []string // rooms of ours that it may import
	libs  []string // modules of others that it may import
}

// Floors of the house (ARCHITECTURE.md, the house). Doors know acts and words; acts
// know law and ledger; nothing knows a door.
func house() []room {
	words := []string{"internal/identity", "internal/fault"}
	trust := append([]string{"internal/suite"}, words...)
	files := append([]string{"internal/disk"}, trust...)
	act := append([]string{"internal/law", "internal/ledger", "client"}, words...)
	door := append([]string{"internal/act/*", "client"}, words...)
	machines := append([]string{"internal/suite", "internal/token/jose", "internal/token/attestation"}, door...) // a machine's proof is checked where it is parsed
	return []room{
		{"internal/fault", 1, nil, nil},
		{"internal/disk", 1, nil, nil},
		{"internal/disk/disktest", 1, []string{"internal/disk"}, nil},

		{"internal/identity", 2, []string{"internal/fault"}, nil},
		{"internal/pack", 2, []string{"internal/fault"}, nil},
		{"internal/emrtd", 2, words, []string{"github.com/emmansun/gmsm", "github.com/ProtonMail/go-crypto"}}, // what a chip's files prove; kinds and people are the connector's
		{"internal/emrtd/csca", 2, append([]string{"internal/emrtd", "internal/disk"}, words...), nil},
		{"internal/suite", 2, words, []string{"golang.org/x/crypto", "github.com/emmansun/gmsm"}},
		{"internal/suite/keyring", 2, files, []string{"github.com/miekg/pkcs11"}}, // behind the tag pkcs11 alone
		{"internal/emrtd/terminal", 2, []string{"internal/fault"}, nil},
		{"internal/emrtd/chip", 2, nil, []string{"github.com/ProtonMail/go-crypto"}}, // brainpool curves, by other code than the terminal's

		{"internal/law", 3, trust, nil}, // of the suite: the digest of a notice's text
		{"internal/ledger", 3, append([]string{"internal/pack"}, trust...), []string{"golang.org/x/mod", "github.com/transparency-dev/merkle"}},
		{"internal/vault", 3, append([]string{"internal/pack"}, files...), []string{"github.com/fxamacker/cbor/v2"}},
		{"internal/quorum", 3, files, nil},
		{"internal/roster", 3, trust, nil},
		{"internal/dossier", 3, trust, nil},
		{"internal/gauge", 3, nil, nil},
		{"internal/anchor", 3, append([]string{"internal/token/jose"}, trust...), nil},                                                // its statements are jose's, which is one step below
		{"internal/archive", 3, files, []string{"filippo.io/age"}},                                                                    // the form of an archive alone: what it holds and what follows is the act's and cmd's
		{"internal/token/sdjwt", 3, append([]string{"internal/token/jose"}, trust...), nil},                                           // its JWTs are jose's, which is one step below
		{"internal/token/attestation", 3, append([]string{"internal/token/jose"}, trust...), nil},                                     // as above
		{"internal/token/vc", 3, append([]string{"internal/token/sdjwt", "internal/token/jose"}, trust...), nil},                      // a step above both
		{"internal/token/netcert", 3, append([]string{"internal/token/sdjwt"}, trust...), nil},                                        // a credential; one step above sdjwt
		{"internal/token/statuslist", 3, append([]string{"internal/token/jose"}, trust...), []string{"github.com/fxamacker/cbor/v2"}}, // as above; and the CWT form
		{"internal/token/slip", 3, append([]string{"client"}, trust...), []string{"github.com/fxamacker/cbor/v2"}},                    // COSE; its checks are client's
		{"internal/token/*", 3, append([]string{"client"}, trust...), []string{"github.com/go-jose/go-jose/v4", "rsc.io/qr"}},         // JWE alone: our JWS is read by it in tests
		{"internal/connector/*", 3, append([]string{"internal/emrtd"}, trust...), nil},

		{"internal/act/*", 4, act, nil},
		{"internal/evidence", 4, append([]string{"internal/law", "internal/ledger"}, words...), nil}, // an auditor's pack: rows in, files out; cmd opens and writes them
		{"internal/store", 4, append([]string{"internal/ledger"}, trust...), nil},
		{"internal/store/sqlite", 4, append([]string{"internal/store", "internal/disk"}, words...), []string{"modernc.org/sqlite", "github.com/pressly/goose/v3"}},
		{"internal/store/postgres", 4, append([]string{"internal/store", "internal/vault"}, trust...), []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"}}, // of the vault: how a slot of the shelf is sealed
		{"internal/store/storetest", 4, append([]string{"internal/store", "internal/ledger"}, trust...), []string{"golang.org/x/mod", "github.com/anishathalye/porcupine"}},
		{"internal/sandbox", 4, append([]string{"internal/connector/*", "internal/emrtd", "internal/emrtd/chip"}, files...), nil},

		{"internal/sandbox/populate", 5, append([]string{"internal/sandbox", "internal/vault", "internal/ledger"}, files...), nil}, // makes people by the acts, which cmd hands it

		{"internal/officer", 4, append([]string{"internal/act/assist", "internal/quorum", "internal/ledger", "internal/vault", "internal/law"}, trust...), nil}, // a machine of the officers' own: it knows no server

		{"internal/protocol/oauth", 5, machines, nil},
		{"internal/protocol/oidc", 5, append([]string{"internal/protocol/oauth"}, machines...), nil},
		{"internal/protocol/vci", 5, append([]string{"internal/protocol/oauth", "internal/token/attestation"}, machines...), nil},
		{"internal/protocol/vp", 5, append([]string{"internal/protocol/oauth", "client/verifier"}, machines...), nil}, // it asks wallets as any party does
		{"internal/protocol/admin", 5, append([]string{"internal/protocol/oauth", "internal/gauge"}, machines...), nil},
		{"internal/protocol/portal", 5, append([]string{"internal/protocol/oauth"}, machines...), nil},
		{"internal/protocol/tlog", 5, door, nil},
		{"internal/web/shell", 5, append([]string{"client", "client/js"}, words...), nil}, // serves the module
		{"internal/protocol/trust", 5, door, nil},
		{"internal/protocol/status", 5, door, nil},
		{"internal/protocol/scan", 5, append([]string{"internal/protocol/oauth"}, machines...), nil},
		{"internal/web/citizen", 5, append([]string{"internal/web/shell", "internal/law"}, door...), nil}, // of the law: the notices
		{"internal/web/public", 5, append([]string{"internal/web/shell", "internal/law"}, door...), nil},  // of the law: the questions to which figures are the noes
		{"internal/web/counter", 5, append([]string{"internal/web/shell"}, door...), nil},
		{"internal/web/partner", 5, append([]string{"internal/web/shell"}, door...), nil},
		{"internal/web/operator", 5, append([]string{"internal/web/shell", "internal/law", "internal/gauge"}, door...), nil}, // of the law: the matrix of roles
		{"internal/web/drawer", 5, append([]string{"internal/web/shell", "internal/sandbox"}, door...), nil},
		{"internal/tool/holder", 5, []string{"client"}, nil}, // a wallet: it knows the standards
		{"internal/tool/persona", 5, []string{"client", "internal/tool/holder"}, []string{"golang.org/x/net"}},
		{"internal/tool/witness", 5, []string{"client"}, []string{"golang.org/x/mod"}},          // somebody else runs it
		{"internal/tool/reader", 5, []string{"internal/emrtd/terminal", "internal/fault"}, nil}, // beside a browser: it knows no server
		{"internal/tool/ready", 5, nil, nil},                                                    // texts: it knows no server
		{"internal/tool/kit", 5, nil, nil},                                                      // beside an application: it knows no server
		{"internal/tool/venue", 5, []string{"client", "internal/disk"}, nil},                    // somebody else runs it, without a network
		{"internal/tool/authority", 5, append([]string{"internal/sandbox", "internal/connector/authority"}, words...), nil},

		{"cmd/netid-load", 8, []string{"test/visitor", "test/postgres"}, []string{"github.com/alecthomas/kong"}}, // a program beside the house: it knows netid over HTTP and the command line
		{"cmd/netid-cluster", 8, []string{"test/cluster"}, []string{"github.com/alecthomas/kong"}},               // as above, and PostgreSQL below it
		{"cmd/netid", 6, []string{"internal/*", "client", "demo/shop"}, []string{"github.com/alecthomas/kong", "gopkg.in/yaml.v3", "golang.org/x/sys/unix", "golang.org/x/term"}},

		// outside: whoever checks or uses netid takes these alone
		{"client", 0, nil, []string{"golang.org/x/mod", "github.com/transparency-dev/merkle", "github.com/emmansun/gmsm", "github.com/fxamacker/cbor/v2", "github.com/go-jose/go-jose/v4"}}, // the last opens JWEs and writes the key to which one comes, CBOR is a status list's
		{"client/js", 0, nil, nil},
		{"client/verifier", 0, []string{"client"}, nil},
		{"demo/shop", 0, nil, []string{"github.com/coreos/go-oidc/v3", "golang.org/x/oauth2"}},

		// above the roof: tests that meet the program as its users do
		{"test/blank", 7, []string{"internal/store/sqlite"}, nil},                                  // an empty store, made once
		{"test/kit", 7, []string{"internal/*", "client", "test/blank"}, nil},                       // all acts on real rooms, without doors
		{"test/dump", 7, []string{"internal/*", "test/kit"}, []string{"github.com/emmansun/gmsm"}}, // what a thief learns: it tries every digest that needs no key
		{"test/lossy", 7, nil, []string{"github.com/hanwen/go-fuse/v2"}},                           // a disk that forgets
		{"test/holder", 7, nil, []string{"github.com/go-jose/go-jose/v4"}},                         // a wallet by code of its own
		{"test/populate", 7, []string{"test/sandbox", "test/visitor"}, nil},
		{"test/*", 7, []string{"client", "test/sandbox", "test/postgres", "test/lossy"}, nil},
		{".", 7, nil, nil},
	}
}

// libsOfTests are modules that only tests may import.
func libsOfTests() []string {
	return []string{"pgregory.net/rapid", "github.com/getkin/kin-openapi", "github.com/go-jose/go-jose/v4", "github.com/chromedp/chromedp", "github.com/chromedp/cdproto",
		"github.com/coreos/go-oidc/v3", "golang.org/x/oauth2", "github.com/emmansun/gmsm", "golang.org/x/mod", "golang.org/x/net", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "gopkg.in/yaml.v3", "filippo.io/age", "github.com/fxamacker/cbor/v2", "rsc.io/qr"}
}

// reserved are standard packages, or modules, that few rooms may import.
type reserved struct {
	what   string // a package; a last "/*" takes in all below
	rooms  []string
	reason string
}

func reservations() []reserved {
	return []reserved{
		{"crypto/*", []string{"internal/suite", "test/*"}, "a primitive outside the suite escapes its algorithm list and its second suite"},
		{"golang.org/x/crypto/*", []string{"internal/suite"}, "as crypto"},
		{"github.com/emmansun/gmsm/*", []string{"internal/suite", "client"}, "as crypto; whoever checks an SM2 signature does it without the house"},
		{"database/sql/*", []string{"internal/store", "internal/store/sqlite", "internal/store/postgres", "internal/store/storetest"}, "SQL is written once, under one writer"},
		{"modernc.org/sqlite/*", []string{"internal/store/sqlite"}, "a driver is a dialect's own business"},
		{"github.com/jackc/pgx/v5/*", []string{"internal/store/postgres"}, "as above"},
		{"github.com/pressly/goose/v3/*", []string{"internal/store", "internal/store/sqlite", "internal/store/postgres"}, "the schema is the store's"},
		{"net/http/*", []string{"internal/protocol/*", "internal/web/*", "internal/tool/*", "internal/connector/*", "cmd/netid", "cmd/netid-load", "client/verifier", "demo/shop", "test/*"}, "an act, a rule or a store that knows HTTP can be reached by one door only"},
		{"html/template/*", []string{"internal/web/*", "demo/shop"}, "pages are the web wing's"},
		{"os/exec/*", []string{"internal/connector/authority", "cmd/netid-load", "test/*"}, "one program is ever started: the sandbox's simulator, a copy of itself; a driver starts what it measures"},
		{"testing/*", []string{"internal/store/storetest", "test/sandbox", "test/postgres", "test/kit", "test/blank"}, "what ships has no test in it"},
		{"unsafe", nil, "memory safety is half of the threat model"},
		{"C", nil, "one static binary"},
		{"math/rand/*", []string{"internal/store/storetest"}, "a guessable number has no place where every id is a secret"},
		{"text/template/*", nil, "it does not escape"},
		{"encoding/gob/*", nil, "it decodes types that the input chooses"},
		{"log", nil, "the operator's log is slog: levels, fields, redaction"},
		{"plugin", nil, "the binary that was reviewed is the binary that runs"},
	}
}

// exceptions to the reservations, each with its reason.
type exception struct {
	room   string
	what   []string
	reason string
}

func exceptions() []exception {
	return []exception{
		{"internal/identity", []string{"crypto/rand"}, "ids and handles are drawn where they are defined; it makes no key"},
		{"internal/ledger", []string{"math/rand/v2"}, "the pause before a commit is tried again; nobody gains by guessing it"},
		{"client", []string{"crypto/ecdsa", "crypto/ed25519", "crypto/elliptic", "crypto/rand", "crypto/sha256", "crypto/x509"}, "a party or an auditor checks without the house; a party asks by a key and a nonce of its own"},
		{"client/verifier", []string{"crypto/rand", "crypto/sha256", "crypto/subtle"}, "names and secrets of a party's own transactions"},
		{"internal/emrtd", []string{"crypto/*"}, "ICAO 9303 names its own algorithms, old ones among them"},
		{"internal/emrtd", []string{"github.com/emmansun/gmsm/*"}, "document signers that sign with SM2, by keys that no certificate of ours carries"},
		{"internal/emrtd/terminal", []string{"crypto/*"}, "as above: DES and SHA-1 are what chips speak"},
		{"internal/emrtd/chip", []string{"crypto/*"}, "as above; it plays the chip"},
		{"internal/sandbox", []string{"crypto/*"}, "it plays the state's PKI and its chips"},
		{"internal/tool/persona", []string{"crypto/ecdsa", "crypto/elliptic", "crypto/rand", "crypto/sha256"}, "it is the citizen's device: its key is not netid's"},
		{"internal/tool/witness", []string{"crypto/ed25519", "crypto/sha256"}, "it is not the ledger's: it checks and signs by itself"},
		{"internal/tool/holder", []string{"crypto/aes", "crypto/cipher", "crypto/ecdh", "crypto/ecdsa", "crypto/elliptic", "crypto/rand", "crypto/sha256", "crypto/x509"}, "it is a citizen's wallet: its keys are not netid's, and it checks who asks as others' wallets do"},
		{"internal/tool/kit", []string{"crypto/ecdsa", "crypto/elliptic", "crypto/hmac", "crypto/rand", "crypto/sha256", "crypto/x509"}, "it is a provider for tests: its keys are not netid's, and it signs what the suite would not"},
		{"test/visitor", []string{"crypto/ecdsa", "crypto/elliptic", "crypto/rand", "crypto/sha256"}, "as persona: it is a citizen's device"},
		{"internal/web/shell", []string{"crypto/sha256"}, "the tag of an embedded file; nothing secret is behind it"},
		{"internal/web/shell", []string{"text/template/parse"}, "the tree of a page, which html/template escapes afterwards; nothing is executed by it"},
		{"demo/shop", []string{"crypto/rand"}, "it is somebody else's program, with sessions of its own"},
		{"internal/store/postgres", []string{"crypto/tls"}, "TLS to the server is the driver's; its settings are read so that weaker ones are refused"},
		{"cmd/netid", []string{"crypto/tls"}, "TLS is the listener's"},
	}
}

type listed struct {
	Dir, ImportPath, Name, Doc         string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
	DepsErrors                         []struct{ Err string }
	Error                              *struct{ Err string }
}

const module = "netid"

// packages are the module's own, from the go command, so that build
// constraints and generated files count as they do in a build.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json", "./...")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages: the house cannot be that small", len(all))
	}
	return all
}

func (p listed) path() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

func TestTheHouseStands(t *testing.T) {
	for _, p := range packages(t) {
		for _, v := range judge(p) {
			t.Errorf("%s %s", p.path(), v)
		}
	}
}

func TestRoomsAreOnTheTableForAReason(t *testing.T) {
	there := packages(t)
	for _, r := range house() {
		if !slices.ContainsFunc(there, func(p listed) bool { return matches(r.path, p.path()) }) {
			t.Errorf("%s is on the table and not in the tree: a floor gets a room when it has something to hold", r.path)
		}
		for _, m := range r.may {
			for _, below := range house() {
				if matches(m, below.path) && below.floor > r.floor {
					t.Errorf("the table itself lets %s (floor %d) look up to %s (floor %d)", r.path, r.floor, below.path, below.floor)
				}
			}
		}
	}
	for _, e := range exceptions() {
		for _, w := range e.what {
			used := slices.ContainsFunc(there, func(p listed) bool {
				return p.path() == e.room && slices.ContainsFunc(p.Imports, func(i string) bool { return matches(w, i) })
			})
			if !used {
				t.Errorf("the exception that lets %s import %s is used by nobody: strike it out", e.room, w)
			}
		}
	}
}

// judge says what is wrong with a package's place and imports.
func judge(p listed) (wrong []string) {
	say := func(words ...string) { wrong = append(wrong, strings.Join(words, " ")) }
	i := slices.IndexFunc(house(), func(r room) bool { return matches(r.path, p.path()) })
	if i < 0 {
		say("is on no floor: give it one in house_test.go, or a place in a room that has one")
		return wrong
	}
	r := house()[i]
	if len(p.GoFiles) > 0 && !strings.HasPrefix(p.Doc, "Package ") && !strings.HasPrefix(p.Doc, "Command ") {
		say("has no package comment: what it owns, what it refuses to know, its invariant")
	}
	if vague(path.Base(p.path())) {
		say("has a name that says nothing")
	}
	for _, to := range p.Imports {
		if own, ok := strings.CutPrefix(to, module+"/"); ok {
			if !matchesAny(r.may, own) {
				say("may not import", own)
			}
			continue
		}
		if why, ok := allowed(r.path, p.path(), to); !ok {
			say("may not import", to+":", why)
		}
		if foreign(to) && !within(r.libs, to) && !testRoom(r) {
			say("may not import the library", to+": no line of the table says what for")
		}
	}
	for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
		wrong = append(wrong, judgeTest(r, to)...)
	}
	return wrong
}

// judgeTest: a test may build what it needs from any room that is not above it.
func judgeTest(r room, to string) (wrong []string) {
	if own, ok := strings.CutPrefix(to, module+"/"); ok {
		for _, other := range house() {
			if matches(other.path, own) && other.floor > r.floor && r.floor > 0 && own != "test/sandbox" && own != "test/postgres" && own != "test/kit" && own != "test/blank" && own != "test/visitor" && own != "test/holder" && own != "test/wallet" {
				wrong = append(wrong, "has a test that looks up to "+own)
			}
		}
		return wrong
	}
	if foreign(to) && !within(libsOfTests(), to) && !within(r.libs, to) {
		wrong = append(wrong, "has a test that imports the library "+to+", which is not listed for tests")
	}
	return wrong
}

func testRoom(r room) bool { return r.floor == 7 }

// allowed asks the reservations and their exceptions.
func allowed(room, where, to string) (reason string, ok bool) {
	for _, res := range reservations() {
		if !matches(res.what, to) || matchesAny(res.rooms, where) {
			continue
		}
		if slices.ContainsFunc(exceptions(), func(e exception) bool { return e.room == where && matchesAny(e.what, to) }) {
			continue
		}
		return res.reason, false
	}
	return "", true
}

// foreign reports whether an import is another project's: its first element has a dot.
func foreign(to string) bool {
	first, _, _ := strings.Cut(to, "/")
	return strings.Contains(first, ".")
}

func within(modules []string, to string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return to == m || strings.HasPrefix(to, m+"/") })
}

func matchesAny(patterns []string, s string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, s) })
}

// matches: "a/*" is a and everything below it.
func matches(pattern, s string) bool {
	if stem, ok := strings.CutSuffix(pattern, "/*"); ok {
		return s == stem || strings.HasPrefix(s, stem+"/")
	}
	return pattern == s
}

func vague(name string) bool {
	return slices.Contains([]string{"util", "utils", "common", "helpers", "helper", "types", "misc", "base", "shared", "lib", "pkg", "models"}, name)
}

// TestTheJudgeCanSayNo keeps the rules above from passing because they look at nothing.
func TestTheJudgeCanSayNo(t *testing.T) {
	for _, c := range []struct {
		name string
		p    listed
		want string
	}{
		{"a room of no floor", listed{ImportPath: "netid/internal/gossip"}, "no floor"},
		{"an act imports a sibling", pack("internal/act/enrol", "netid/internal/act/issue"), "may not import internal/act/issue"},
		{"an act imports the store", pack("internal/act/verify", "netid/internal/store"), "may not import internal/store"},
		{"an act imports the suite", pack("internal/act/verify", "netid/internal/suite"), "may not import internal/suite"},
		{"a door imports the store", pack("internal/web/citizen", "netid/internal/store"), "may not import internal/store"},
		{"a door imports another wing", pack("internal/protocol/oidc", "netid/internal/web/shell"), "may not import internal/web/shell"},
		{"a low room looks up", pack("internal/identity", "netid/internal/law"), "may not import internal/law"},
		{"client imports ours", pack("client", "netid/internal/fault"), "may not import internal/fault"},
		{"the shop imports ours", pack("demo/shop", "netid/client"), "may not import client"},
		{"persona looks inside", pack("internal/tool/persona", "netid/internal/identity"), "may not import internal/identity"},
		{"a witness looks inside", pack("internal/tool/witness", "netid/internal/ledger"), "may not import internal/ledger"},
		{"the ledger takes client", pack("internal/ledger", "netid/client"), "may not import client"},
		{"an act hashes", pack("internal/act/issue", "crypto/sha256"), "crypto/sha256"},
		{"a vault takes argon2", pack("internal/vault", "golang.org/x/crypto/argon2"), "golang.org/x/crypto/argon2"},
		{"an act speaks SQL", pack("internal/act/look", "database/sql"), "database/sql"},
		{"an act speaks HTTP", pack("internal/act/look", "net/http"), "net/http"},
		{"a store speaks HTTP", pack("internal/store", "net/http"), "net/http"},
		{"a vault rolls dice", pack("internal/vault", "math/rand/v2"), "math/rand/v2"},
		{"a surprise dependency", pack("internal/law", "github.com/nobody/knows"), "may not import the library"},
		{"a silent package", listed{ImportPath: "netid/internal/law", GoFiles: []string{"law.go"}}, "no package comment"},
		{"a room uses what tests use", pack("internal/web/drawer", "netid/test/kit"), "may not import test/kit"},
		{"a test looks up", listed{ImportPath: "netid/internal/vault", XTestImports: []string{"netid/internal/act/enrol"}}, "looks up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(judge(c.p), "; "); !strings.Contains(got, c.want) {
				t.Errorf("judged %q, wanted %q", got, c.want)
			}
		})
	}
	good := pack("internal/act/verify", "netid/internal/law", "netid/internal/identity", "context", "netid/client")
	if got := judge(good); len(got) > 0 {
		t.Errorf("a good act is refused: %v", got)
	}
}

func pack(path string, imports ...string) listed {
	return listed{ImportPath: module + "/" + path, GoFiles: []string{"x.go"}, Doc: "Package x holds things.", Imports: imports}
}
