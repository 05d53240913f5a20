-- +goose Up

-- A slot to be destroyed is the one thing in this store that ends something
-- outside of it. code is a keyed hash of it, under a key that the store does not hold:
-- whoever can write rows ends nobody. A row from before has none and is refused.
ALTER TABLE pending_shred ADD COLUMN code bytea NOT NULL DEFAULT '';

-- +goose Down

-- Nothing that waits is lost: with a slot still to be destroyed this fails.
CREATE TABLE nothing_waits (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_waits (rows_left) SELECT count(*) FROM pending_shred;
DROP TABLE nothing_waits;
ALTER TABLE pending_shred DROP COLUMN code;
