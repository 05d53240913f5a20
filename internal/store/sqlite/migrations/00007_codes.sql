-- +goose Up

-- code is a keyed hash over what else is in its row, under a key that the store does
-- not hold (docs/adr/0027-rows-with-codes.md). A row without one is refused; the
-- program fills those of before, once. There is no way back: rows without
-- codes could be altered without a word.

-- The code of a slot to be destroyed had another form. The server of before destroys
-- what waits at its start; with a slot still to be destroyed this fails.
CREATE TABLE nothing_waits (rows_left INTEGER NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_waits (rows_left) SELECT count(*) FROM pending_shred;
DROP TABLE nothing_waits;

ALTER TABLE person ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE certificate ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE party_link ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE person_chain ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE escrow ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE party ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE draft ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE once ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE counter ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE revoked_verification ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE rewrap ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE outbox ADD COLUMN code BLOB NOT NULL DEFAULT x'';
ALTER TABLE single_use ADD COLUMN code BLOB NOT NULL DEFAULT x'';
