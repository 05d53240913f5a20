-- +goose Up

-- code is a keyed hash over what else is in its row, under a key that the store does
-- not hold (docs/adr/0027-rows-with-codes.md). A row without one is refused; the
-- program fills those of before, once. There is no way back: rows without
-- codes could be altered without a word.

-- The code of a slot to be destroyed had another form. The server of before destroys
-- what waits at its start; with a slot still to be destroyed this fails.
CREATE TABLE nothing_waits (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_waits (rows_left) SELECT count(*) FROM pending_shred;
DROP TABLE nothing_waits;

ALTER TABLE person ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE certificate ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE party_link ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE person_chain ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE escrow ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE party ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE draft ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE once ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE counter ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE revoked_verification ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE rewrap ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN code bytea NOT NULL DEFAULT '';
ALTER TABLE single_use ADD COLUMN code bytea NOT NULL DEFAULT '';

-- A server of before that still runs would insert rows without one: it fails instead.
ALTER TABLE person ALTER COLUMN code DROP DEFAULT;
ALTER TABLE certificate ALTER COLUMN code DROP DEFAULT;
ALTER TABLE party_link ALTER COLUMN code DROP DEFAULT;
ALTER TABLE person_chain ALTER COLUMN code DROP DEFAULT;
ALTER TABLE escrow ALTER COLUMN code DROP DEFAULT;
ALTER TABLE party ALTER COLUMN code DROP DEFAULT;
ALTER TABLE draft ALTER COLUMN code DROP DEFAULT;
ALTER TABLE once ALTER COLUMN code DROP DEFAULT;
ALTER TABLE counter ALTER COLUMN code DROP DEFAULT;
ALTER TABLE revoked_verification ALTER COLUMN code DROP DEFAULT;
ALTER TABLE rewrap ALTER COLUMN code DROP DEFAULT;
ALTER TABLE outbox ALTER COLUMN code DROP DEFAULT;
