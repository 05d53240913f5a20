package postgres_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"netid/internal/fault"
	"netid/internal/store/postgres"
	"netid/internal/suite"
	"netid/internal/vault"
	postgrestest "netid/test/postgres"
)

// A shelf's file becomes a table: each slot as it is sealed, zeros as an empty
// one, what does not open as it is. What differs afterwards is found.
func TestShelfFromAFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Ready(t)
	path := filepath.Join(t.TempDir(), "people.shelf")
	keys := suite.Only(secret(9))
	file, err := vault.OpenShelf(path, keys)
	must(t, err)
	for n := range byte(4) {
		_, err := file.Put(secret(100 + n))
		must(t, err)
	}
	must(t, file.Destroy(2))
	must(t, file.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	b[3*64+40] ^= 1 // a slot that does not open

	at := server.Database(t)
	fill := func(b []byte) error { return postgres.FillShelf(ctx, address(t, at), keys, bytes.NewReader(b)) }
	must(t, fill(b[:4*64])) // of an earlier run: replaced
	must(t, fill(b))
	if err := fill(b[:5*64-1]); err == nil {
		t.Error("half a slot")
	}
	if err := postgres.FillShelf(ctx, address(t, server.Database(t)), suite.Only(secret(8)), bytes.NewReader(b)); !fault.Is(err, fault.Internal) {
		t.Error("under another key:", err)
	}
	other := server.Database(t)
	openShelf(t, other)
	if err := postgres.FillShelf(ctx, address(t, other), keys, bytes.NewReader(b)); !fault.Because(err, "target_not_empty") {
		t.Error("over another shelf:", err)
	}
	server.RunAt(t, other, "DELETE FROM shelf_head")
	server.RunAt(t, other, "INSERT INTO shelf_slot VALUES (1, '')")
	if err := postgres.FillShelf(ctx, address(t, other), keys, bytes.NewReader(b)); !fault.Because(err, "target_not_empty") {
		t.Error("over slots without a head:", err)
	}

	s, err := postgres.OpenShelfReadOnly(ctx, address(t, at), keys)
	must(t, err)
	defer s.Close()
	compare := func(b []byte) error {
		got, err := s.Compare(ctx, bytes.NewReader(b))
		if want := (postgres.Slots{Held: 2, Destroyed: 1, Odd: 1}); err == nil && got != want {
			t.Errorf("%+v", got)
		}
		return err
	}
	must(t, compare(b))
	head, longer := bytes.Clone(b), append(bytes.Clone(b), make([]byte, 64)...)
	head[63] ^= 1
	for name, odd := range map[string][]byte{"shorter": b[:4*64], "longer": longer, "another head": head, "half a slot": b[:5*64-1]} {
		if compare(odd) == nil {
			t.Error(name)
		}
	}
	for _, alter := range []string{
		"UPDATE shelf_slot SET body = '' WHERE slot = 1", "UPDATE shelf_slot SET body = set_byte(body, 40, 1) WHERE slot = 4",
		"DELETE FROM shelf_slot WHERE slot = 1", "INSERT INTO shelf_slot VALUES (9, '')", "SELECT setval('shelf_number', 2)",
	} {
		server.RunAt(t, at, alter)
		if compare(b) == nil {
			t.Error("not found:", alter)
		}
		must(t, fill(b))
		must(t, compare(b))
	}
	writing := openShelf(t, at)
	if k, err := writing.Get(4); err != nil || k != secret(103) {
		t.Error(err)
	}
	if _, err := writing.Get(2); !fault.Because(err, "person_erased") {
		t.Error(err)
	}
	if slot := put(t, writing, secret(1)); slot != 5 {
		t.Errorf("slot %d", slot)
	}
}
