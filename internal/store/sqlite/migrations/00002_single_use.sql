-- +goose Up

-- One row: what is mixed into every text that travels sealed. A copy of the
-- store is marked as one, and is not served before its epoch is raised.
CREATE TABLE single_use (
	id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	epoch  INTEGER NOT NULL,
	nonce  BLOB    NOT NULL,
	since  INTEGER NOT NULL, -- microseconds since 1970 UTC; 0: never raised
	copied INTEGER NOT NULL
) STRICT;
INSERT INTO single_use (id, epoch, nonce, since, copied) VALUES (1, 1, randomblob(16), 0, 0);
