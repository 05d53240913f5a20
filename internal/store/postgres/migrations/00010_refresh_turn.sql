-- +goose Up

-- How often the refresh tokens of a verification were turned, where each is good once.
CREATE TABLE refresh_turn (
	id    bytea NOT NULL PRIMARY KEY, -- keyed hash of the verification's receipt
	turn  bigint NOT NULL,
	until bigint NOT NULL,
	code  bytea NOT NULL -- see 00007
);
CREATE INDEX refresh_turn_until ON refresh_turn (until);

-- +goose Down

-- While a refresh token lives this fails: which of them were used would be forgotten.
DELETE FROM refresh_turn WHERE until <= extract(epoch FROM now()) * 1000000;
CREATE TABLE nothing_turns (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_turns (rows_left) SELECT count(*) FROM refresh_turn;
DROP TABLE nothing_turns;
DROP TABLE refresh_turn;
