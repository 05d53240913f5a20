-- +goose Up

-- A slot to be destroyed is the one thing in this store that ends something
-- outside of it. code is a keyed hash of it, under a key that the store does not hold:
-- whoever can write rows ends nobody. A row from before has none and is refused.
ALTER TABLE pending_shred ADD COLUMN code bytea NOT NULL DEFAULT '';
