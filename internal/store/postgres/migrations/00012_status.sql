-- +goose Up

-- Where the status of a certificate stands in the published lists; 0: in none, as
-- those of before. It is a number drawn from a keyed permutation, so it tells neither when
-- the certificate was made nor whose it is.
ALTER TABLE certificate ADD COLUMN place bigint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX certificate_place ON certificate (place) WHERE place > 0;

-- Places whose status is or was another than valid. turn grows with each change.
CREATE TABLE status_mark (
	place  bigint NOT NULL PRIMARY KEY,
	status bigint NOT NULL,
	turn   bigint NOT NULL,
	code   bytea  NOT NULL -- see 00007
);
CREATE INDEX status_mark_turn ON status_mark (turn);

-- +goose Down

-- What is revoked must not become valid, nor a place be given twice: once
-- certificates have places this fails.
CREATE TABLE nothing_placed (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_placed (rows_left) SELECT count(*) FROM certificate WHERE place > 0;
INSERT INTO nothing_placed (rows_left) SELECT count(*) FROM status_mark;
DROP TABLE nothing_placed;
DROP TABLE status_mark;
DROP INDEX certificate_place;
ALTER TABLE certificate DROP COLUMN place;
