-- +goose Up

-- How often the refresh tokens of a verification were turned, where each is good once.
CREATE TABLE refresh_turn (
	id    BLOB NOT NULL PRIMARY KEY, -- keyed hash of the verification's receipt
	turn  INTEGER NOT NULL,
	until INTEGER NOT NULL,
	code  BLOB NOT NULL -- see 00007
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_turn_until ON refresh_turn (until);

-- +goose Down

-- While a refresh token lives this fails: which of them were used would be forgotten.
DELETE FROM refresh_turn WHERE until <= unixepoch() * 1000000;
CREATE TABLE nothing_turns (rows_left INTEGER NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_turns (rows_left) SELECT count(*) FROM refresh_turn;
DROP TABLE nothing_turns;
DROP TABLE refresh_turn;
