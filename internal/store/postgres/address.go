package postgres

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"netid/internal/fault"
)

// Address is where a database is and as whom it is used. It prints no password.
type Address struct{ config *pgxpool.Config }

// ParseAddress reads postgres://USER@HOST:PORT/DATABASE?…, with several hosts
// and the options of libpq. A connection that leaves the machine must be
// encrypted to a server whose certificate is checked (sslmode=verify-full):
// what is not said would otherwise fall back to plain text without a word.
func ParseAddress(s string) (Address, error) {
	const op = "postgres.ParseAddress"
	if !IsAddress(s) {
		return Address{}, fault.Newf(op, fault.Invalid, "store_address_invalid", "a database is named postgres://USER@HOST:PORT/DATABASE")
	}
	c, err := pgxpool.ParseConfig(s)
	if err != nil {
		return Address{}, fault.Newf(op, fault.Invalid, "store_address_invalid", "the address of the database cannot be read (its own words are kept back: they may hold the password)")
	}
	a := Address{c}
	if err := a.guarded(); err != nil {
		return Address{}, fault.Wrap(op, fault.Invalid, "store_address_invalid", err)
	}
	return a, nil
}

// IsAddress tells an address from the name of a file.
func IsAddress(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// guarded refuses an address with any way to the server in the clear. The
// library tries its fallbacks one after another, also those without TLS.
func (a Address) guarded() error {
	c := a.config.ConnConfig
	refused := errors.New("beyond this machine the server must prove itself: say sslmode=verify-full")
	if !local(c.Host) && !checked(c.TLSConfig) {
		return refused
	}
	for _, f := range c.Fallbacks {
		if !local(f.Host) && !checked(f.TLSConfig) {
			return refused
		}
	}
	return nil
}

// local is a socket, or an address that no packet leaves the machine for.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || ip != nil && ip.IsLoopback()
}

func checked(c *tls.Config) bool {
	return c != nil && !c.InsecureSkipVerify && c.ServerName != ""
}

// Same reports whether both are one database: in a dump of the one there would
// be the other.
func (a Address) Same(b Address) bool {
	return a.config.ConnConfig.Database == b.config.ConnConfig.Database &&
		a.config.ConnConfig.Host == b.config.ConnConfig.Host && a.config.ConnConfig.Port == b.config.ConnConfig.Port
}

// Within is the same database with its tables in a schema of that name, made
// when it is opened. It is for trials on one machine: a shelf belongs in a
// database of its own.
func (a Address) Within(schema string) Address {
	c := a.config.Copy()
	c.ConnConfig.RuntimeParams["search_path"] = schema
	return Address{c}
}

// String has no password, and no option that could hold one.
func (a Address) String() string {
	if a.config == nil {
		return "no database"
	}
	c := a.config.ConnConfig
	return fmt.Sprintf("postgres://%s@%s/%s", c.User, net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), c.Database)
}

func (a Address) Format(f fmt.State, _ rune) { io.WriteString(f, a.String()) }
func (a Address) LogValue() slog.Value       { return slog.StringValue(a.String()) }
