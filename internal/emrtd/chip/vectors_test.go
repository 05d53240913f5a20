package chip_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"netid/internal/emrtd/chip"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// zone is the data group 1 of a TD3 zone with these fields and digits.
func zone(number, birth, expires string) []byte {
	line := strings.Repeat("<", 44) + number + "UTO" + birth + "F" + expires
	line += strings.Repeat("<", 88-len(line))
	return append([]byte{0x61, 0x5B, 0x5F, 0x1F, 0x58}, line...)
}

func TestWorkedExamplesOfICAO(t *testing.T) {
	b, err := os.ReadFile("../testdata/vectors/9303-11.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name, Access string
		ChipRandom   []string `json:"chip_random"`
		Open, Read   [][2]string
	}
	if err := json.Unmarshal(b, &list); err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	com := unhex(t, "60145F0104303130365F36063034303030305C026175")
	for i, v := range list {
		content := chip.Content{Files: map[int][]byte{chip.EFCOM: com, chip.EFDG1: zone("L898902C<3", "6908061", "9406236")}}
		if i == 1 {
			content.Files[chip.EFDG1] = zone("T220001293", "6408125", "1010318")
			content.PACE = []chip.PACE{{Cipher: chip.AES128, Parameter: 13}}
			if got := chip.Infos(content.PACE, nil); !bytes.Equal(got, unhex(t, v.Access)) {
				t.Errorf("EF.CardAccess %X", got)
			}
		}
		c := chip.New(content, bytes.NewReader(unhex(t, strings.Join(v.ChipRandom, ""))))
		select1 := [2]string{"00A4040C07A0000002471001", "9000"}
		for _, step := range append(append([][2]string{select1}, v.Open...), v.Read...) {
			if got, err := c.Transmit(unhex(t, step[0])); err != nil || !bytes.Equal(got, unhex(t, step[1])) {
				t.Errorf("%s: %s: %X %v, want %s", v.Name, step[0], got, err, step[1])
				break
			}
		}
	}
}
