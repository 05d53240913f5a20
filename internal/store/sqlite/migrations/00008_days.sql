-- +goose Up

-- Records about persons end by days. An id is used once on its day: it has the day
-- in it. public is 1 of events about nobody, which stay.
CREATE TABLE ledger_day (
	seq    INTEGER NOT NULL PRIMARY KEY, -- position in the tree, from 0
	public INTEGER NOT NULL,
	day    INTEGER NOT NULL,
	id     BLOB    NOT NULL,
	bucket INTEGER NOT NULL,
	owner  BLOB,
	leaf   BLOB    NOT NULL,
	state  INTEGER NOT NULL,
	mac    BLOB    NOT NULL,
	body   BLOB,
	UNIQUE (public, day, id)
) STRICT;
INSERT INTO ledger_day (seq, public, day, id, bucket, owner, leaf, state, mac, body)
SELECT seq, CASE state WHEN 2 THEN 1 ELSE 0 END, day, id, bucket, owner, leaf, state, mac, body FROM ledger_event ORDER BY seq;
DROP TABLE ledger_event;
ALTER TABLE ledger_day RENAME TO ledger_event;
CREATE INDEX ledger_event_owner ON ledger_event (owner) WHERE owner IS NOT NULL;
CREATE INDEX ledger_event_held ON ledger_event (state, day) WHERE state IN (4, 5);

-- What stays of entries whose rows are gone: leaf and day of 256 neighbours a row.
CREATE TABLE ledger_past (
	idx    INTEGER NOT NULL PRIMARY KEY, -- the entries from 256 times this on
	leaves BLOB    NOT NULL,             -- 32 bytes each
	days   BLOB    NOT NULL,             -- 4 bytes each
	mac    BLOB    NOT NULL
) STRICT;

-- The day below which entries about persons are closed, and once it was said in
-- the ledger, gone.
CREATE TABLE ledger_floor (
	id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	day  INTEGER NOT NULL,
	said INTEGER NOT NULL,
	mac  BLOB    NOT NULL
) STRICT;

-- +goose Down

-- A row that is gone would be missing to the program of before: with one this fails.
CREATE TABLE nothing_gone (rows_left INTEGER NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_gone (rows_left) SELECT count(*) FROM ledger_floor;
DROP TABLE nothing_gone;
DROP TABLE ledger_floor;
DROP TABLE ledger_past;
CREATE TABLE ledger_plain (
	seq    INTEGER NOT NULL PRIMARY KEY,
	id     BLOB    NOT NULL UNIQUE,
	day    INTEGER NOT NULL,
	bucket INTEGER NOT NULL,
	owner  BLOB,
	leaf   BLOB    NOT NULL,
	state  INTEGER NOT NULL,
	mac    BLOB    NOT NULL,
	body   BLOB
) STRICT;
INSERT INTO ledger_plain (seq, id, day, bucket, owner, leaf, state, mac, body)
SELECT seq, id, day, bucket, owner, leaf, state, mac, body FROM ledger_event ORDER BY seq;
DROP TABLE ledger_event;
ALTER TABLE ledger_plain RENAME TO ledger_event;
CREATE INDEX ledger_event_owner ON ledger_event (owner) WHERE owner IS NOT NULL;
CREATE INDEX ledger_event_held ON ledger_event (state, day) WHERE state IN (4, 5);
