-- +goose Up

-- A party's request that it sent ahead (RFC 9126), until the citizen has decided.
CREATE TABLE pushed_request (
	id    BLOB    NOT NULL PRIMARY KEY, -- hash of what the party was told
	until INTEGER NOT NULL,
	body  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_request_until ON pushed_request (until);

-- +goose Down

DROP TABLE pushed_request;
