package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	postgrestest "netid/test/postgres"
)

// Names of stores that are no address.
const (
	embedded = "embedded"
	private  = "postgres" // a server of the driver's own, from the distribution's packages
)

// database is a PostgreSQL under load.
type database struct {
	address string
	pid     int // of its first process; 0: it runs elsewhere
	close   func()
}

// opened gives the database of a store as --store names it; nil is the embedded one.
func opened(name string) (*database, error) {
	switch name {
	case embedded:
		return nil, nil
	case private:
		return newDatabase()
	}
	return &database{address: name, close: func() {}}, nil
}

func newDatabase() (*database, error) {
	s, err := postgrestest.Private()
	if err != nil {
		return nil, &missing{err}
	}
	d := &database{close: s.Close}
	var lines []byte
	if d.address, _, err = s.NewDatabase(); err == nil {
		lines, err = os.ReadFile(filepath.Join(s.Data, "postmaster.pid"))
	}
	if err == nil {
		first, _, _ := strings.Cut(string(lines), "\n")
		d.pid, err = strconv.Atoi(first)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return d, nil
}

// spent is what its processes used; nothing where they run elsewhere.
func (d *database) spent() (spent, error) {
	if d.pid == 0 {
		return spent{}, nil
	}
	return family(d.pid)
}

// missing says that there is no PostgreSQL here, which skips it.
type missing struct{ why error }

func (m *missing) Error() string {
	return fmt.Sprintf("needs PostgreSQL 15 or newer (the package postgresql): %v", m.why)
}
