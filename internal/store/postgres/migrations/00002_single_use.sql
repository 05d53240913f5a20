-- +goose Up

-- One row: what is mixed into every text that travels sealed. A copy of the
-- store is marked as one, and is not served before its epoch is raised.
CREATE TABLE single_use (
	id     bigint NOT NULL PRIMARY KEY CHECK (id = 1),
	epoch  bigint NOT NULL,
	nonce  bytea  NOT NULL,
	since  bigint NOT NULL, -- microseconds since 1970 UTC; 0: never raised
	copied bigint NOT NULL
);
-- Two UUIDs have 244 random bits; the digest makes 128 of them.
INSERT INTO single_use (id, epoch, nonce, since, copied)
VALUES (1, 1, substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR 16), 0, 0);
