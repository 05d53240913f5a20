-- +goose Up

-- A party's request that it sent ahead (RFC 9126), until the citizen has decided.
CREATE TABLE pushed_request (
	id    bytea  NOT NULL PRIMARY KEY, -- hash of what the party was told
	until bigint NOT NULL,
	body  bytea  NOT NULL
);
CREATE INDEX pushed_request_until ON pushed_request (until);

-- +goose Down

DROP TABLE pushed_request;
