-- +goose Up

-- What is still to be delivered, and for some days what could not be. due is in
-- microseconds since 1970 UTC: the next attempt, the end of the lease of
-- the one under way, or of a dead delivery when its row goes.
CREATE TABLE outbox (
	id       BLOB    NOT NULL PRIMARY KEY,
	slot     BLOB,
	due      INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	dead     INTEGER NOT NULL,
	body     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (dead, due);
CREATE UNIQUE INDEX outbox_slot ON outbox (slot) WHERE slot IS NOT NULL;
