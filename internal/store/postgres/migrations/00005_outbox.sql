-- +goose Up

-- What is still to be delivered, and for some days what could not be. due is in
-- microseconds since 1970 UTC: the next attempt, the end of the lease of
-- the one under way, or of a dead delivery when its row goes.
CREATE TABLE outbox (
	id       bytea  NOT NULL PRIMARY KEY,
	slot     bytea,
	due      bigint NOT NULL,
	attempts bigint NOT NULL,
	dead     bigint NOT NULL,
	body     bytea  NOT NULL
);
CREATE INDEX outbox_due ON outbox (dead, due);
CREATE UNIQUE INDEX outbox_slot ON outbox (slot) WHERE slot IS NOT NULL;
