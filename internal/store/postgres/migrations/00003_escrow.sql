-- +goose Up

-- A person's key of one month and class of retention, sealed to the officers'
-- quorum.
CREATE TABLE escrow (
	idx   bytea  NOT NULL PRIMARY KEY,
	month bigint NOT NULL, -- months since January of the year 0
	class bigint NOT NULL,
	body  bytea  NOT NULL
);
CREATE INDEX escrow_period ON escrow (month, class);

-- Entries of erased persons, by what they are held for.
CREATE INDEX ledger_event_held ON ledger_event (state, day) WHERE state IN (4, 5);
