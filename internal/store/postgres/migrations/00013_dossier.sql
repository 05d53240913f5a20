-- +goose Up

-- Records of the service's own work: its staff, proposals, incidents. Each is
-- sealed; id and shelf are keyed, so a row does not say of what sort it is.
CREATE TABLE dossier (
	id      bytea NOT NULL PRIMARY KEY,
	shelf   bytea NOT NULL,
	version bigint NOT NULL,
	body    bytea NOT NULL,
	code    bytea NOT NULL -- see 00007
);
CREATE INDEX dossier_shelf ON dossier (shelf, id);

-- +goose Down

-- What the service recorded of its own work is not forgotten by going back.
CREATE TABLE nothing_recorded (rows_left bigint NOT NULL CHECK (rows_left = 0));
INSERT INTO nothing_recorded (rows_left) SELECT count(*) FROM dossier;
DROP TABLE nothing_recorded;
DROP TABLE dossier;
