-- +goose Up

-- A party's request that it sent ahead (RFC 9126), until the citizen has decided.
CREATE TABLE pushed_request (
	id    bytea  NOT NULL PRIMARY KEY, -- hash of what the party was told
	until bigint NOT NULL,
	body  bytea  NOT NULL,
	code  bytea  NOT NULL
);
CREATE INDEX pushed_request_until ON pushed_request (until);

-- +goose Down

-- What nobody can answer any more goes. While a citizen may still decide, 17
-- minutes at most, this fails.
DELETE FROM pushed_request WHERE until <= extract(epoch FROM now()) * 1000000;
CREATE TABLE nothing_waits (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_waits (rows_left) SELECT count(*) FROM pushed_request;
DROP TABLE nothing_waits;
DROP TABLE pushed_request;
