package authority

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Listening begins the one line that a simulator prints once it answers.
const Listening = "listening "

// Start starts the sandbox's simulator as a child process and waits for its
// line "listening URL". The token goes in as the first line of its standard
// input, never as an argument, which others on the machine could read. ctx
// bounds the start alone.
//
// stop ends the child and reaps it. The child also ends when this process
// does, however that ends: its standard input closes, and on Linux the kernel
// kills it.
func Start(ctx context.Context, exe string, args []string, token string) (url string, stop func(), err error) {
	if strings.ContainsAny(token, "\r\n") || token == "" {
		return "", nil, errors.New("authority: a token is one line")
	}
	cmd := exec.Command(exe, args...)
	first, errs := &line{got: make(chan string, 1)}, &line{got: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = first, errs
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// The kernel's parent is the thread, so the thread stays until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		in.Close()
		return "", nil, fmt.Errorf("authority: %w", err)
	}
	stop = sync.OnceFunc(func() { end(cmd, in, ended) })
	if _, err := io.WriteString(in, token+"\n"); err != nil {
		stop()
		return "", nil, fmt.Errorf("authority: the simulator takes no token: %w", err)
	}
	select {
	case said := <-first.got:
		if at, ok := strings.CutPrefix(said, Listening); ok {
			return at, stop, nil
		}
		err = fmt.Errorf("authority: the simulator says %q", said)
	case e := <-ended:
		err = fmt.Errorf("authority: the simulator ended: %w: %s", errors.Join(e, errors.New("before it answered")), errs.held())
	case <-ctx.Done():
		err = fmt.Errorf("authority: the simulator does not start: %w", ctx.Err())
	}
	stop()
	return "", nil, err
}

// end closes the child's input, waits, and kills it when it stays.
func end(cmd *exec.Cmd, in io.Closer, ended <-chan error) {
	in.Close()
	select {
	case <-ended:
		return
	case <-time.After(2 * time.Second):
	}
	cmd.Process.Kill() // fails only when the child is gone already
	<-ended
}

// line is a writer that gives its first line away and forgets the rest.
type line struct {
	got chan string

	mu   sync.Mutex // guards text and done
	text []byte
	done bool
}

const longestLine = 4 << 10

func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return len(b), nil
	}
	l.text = append(l.text, b[:min(len(b), longestLine-len(l.text))]...)
	if i := bytes.IndexByte(l.text, '\n'); i >= 0 || len(l.text) == longestLine {
		if i < 0 {
			i = len(l.text)
		}
		l.text, l.done = l.text[:i], true
		l.got <- string(l.text)
	}
	return len(b), nil
}

func (l *line) held() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
