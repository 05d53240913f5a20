package browser_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// TestReader: a passport of software lies on a virtual reader; pcscd has the
// reader, netid reader has pcscd, and the page has netid reader. The page reads
// the chip and its holder enrols with it.
func TestReader(t *testing.T) {
	engine(t)
	at := pcscd(t)
	site := sandboxtest.Start(t)
	c := citizen{tab: newTab(t, site, "zh-CN"), words: inWords["zh-CN"], kind: "passport", card: "adult-passport", passcode: "73914628", person: person{ID: "adult"}}
	c.glance = true
	c.watch.beside = "http://127.0.0.1:9303/"
	c.meet()
	c.open(site.URL+"/", "start")
	c.follow("main a[href='/enrol']", "kind")
	c.chooses()
	c.follow(".ways a.button", "notice")
	c.follow("button[value=agree]", "document-consent")
	c.follow("button[value=agree]", "card")
	c.press("details summary")
	c.says("netid reader --server " + site.URL)

	p := printed(t, site.Data, c.card)
	for id, text := range map[string]string{"#pair": "000000", "#number": p.number, "#birth": p.birth, "#expires": p.expires} {
		c.fill(id, text)
	}
	c.complains("program_missing") // nothing listens there yet

	code := bridge(t, site, at)
	lay(t, site, at, c.card)
	c.complains("reader_code_wrong")
	c.fill("#pair", code)
	c.fill("#number", "EI0000000")
	c.complains("chip_key_wrong")
	c.glance = false
	c.look(c.state())
	c.glance = true
	c.fill("#number", strings.ToLower(p.number))
	c.fill("#birth", strings.ReplaceAll(p.birth, "-", ".")) // as people write it
	c.follow("#bridge button", "face-consent")
	c.twin = true
	c.face()
	c.phones()
	c.fill("#passcode", c.passcode)
	c.fill("#again", c.passcode)
	c.follow("main form button.button", "confirm")
	c.follow("#bind button", "done")
	if len(c.text(".number .digits")) < 16 {
		t.Error("no net number")
	}
}

// TestReaderAsksTwice: a chip that signs nothing is asked a second time by the page,
// with what the service made of its files.
func TestReaderAsksTwice(t *testing.T) {
	engine(t)
	site := sandboxtest.Start(t)
	c := citizen{tab: newTab(t, site, "en"), words: inWords["en"], kind: "passport", card: "agreeing-passport"}
	c.glance = true
	c.watch.beside = "http://127.0.0.1:9303/"
	c.open(site.URL+"/", "start")
	c.follow("main a[href='/enrol']", "kind")
	c.chooses()
	c.follow(".ways a.button", "notice")
	c.follow("button[value=agree]", "document-consent")
	c.follow("button[value=agree]", "card")
	c.press("details summary")
	p := printed(t, site.Data, c.card)
	for id, text := range map[string]string{"#pair": started(t, site, "--virtual", c.card, "--data", site.Data), "#number": p.number, "#birth": p.birth, "#expires": p.expires} {
		c.fill(id, text)
	}
	c.follow("#bridge button", "face-consent")
}

// complains presses the button and waits for the one sentence that says why not.
func (c *citizen) complains(reason string) {
	c.t.Helper()
	js[bool](c.tab, `(document.querySelectorAll("[data-program] [data-said]").forEach(p => p.hidden = true), true)`)
	c.press("[data-program] button")
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got := js[[]string](c.tab, `[...document.querySelectorAll("[data-program] [data-said]")].filter(p => p.checkVisibility()).map(p => p.dataset.said)`); len(got) > 0 {
			if len(got) != 1 || got[0] != reason {
				c.t.Errorf("the page says %v, want %s", got, reason)
			}
			return
		}
	}
	c.t.Fatalf("the page does not say %s:\n%s", reason, c.text("main"))
}

type booklet struct{ number, birth, expires string }

// printed is what stands on a passport, as its holder reads it.
func printed(t *testing.T, data, id string) booklet {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, "authority", "cards.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cards []struct {
		ID   string
		Chip struct{ DG1 []byte }
	}
	if err := json.Unmarshal(b, &cards); err != nil {
		t.Fatal(err)
	}
	for _, c := range cards {
		if n := len(c.Chip.DG1); c.ID == id && n > 44 {
			line := string(c.Chip.DG1[n-44:])
			day := func(century, s string) string { return century + s[:2] + "-" + s[2:4] + "-" + s[4:] }
			return booklet{strings.TrimRight(line[:9], "<"), day("19", line[13:19]), day("20", line[21:27])}
		}
	}
	t.Fatalf("there is no %s", id)
	return booklet{}
}

// daemon is a pcscd of the test's own: in a network of its own, for vpcd listens
// on every address, and with a place of its own for its socket.
type daemon struct {
	socket string
	pid    int
}

func pcscd(t *testing.T) daemon {
	t.Helper()
	const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
	if _, err := os.Stat(driver); err != nil {
		missing(t, "no virtual reader here: vsmartcard-vpcd")
	}
	for _, name := range []string{"unshare", "nsenter", "mount", "ip", "pcscd"} {
		if found(name) == "" {
			missing(t, "no "+name+" here")
		}
	}
	if os.Geteuid() != 0 {
		missing(t, "a network of its own takes root")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"run/x": "", "conf/vpcd": "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH " + driver + "\nCHANNELID 0x8C7B\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := run(t, found("unshare"), "--mount", "--net", "sh", "-c", `ip link set lo up && mount -t tmpfs none /run && mkdir /run/pcscd &&
		mount --bind "$0/run" /run/pcscd && exec pcscd --foreground --config "$0/conf"`, dir)
	d := daemon{filepath.Join(dir, "run", "pcscd.comm"), cmd.Process.Pid}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(d.socket); err == nil {
			return d
		}
		if time.Now().After(deadline) {
			t.Fatal("pcscd did not start")
		}
	}
}

// found looks where administrators' programs lie, too.
func found(name string) string {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		if i, err := os.Stat(filepath.Join(dir, name)); err == nil && !i.IsDir() {
			return filepath.Join(dir, name)
		}
	}
	return ""
}

// run starts a program that ends with the test; what it said is logged where the test failed.
func run(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	var out bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &out
	}
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), out.String())
		}
	})
	return cmd
}

// lay puts a made-up passport on the virtual reader, from within its network.
func lay(t *testing.T, site *sandboxtest.Sandbox, at daemon, card string) {
	t.Helper()
	run(t, found("nsenter"), "--net", "--target", strconv.Itoa(at.pid), sandboxtest.Binary(t), "simulator", "passport", card, "--data", site.Data)
}

// bridge is netid reader at a pcscd.
func bridge(t *testing.T, site *sandboxtest.Sandbox, at daemon) string {
	t.Helper()
	return started(t, site, "--pcscd", at.socket)
}

// started starts netid reader and reads the code off its screen.
func started(t *testing.T, site *sandboxtest.Sandbox, args ...string) string {
	t.Helper()
	cmd := exec.Command(sandboxtest.Binary(t), append([]string{"reader", "--server", site.URL}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	code := regexp.MustCompile(`Pairing code ([0-9]{6})`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := code.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, out) // whoever does not read stops who writes
			return m[1]
		}
	}
	t.Fatal("netid reader shows no code")
	return ""
}
