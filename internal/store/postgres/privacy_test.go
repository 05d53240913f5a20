package postgres_test

import (
	"strings"
	"testing"

	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

const columnsQuery = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('goose_db_version', 'shelf_version') AND table_name NOT LIKE 'ledger\\_event\\_%' ORDER BY 1"

// TestPrivacyNamesEveryColumn compares both schemas with docs/privacy.md, both ways.
func TestPrivacyNamesEveryColumn(t *testing.T) {
	server := postgrestest.Ready(t)
	rows, shelf := server.Database(t), server.Database(t)
	connect(t, rows).Close()
	openShelf(t, shelf)
	storetest.Described(t, strings.Fields(server.RunAt(t, rows, columnsQuery)), "../../../docs/privacy.md", "")
	storetest.Described(t, strings.Fields(server.RunAt(t, shelf, columnsQuery)), "../../../docs/privacy.md", "shelf_")
}
