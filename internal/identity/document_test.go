package identity_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"netid/internal/identity"
)

// A long-term document carries no last day. It must survive being sealed and
// opened like any other, and an empty text from outside is still no date.
func TestLongTermDocumentIsReadAgain(t *testing.T) {
	for _, d := range []identity.Document{
		{Kind: identity.ResidentCard, Birth: identity.Date{Year: 1950, Month: 2, Day: 3}, Long: true},
		{Kind: identity.PassportAbroad, Birth: identity.Date{Year: 1950, Month: 2, Day: 3}, Expires: identity.Date{Year: 2035, Month: 1, Day: 1}},
	} {
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var got identity.Document
		if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("%s: %+v %v", b, got, err)
		}
	}
	for _, bad := range []string{`"0000-00-00"`, `"2023-02-29"`, `1`} {
		var d identity.Date
		if json.Unmarshal([]byte(bad), &d) == nil {
			t.Errorf("%s is a date", bad)
		}
	}
	if _, err := identity.ParseDate(""); err == nil {
		t.Error("an empty text is a date")
	}
}
