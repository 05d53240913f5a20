-- +goose Up

-- How far a pass has come that wraps everything of one sort under newer keys.
CREATE TABLE rewrap (
	what    TEXT    NOT NULL PRIMARY KEY, -- person, certificate or shelf
	target  INTEGER NOT NULL,             -- generation of the keys it is for
	reached BLOB    NOT NULL,             -- the last row that is done
	done    INTEGER NOT NULL,
	total   INTEGER NOT NULL,
	odd     INTEGER NOT NULL,
	ended   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
