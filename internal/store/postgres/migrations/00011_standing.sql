-- +goose Up

-- A standing consent lies in the person's link to the party, sealed under the
-- person's own key and bound to the row; until is a whole day and for the sweeper alone.
ALTER TABLE party_link ADD COLUMN until bigint NOT NULL DEFAULT 0;
ALTER TABLE party_link ADD COLUMN consent bytea;
CREATE INDEX party_link_until ON party_link (until) WHERE until > 0;

-- +goose Down

-- A consent that goes is a page that is shown again: nothing that anybody relies on.
DELETE FROM party_link WHERE generation = 0; -- to the program of before such a link is none
DROP INDEX party_link_until;
ALTER TABLE party_link DROP COLUMN consent;
ALTER TABLE party_link DROP COLUMN until;
