-- Random keys are WITHOUT ROWID, so that no row tells when it was written
-- against another. Every blob is sealed, keyed or random; the clear columns are
-- listed with their reasons in docs/privacy.md.

-- +goose Up

-- The pseudonym side.
CREATE TABLE person (
	id       BLOB    NOT NULL PRIMARY KEY,
	standing INTEGER NOT NULL,
	epoch    INTEGER NOT NULL,
	profile  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- A table of its own, so that a backup can leave it out.
CREATE TABLE person_key (
	person   BLOB NOT NULL PRIMARY KEY,
	locator  BLOB NOT NULL,
	identity BLOB NOT NULL,
	subject  BLOB NOT NULL,
	record   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE certificate (
	id      BLOB    NOT NULL PRIMARY KEY,
	owner   BLOB    NOT NULL,
	locator BLOB    NOT NULL,
	body    BLOB    NOT NULL,
	revoked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_owner ON certificate (owner);

CREATE TABLE party_link (
	idx        BLOB    NOT NULL PRIMARY KEY,
	owner      BLOB    NOT NULL,
	generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX party_link_owner ON party_link (owner);

CREATE TABLE person_chain (
	idx  BLOB    NOT NULL PRIMARY KEY,
	seq  INTEGER NOT NULL,
	head BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pending_shred (
	slot INTEGER NOT NULL PRIMARY KEY
) STRICT;

-- The vault's side.
CREATE TABLE vault_identity (
	id   BLOB NOT NULL PRIMARY KEY,
	body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE vault_index (
	idx  BLOB NOT NULL PRIMARY KEY,
	body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE party (
	id       TEXT NOT NULL PRIMARY KEY,
	body     BLOB NOT NULL,
	standing TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Short-lived state; times are microseconds since 1970 UTC.
CREATE TABLE draft (
	id      BLOB    NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	body    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_expires ON draft (expires);

CREATE TABLE once (
	id    BLOB    NOT NULL PRIMARY KEY,
	until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX once_until ON once (until);

CREATE TABLE counter (
	idx   BLOB    NOT NULL PRIMARY KEY,
	count INTEGER NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX counter_until ON counter (until);

CREATE TABLE revoked_verification (
	id    BLOB    NOT NULL PRIMARY KEY,
	until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_verification_until ON revoked_verification (until);

-- The ledger: rows are never deleted. The body stands last, so that a read of
-- leaves does not touch it.
CREATE TABLE ledger_event (
	seq    INTEGER NOT NULL PRIMARY KEY, -- position in the tree, from 0
	id     BLOB    NOT NULL UNIQUE,
	day    INTEGER NOT NULL,
	bucket INTEGER NOT NULL,
	owner  BLOB,
	leaf   BLOB    NOT NULL,
	state  INTEGER NOT NULL,
	mac    BLOB    NOT NULL,
	body   BLOB
) STRICT;
CREATE INDEX ledger_event_owner ON ledger_event (owner) WHERE owner IS NOT NULL;

CREATE TABLE ledger_tile (
	level INTEGER NOT NULL,
	idx   INTEGER NOT NULL,
	hash  BLOB    NOT NULL,
	PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_head (
	id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	note BLOB    NOT NULL,
	size INTEGER NOT NULL
) STRICT;
