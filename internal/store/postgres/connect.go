package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// demands are what a connection is used for.
type demands struct {
	primary  bool // a standby may be behind, or may not be written to
	readOnly bool
}

const (
	connectTime = 10 * time.Second
	silence     = 15 * time.Second // after which a peer that answers nothing is given up

	// A process that stops in the middle of its group holds up all others: the
	// server ends its session. Its limits end a wait, never a commit.
	strict   = "SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '20s'"
	readings = "SET default_transaction_read_only = on"
	settings = "SELECT current_setting('server_version_num')::int < 150000, current_setting('server_version'), pg_is_in_recovery()," +
		" current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'), current_setting('server_encoding')"
)

// pool connects once before it returns, so that what is wrong is said at start.
func (a Address) pool(ctx context.Context, d demands) (*pgxpool.Pool, error) {
	c := a.config.Copy()
	prepare(c.ConnConfig, d)
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, plain(err)
	}
	return pool, nil
}

func (a Address) connect(ctx context.Context) (*pgx.Conn, error) {
	c := a.config.Copy().ConnConfig
	prepare(c, demands{primary: true})
	conn, err := pgx.ConnectConfig(ctx, c)
	return conn, plain(err)
}

// prepare sets what holds for each connection that is made: also for one that
// follows a failover, to another server with other settings.
func prepare(c *pgx.ConnConfig, d demands) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTime
	}
	c.DialFunc = (&net.Dialer{Timeout: c.ConnectTimeout, Control: giveUp,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 3, Interval: silence / 3, Count: 2}}).DialContext
	c.RuntimeParams["application_name"] = "netid"
	if d.readOnly && c.ValidateConnect != nil { // "read-write" would refuse our own read-only sessions
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	}
	if !d.primary {
		c.ValidateConnect = nil
	}
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if err := examine(ctx, conn, d); err != nil {
			return err
		}
		if d.readOnly {
			return conn.Exec(ctx, readings).Close()
		}
		return conn.Exec(ctx, strict).Close()
	}
}

// examine refuses a server that is too old or that answers too early. It asks
// on every connection: a setting belongs to a server, a database or a role, and
// each may change below us.
func examine(ctx context.Context, conn *pgconn.PgConn, d demands) error {
	all, err := conn.Exec(ctx, settings).ReadAll()
	if err != nil {
		return err
	}
	if len(all) != 1 || len(all[0].Rows) != 1 {
		return errors.New("the server answers in another form")
	}
	row := all[0].Rows[0]
	is := func(column int, word string) bool { return string(row[column]) == word }
	switch {
	case is(0, "t"):
		return fmt.Errorf("the server is PostgreSQL %s: 15 is the oldest that will do", row[1])
	case d.primary && is(2, "t"):
		return errors.New("the server is a standby: name the primary, or all of them with target_session_attrs=read-write")
	case d.primary && !is(3, "on") && !is(3, "remote_apply"):
		return fmt.Errorf("synchronous_commit is %s: it must be on (or remote_apply), or what was acknowledged could be lost", row[3])
	case d.primary && !is(4, "on"):
		return errors.New("fsync is off: what was acknowledged could be lost")
	case d.primary && !is(5, "on"):
		return errors.New("full_page_writes is off: a power cut could tear pages")
	case !is(6, "UTF8"):
		return fmt.Errorf("the database is in %s: it must be in UTF8", row[6])
	}
	return nil
}

// plain puts what operators meet most into words. None of the library's own
// words has the password.
func plain(err error) error {
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return err
	}
	switch p.Code {
	case "28P01", "28000":
		return fmt.Errorf("the server does not let this role in: %w", err)
	case "3D000":
		return fmt.Errorf("there is no such database: make it first: %w", err)
	case "42501":
		return fmt.Errorf("the role has no right to do this (it must own the database, or may create and change its tables): %w", err)
	case "53300":
		return fmt.Errorf("the server has no connection left: %w", err)
	}
	return err
}
