package store_test

import (
	"testing"
	"testing/fstest"

	"netid/internal/store"
)

func TestReversible(t *testing.T) {
	up, both := &fstest.MapFile{Data: []byte("-- +goose Up\nx")}, &fstest.MapFile{Data: []byte("-- +goose Up\nx\n-- +goose Down\ny")}
	if err := store.Reversible(fstest.MapFS{"m/1.sql": up, "m/2.sql": both}, "m"); err != nil {
		t.Error(err)
	}
	if store.Reversible(fstest.MapFS{"m/1.sql": both, "m/2.sql": up}, "m") == nil || store.Reversible(fstest.MapFS{}, "m") == nil {
		t.Error("no way back, and yet it is taken")
	}
}
