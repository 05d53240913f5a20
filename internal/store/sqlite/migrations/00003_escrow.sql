-- +goose Up

-- A person's key of one month and class of retention, sealed to the officers'
-- quorum. WITHOUT ROWID: no row tells when it was written against another.
CREATE TABLE escrow (
	idx   BLOB    NOT NULL PRIMARY KEY,
	month INTEGER NOT NULL, -- months since January of the year 0
	class INTEGER NOT NULL,
	body  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX escrow_period ON escrow (month, class);

-- Entries of erased persons, by what they are held for.
CREATE INDEX ledger_event_held ON ledger_event (state, day) WHERE state IN (4, 5);
