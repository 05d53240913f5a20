-- The tables of the embedded store, column by column: package store says one
-- SQL to both. Every number is a bigint. docs/adr/0020-postgresql.md says what
-- the order of rows in a heap tells, and docs/privacy.md why each column is there.

-- +goose Up

-- The pseudonym side.
CREATE TABLE person (
	id       bytea  NOT NULL PRIMARY KEY,
	standing bigint NOT NULL,
	epoch    bigint NOT NULL,
	profile  bytea  NOT NULL
);

CREATE TABLE person_key (
	person   bytea NOT NULL PRIMARY KEY,
	locator  bytea NOT NULL,
	identity bytea NOT NULL,
	subject  bytea NOT NULL,
	record   bytea NOT NULL
);

CREATE TABLE certificate (
	id      bytea  NOT NULL PRIMARY KEY,
	owner   bytea  NOT NULL,
	locator bytea  NOT NULL,
	body    bytea  NOT NULL,
	revoked bigint NOT NULL
);
CREATE INDEX certificate_owner ON certificate (owner);

CREATE TABLE party_link (
	idx        bytea  NOT NULL PRIMARY KEY,
	owner      bytea  NOT NULL,
	generation bigint NOT NULL
);
CREATE INDEX party_link_owner ON party_link (owner);

CREATE TABLE person_chain (
	idx  bytea  NOT NULL PRIMARY KEY,
	seq  bigint NOT NULL,
	head bytea  NOT NULL
) WITH (fillfactor = 70); -- every record rewrites a row: room for it on its own page

CREATE TABLE pending_shred (
	slot bigint NOT NULL PRIMARY KEY
);

-- The vault's side.
CREATE TABLE vault_identity (
	id   bytea NOT NULL PRIMARY KEY,
	body bytea NOT NULL
);

CREATE TABLE vault_index (
	idx  bytea NOT NULL PRIMARY KEY,
	body bytea NOT NULL
);

CREATE TABLE party (
	id       text  COLLATE "C" NOT NULL PRIMARY KEY, -- listed in the order of bytes, as everywhere
	body     bytea NOT NULL,
	standing text  NOT NULL
);

-- Short-lived state; times are microseconds since 1970 UTC.
CREATE TABLE draft (
	id      bytea  NOT NULL PRIMARY KEY,
	version bigint NOT NULL,
	expires bigint NOT NULL,
	body    bytea  NOT NULL
);
CREATE INDEX draft_expires ON draft (expires);

CREATE TABLE once (
	id    bytea  NOT NULL PRIMARY KEY,
	until bigint NOT NULL
);
CREATE INDEX once_until ON once (until);

CREATE TABLE counter (
	idx   bytea  NOT NULL PRIMARY KEY,
	count bigint NOT NULL,
	since bigint NOT NULL,
	until bigint NOT NULL
);
CREATE INDEX counter_until ON counter (until);

CREATE TABLE revoked_verification (
	id    bytea  NOT NULL PRIMARY KEY,
	until bigint NOT NULL
);
CREATE INDEX revoked_verification_until ON revoked_verification (until);

-- The ledger: rows are never deleted.
CREATE TABLE ledger_event (
	seq    bigint NOT NULL PRIMARY KEY, -- position in the tree, from 0
	id     bytea  NOT NULL UNIQUE,
	day    bigint NOT NULL,
	bucket bigint NOT NULL,
	owner  bytea,
	leaf   bytea  NOT NULL,
	state  bigint NOT NULL,
	mac    bytea  NOT NULL,
	body   bytea
);
CREATE INDEX ledger_event_owner ON ledger_event (owner) WHERE owner IS NOT NULL;
-- Bodies are sealed: trying to make them smaller costs and never helps.
ALTER TABLE ledger_event ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE ledger_tile (
	level bigint NOT NULL,
	idx   bigint NOT NULL,
	hash  bytea  NOT NULL,
	PRIMARY KEY (level, idx)
);

CREATE TABLE ledger_head (
	id   bigint NOT NULL PRIMARY KEY CHECK (id = 1),
	note bytea  NOT NULL,
	size bigint NOT NULL
) WITH (fillfactor = 10); -- one row, rewritten by every commit: it stays on its page
