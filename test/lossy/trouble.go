package lossy

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Trouble is what the disk answers instead of working. Its zero value is none.
type Trouble struct {
	mu    sync.Mutex // guards all below
	syncs int        // so many more of them fail; below zero: all
	of    string     // only files whose names end so
	full  bool
	room  int64 // once full: bytes by which files may still grow
	met   int   // how often it was answered
}

// Follow does what each line says and answers each with one line: "sync N
// SUFFIX" fails the next N syncs of files whose names end so (-1: all), "full N"
// leaves room for so many bytes, "well" ends both and tells how often something failed.
func (t *Trouble) Follow(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := t.do(lines.Text(), out); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (t *Trouble) do(line string, out io.Writer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	verb, rest, _ := strings.Cut(line, " ")
	var err error
	switch verb {
	case "sync":
		t.of = ""
		if _, err = fmt.Sscanf(rest, "%d %s", &t.syncs, &t.of); err == io.ErrUnexpectedEOF || err == io.EOF {
			_, err = fmt.Sscanf(rest, "%d", &t.syncs)
		}
	case "full":
		_, err = fmt.Sscanf(rest, "%d", &t.room)
		t.full = err == nil
	case "well":
		_, err = fmt.Fprintln(out, t.met)
		t.syncs, t.of, t.full, t.room, t.met = 0, "", false, 0, 0
		return err
	default:
		err = fmt.Errorf("no such trouble: %q", line)
	}
	if err == nil {
		_, err = fmt.Fprintln(out, "so be it")
	}
	return err
}

// fails says whether a sync of this file fails.
func (t *Trouble) fails(path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.syncs == 0 || !strings.HasSuffix(path, t.of) {
		return false
	}
	t.syncs, t.met = t.syncs-min(1, max(0, t.syncs)), t.met+1
	return true
}

// takes says whether there is room for so many bytes more. What is deleted
// gives none back: the disk is full until somebody mends it.
func (t *Trouble) takes(n int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.full {
		return true
	}
	if n > t.room {
		t.met++
		return false
	}
	t.room -= n
	return true
}
