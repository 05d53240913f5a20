-- +goose Up

-- Records about persons end by days, a partition at a time. An id is used once on
-- its day: it has the day in it. public is 1 of events about nobody, which stay.
-- The server makes partitions ahead (days.go); what has none is in ledger_event_rest.
ALTER TABLE ledger_event RENAME TO ledger_plain;
ALTER INDEX ledger_event_owner RENAME TO ledger_plain_owner;
ALTER INDEX ledger_event_held RENAME TO ledger_plain_held;
ALTER INDEX ledger_event_pkey RENAME TO ledger_plain_pkey;
CREATE TABLE ledger_event (
	public bigint NOT NULL,
	day    bigint NOT NULL,
	id     bytea  NOT NULL,
	seq    bigint NOT NULL, -- position in the tree, from 0
	bucket bigint NOT NULL,
	owner  bytea,
	leaf   bytea  NOT NULL,
	state  bigint NOT NULL,
	mac    bytea  NOT NULL,
	body   bytea,
	PRIMARY KEY (public, day, id)
) PARTITION BY LIST (public);
-- Bodies are sealed: trying to make them smaller costs and never helps.
ALTER TABLE ledger_event ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE ledger_event_public PARTITION OF ledger_event FOR VALUES IN (1);
CREATE TABLE ledger_event_person PARTITION OF ledger_event FOR VALUES IN (0) PARTITION BY RANGE (day);
CREATE TABLE ledger_event_rest PARTITION OF ledger_event_person DEFAULT;
CREATE INDEX ledger_event_seq ON ledger_event (seq);
CREATE INDEX ledger_event_owner ON ledger_event (owner) WHERE owner IS NOT NULL;
CREATE INDEX ledger_event_held ON ledger_event (state, day) WHERE state IN (4, 5);
INSERT INTO ledger_event (public, day, id, seq, bucket, owner, leaf, state, mac, body)
SELECT CASE state WHEN 2 THEN 1 ELSE 0 END, day, id, seq, bucket, owner, leaf, state, mac, body FROM ledger_plain ORDER BY seq;
DROP TABLE ledger_plain;

-- What stays of entries whose rows are gone: leaf and day of 256 neighbours a row.
CREATE TABLE ledger_past (
	idx    bigint NOT NULL PRIMARY KEY, -- the entries from 256 times this on
	leaves bytea  NOT NULL,             -- 32 bytes each
	days   bytea  NOT NULL,             -- 4 bytes each
	mac    bytea  NOT NULL
);
ALTER TABLE ledger_past ALTER COLUMN leaves SET STORAGE EXTERNAL;

-- The day below which entries about persons are closed, and once it was said in
-- the ledger, gone.
CREATE TABLE ledger_floor (
	id   bigint NOT NULL PRIMARY KEY CHECK (id = 1),
	day  bigint NOT NULL,
	said bigint NOT NULL,
	mac  bytea  NOT NULL
);

-- +goose Down

-- A row that is gone would be missing to the program of before: with one this fails.
CREATE TABLE nothing_gone (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_gone (rows_left) SELECT count(*) FROM ledger_floor;
DROP TABLE nothing_gone;
DROP TABLE ledger_floor;
DROP TABLE ledger_past;
CREATE TABLE ledger_plain (
	seq    bigint NOT NULL PRIMARY KEY,
	id     bytea  NOT NULL UNIQUE,
	day    bigint NOT NULL,
	bucket bigint NOT NULL,
	owner  bytea,
	leaf   bytea  NOT NULL,
	state  bigint NOT NULL,
	mac    bytea  NOT NULL,
	body   bytea
);
ALTER TABLE ledger_plain ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO ledger_plain (seq, id, day, bucket, owner, leaf, state, mac, body)
SELECT seq, id, day, bucket, owner, leaf, state, mac, body FROM ledger_event ORDER BY seq;
DROP TABLE ledger_event;
ALTER TABLE ledger_plain RENAME TO ledger_event;
ALTER INDEX ledger_plain_pkey RENAME TO ledger_event_pkey;
CREATE INDEX ledger_event_owner ON ledger_event (owner) WHERE owner IS NOT NULL;
CREATE INDEX ledger_event_held ON ledger_event (state, day) WHERE state IN (4, 5);
