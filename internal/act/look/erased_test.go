package look_test

import (
	"encoding/json"
	"slices"
	"testing"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Who erased themselves checks it without this service: the record of it with its proof,
// by the ledger's key. Nothing else is given, neither somebody's record nor another word about nobody.
func TestAnErasureIsProvenToWhoeverLeft(t *testing.T) {
	k, all, ctx := scene(t)
	records, err := k.Look.Records(ctx, all[1].Session)
	if err != nil {
		t.Fatal(err)
	}
	r, err := k.Erase.Erase(ctx, all[0].Session, all[0].Passcode)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{records[0].Event.ID}
	rows, err := k.Store.Entries(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if e, _, err := ledger.OpenEntry(identity.Keys{}, row); err == nil && e.ID != r.ID {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) < 2 {
		t.Fatal("there is no other public record")
	}
	for _, other := range ids {
		id, err := identity.ParseEventID(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Look.Erased(ctx, id); !fault.Because(err, "record_unknown") {
			t.Errorf("%s is given to everybody: %v", other, err)
		}
	}
	id, err := identity.ParseEventID(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	file, err := k.Look.Erased(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	known := client.Known{Ledger: k.Keeper.VerifierKey(), Now: k.Now()}
	if got := client.Read(file, known); got.Form != client.FormRecord || got.Verdict != client.Proven || !slices.Contains(got.Facts, client.Fact{Name: "event", Value: "erased"}) {
		t.Errorf("the client does not believe it: %+v", got)
	}
	var x map[string]any
	if err := json.Unmarshal(file, &x); err != nil {
		t.Fatal(err)
	}
	x["index"] = x["index"].(float64) - 1
	wrong, err := json.Marshal(x)
	if got := client.Read(wrong, known); err != nil || got.Verdict != client.NotProven {
		t.Error("the client believes another place: ", got, err)
	}
}
