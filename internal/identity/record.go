package identity

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"netid/internal/fault"
)

// RecordLine is one thing that a record says, as it is read before it is endorsed.
type RecordLine struct {
	Mark  string // "+": new; "-": gone; " ": as it was before
	Name  string // its place in the record: "name.zh", "redirect_uris[]"
	Value string
}

// String is the line as a terminal shows it.
func (l RecordLine) String() string { return l.Name + ": " + l.Value }

// Top is the member of the record that the line belongs to.
func (l RecordLine) Top() string {
	if i := strings.IndexAny(l.Name, ".["); i >= 0 {
		return l.Name[:i]
	}
	return l.Name
}

// RecordMembers are all members that a party's record may have.
func RecordMembers() (all []string) {
	for f := range reflect.TypeFor[partyRecord]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

// CompareRecords gives a record line by line, with what was gone from the one before
// first. Whatever a record has is a line, so that nobody signs what they did not see.
// before may be empty: then all is new. Fails with Invalid "record_invalid".
func CompareRecords(before, after []byte) (all []RecordLine, err error) {
	was, err := recordLines(before)
	if err != nil {
		return nil, err
	}
	is, err := recordLines(after)
	if err != nil {
		return nil, err
	}
	for _, l := range was {
		if !slices.Contains(is, l) {
			all = append(all, RecordLine{"-", l.Name, l.Value})
		}
	}
	for _, l := range is {
		l.Mark = "+"
		if slices.Contains(was, RecordLine{Name: l.Name, Value: l.Value}) {
			l.Mark = " "
		}
		all = append(all, l)
	}
	return all, nil
}

func recordLines(record []byte) (all []RecordLine, err error) {
	if len(record) == 0 {
		return nil, nil
	}
	var v map[string]any
	if json.Unmarshal(record, &v) != nil {
		return nil, fault.Newf("identity.recordLines", fault.Invalid, "record_invalid", "the record is no JSON object")
	}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(at+"."+name, inner)
			}
		case []any:
			for _, inner := range v {
				walk(at+"[]", inner)
			}
		default:
			all = append(all, RecordLine{Name: at[1:], Value: fmt.Sprint(v)})
		}
	}
	for name, inner := range v {
		walk("."+name, inner)
	}
	slices.SortFunc(all, func(x, y RecordLine) int { return strings.Compare(x.String(), y.String()) })
	return all, nil
}
