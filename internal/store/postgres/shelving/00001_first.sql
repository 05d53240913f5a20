-- The shelf of person secrets, in a database of its own: see
-- docs/adr/0002-person-keys-on-a-shelf.md.

-- +goose Up

-- One row: the sealed random name of this shelf.
CREATE TABLE shelf_head (
	id   bigint NOT NULL PRIMARY KEY CHECK (id = 1),
	body bytea  NOT NULL
);

-- A sealed secret a slot; an empty body is one that was destroyed.
CREATE TABLE shelf_slot (
	slot bigint NOT NULL PRIMARY KEY CHECK (slot > 0),
	body bytea  NOT NULL
);
ALTER TABLE shelf_slot ALTER COLUMN body SET STORAGE PLAIN;

-- Slots are never used again, so the numbers never come round.
CREATE SEQUENCE shelf_number AS bigint MINVALUE 1 NO CYCLE OWNED BY shelf_slot.slot;
