-- +goose Up

-- How far a pass has come that wraps everything of one sort under newer keys.
CREATE TABLE rewrap (
	what    text   NOT NULL PRIMARY KEY, -- person, certificate or shelf
	target  bigint NOT NULL,             -- generation of the keys it is for
	reached bytea  NOT NULL,             -- the last row that is done
	done    bigint NOT NULL,
	total   bigint NOT NULL,
	odd     bigint NOT NULL,
	ended   bigint NOT NULL
);
