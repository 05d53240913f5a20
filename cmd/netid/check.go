package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"netid/client"
	"netid/internal/tool/witness"
)

// ledgerCheckCmd is the citizen's: it takes no data directory and no keyring.
type ledgerCheckCmd struct {
	File    string   `arg:"" help:"The file of \"everything about me\"; - reads it from the standard input."`
	Key     string   `placeholder:"FILE|KEY" help:"The service's verifier key, or its /ledger/keys kept as a file, from elsewhere than the file itself (a notice, another person). A former key does, with --server."`
	After   string   `placeholder:"N[:LEAF]" help:"The last number that an earlier check told to remember; the file must have it."`
	Head    []string `placeholder:"FILE" type:"existingfile" help:"A head remembered from earlier; the ledger must have continued it."`
	Witness []string `placeholder:"KEY" help:"A witness's key; every --head must carry its cosignature."`
	Server  string   `placeholder:"URL" help:"The service: its ledger must hold what the file and the heads say."`
}

// Run says in words, too, what a failure means: whoever reads it is a citizen.
func (c *ledgerCheckCmd) Run(s *surroundings) error {
	err := c.check(s)
	if means := inWords(err); means != "" {
		return fmt.Errorf("%w\n%s", err, means)
	}
	return err
}

// inWords is what the client's reason for a failure means; nothing where the
// failure is none of its own.
func inWords(err error) string {
	for _, m := range []struct {
		reason client.Reason
		means  string
	}{
		{client.ErrExport, "A record is missing or out of its place, or the file is not whole, or it belongs to another ledger than the key."},
		{client.ErrProof, "A record does not stand in the ledger as the file has it: it was altered, or the ledger was rewritten."},
		{client.ErrHead, "The ledger's signature does not fit the key: the key is of another ledger, or the file was altered."},
		{client.ErrKey, "What was given as a key is not a verifier key, or is of another service."},
		{client.ErrSignature, "Something is not signed by whom it names: the words of an approval, or a head, were altered."},
		{client.ErrStatement, "The words of an approval are not words that could have been shown: they were altered."},
		{client.ErrRollback, "The ledger is shorter than it was: entries were taken away."},
		{client.ErrFork, "The ledger shows another past than the one that you hold. Keep both files: together they prove it."},
		{client.ErrSuccession, "The ledger has another key, and no record by the key that you trust leads to it."},
	} {
		if errors.Is(err, m.reason) {
			return m.means
		}
	}
	return ""
}

func (c *ledgerCheckCmd) check(s *surroundings) error {
	b, err := c.read(s)
	if err != nil {
		return err
	}
	key, given, err := c.key(b)
	if err != nil {
		return err
	}
	changes := 0
	if c.Server != "" { // it may have other keys by now: those lead on from the one that is trusted, or back
		keys, err := client.Log{Key: key, Fetch: c.fetch()}.Keys(s.ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Server, err)
		}
		key, changes = keys.String(), keys.Changes()
	}
	r, err := client.CheckExport(bytes.NewReader(b), key)
	if err != nil {
		return fmt.Errorf("the file does not hold: %w", err)
	}
	if err := c.remembered(r); err != nil {
		return fmt.Errorf("the file does not hold: %w", err)
	}
	said, err := c.heads(s, r, key)
	if err != nil {
		return err
	}
	if changes > 0 {
		said = append(said, fmt.Sprintf("the ledger's key changed (%d), each time by a record that the key before signed too", changes))
	}
	c.tell(s.out, r, strings.TrimSpace(key), given, said)
	return nil
}

func (c *ledgerCheckCmd) fetch() client.Fetch {
	return witness.Web(strings.TrimRight(c.Server, "/")+"/ledger", &http.Client{Timeout: 30 * time.Second})
}

const longestExport = 64 << 20 // bytes, as client.CheckExport takes them

func (c *ledgerCheckCmd) read(s *surroundings) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(s.in, longestExport+1))
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, longestExport+1))
}

// key is the one that was given, or else the file's own.
func (c *ledgerCheckCmd) key(export []byte) (key string, given bool, err error) {
	if c.Key == "" {
		var x struct {
			Key  string   `json:"verifier_key"`
			Keys []string `json:"verifier_keys"`
		}
		if err := json.Unmarshal(export, &x); err != nil || x.Key == "" {
			return "", false, errors.New("this is not a file of everything about me")
		}
		if len(x.Keys) > 0 {
			return strings.Join(x.Keys, "\n"), false, nil
		}
		return x.Key, false, nil
	}
	key, err = keyOrFile(c.Key)
	return key, true, err
}

// keyOrFile takes a verifier key, name+hash+base64, or a file that holds one.
func keyOrFile(s string) (string, error) {
	if strings.Count(s, "+") >= 2 {
		if _, err := os.Stat(s); err != nil {
			return s, nil
		}
	}
	b, err := os.ReadFile(s)
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%q is no verifier key (name+hash+base64), and no file of that name is there", s)
	}
	return strings.TrimSpace(string(b)), err
}

// remembered compares with the last number, and its leaf, that the citizen kept.
func (c *ledgerCheckCmd) remembered(r client.Report) error {
	if c.After == "" {
		return nil
	}
	number, leaf, named := strings.Cut(c.After, ":")
	n, err := strconv.ParseUint(number, 10, 63)
	want, hexErr := hex.DecodeString(leaf)
	if err != nil || n == 0 || hexErr != nil || named && len(want) != 32 {
		return errors.New("--after is a number, and a leaf of 64 hexadecimal digits behind a colon if you kept it")
	}
	if n > r.Number() {
		return fmt.Errorf("you remember number %d, and it ends with %d: later records were left out", n, r.Number())
	}
	first := r.Events[0].Seq
	if n+1 < first {
		return nil // gone with its time: tell says so
	}
	got := r.Last[:]
	if n < r.Number() {
		got = r.Events[n+1-first].Prev
	}
	if named && !bytes.Equal(got, want) {
		return fmt.Errorf("number %d is another record than the one you remember", n)
	}
	return nil
}

// heads compares the remembered heads and the server's with the file's.
func (c *ledgerCheckCmd) heads(s *surroundings, r client.Report, key string) (said []string, err error) {
	follower := client.Log{Key: key}
	newest := r.Head
	if c.Server != "" {
		follower.Fetch = c.fetch()
		if newest, _, _, err = follower.Follow(s.ctx, r.Head); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Server, err)
		}
		said = append(said, fmt.Sprintf("the ledger at %s, %d entries long now, continues the one in the file", c.Server, newest.Size))
	}
	if len(c.Witness) > 0 && len(c.Head) == 0 {
		return nil, errors.New("--witness speaks of a --head, and none is given")
	}
	for _, file := range c.Head {
		more, err := c.head(s, file, newest, follower)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		said = append(said, more...)
	}
	return said, nil
}

func (c *ledgerCheckCmd) head(s *surroundings, file string, newest client.Head, follower client.Log) (said []string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	h, err := client.CheckHead(b, follower.Key)
	if err != nil {
		return nil, err
	}
	for _, w := range c.Witness {
		k, err := keyOrFile(w)
		if err != nil {
			return nil, err
		}
		_, at, err := client.CheckCosigned(b, follower.Key, k)
		if err != nil {
			return nil, err
		}
		name, _, _ := strings.Cut(k, "+")
		said = append(said, fmt.Sprintf("%s: the witness %s signed it at %s", file, name, at.Format(time.RFC3339)))
	}
	if follower.Fetch == nil && h.Size != newest.Size {
		return nil, fmt.Errorf("it is of %d entries and the file of %d: to compare them, name the service with --server", h.Size, newest.Size)
	}
	if _, err := follower.Consistency(s.ctx, h, newest); err != nil {
		return nil, err
	}
	return append(said, fmt.Sprintf("%s: the head of %d entries that you remember is part of the same ledger", file, h.Size)), nil
}

// tell says in words what was proven, and what was not.
func (c *ledgerCheckCmd) tell(out io.Writer, r client.Report, key string, given bool, said []string) {
	n := len(r.Events)
	fmt.Fprintf(out, "Everything about me, from %s, taken %s.\n\nProven:\n", r.Service, r.Taken.Format(time.RFC3339))
	fmt.Fprintf(out, "- %s, numbered %d to %d, each naming the one before: none between them was left out, altered or moved.\n", count(n, "record"), r.Events[0].Seq, r.Number())
	fmt.Fprintf(out, "- Each stands in the ledger of %d entries whose head %s signed%s (root %x).\n", r.Head.Size, r.Head.Origin, at(r.Head.Time), r.Head.Root)
	if r.Approvals > 0 {
		fmt.Fprintf(out, "- %s over the very words shown, signed by the device that the record names.\n", count(r.Approvals, "approval"))
	}
	if c.After != "" && !c.ended(r) {
		fmt.Fprintf(out, "- Number %s that you remember is among them.\n", strings.SplitN(c.After, ":", 2)[0])
	}
	for _, line := range said {
		fmt.Fprintf(out, "- %s.\n", line)
	}
	fmt.Fprint(out, "\nNot proven by this:\n")
	if !r.Since.IsZero() {
		fmt.Fprintf(out, "- That number %d and those before it are from before %s: the service says so, and keeps them no more. The ledger has a public event about each such end.\n", r.Events[0].Seq-1, r.Since.Format(time.DateOnly))
	}
	if !given {
		fmt.Fprintf(out, "- That the key is the service's: it was taken from the file itself. Compare %s with the one at %s/ledger/keys, or give --key.\n", firstLine(key), r.Service)
	}
	fmt.Fprint(out, "- What the file says about who you are (its part \"person\"): that is in no ledger.\n")
	fmt.Fprintf(out, "- That no record after number %d was left out: what you remember now shows it the next time.\n", r.Number())
	fmt.Fprintf(out, "\nTo remember for the next time: --after %d:%x\n", r.Number(), r.Last)
}

// ended reports whether the remembered number is of a time that is kept no more.
func (c *ledgerCheckCmd) ended(r client.Report) bool {
	number, _, _ := strings.Cut(c.After, ":")
	n, err := strconv.ParseUint(number, 10, 63)
	return err != nil || n+1 < r.Events[0].Seq
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " at " + t.Format(time.RFC3339)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
