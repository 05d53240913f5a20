package staff

import (
	"context"
	"encoding/json"
	"strconv"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

type set map[law.Setting]int

// Setting is its value now. One below the law's floor, however it came there, is not
// followed: the law's own counts (N15).
func (a *Act) Setting(ctx context.Context, s law.Setting) (int, error) {
	var kept set
	_, err := a.Dossiers.Read(ctx, settings, "now", &kept)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return 0, fault.At("staff.Setting", err)
	}
	if v, there := kept[s]; there && law.MaySet(s, v) {
		return v, nil
	}
	return law.Loosest(s), nil
}

// change is the body of a proposal about a setting.
type change struct {
	Setting law.Setting `json:"setting"`
	Value   int         `json:"value"`
}

func (a *Act) settingKind() Kind {
	return Kind{
		Check: func(ctx context.Context, p Proposal) (identity.Text, error) {
			c, err := decoded[change](p.Body)
			if err != nil {
				return identity.Text{}, err
			}
			if !law.MaySet(c.Setting, c.Value) {
				return identity.Text{}, fault.New("staff.setting", fault.Forbidden, "setting_floor")
			}
			now, err := a.Setting(ctx, c.Setting)
			v, n := strconv.Itoa(c.Value), strconv.Itoa(now)
			name := law.SettingName(c.Setting)
			return identity.Text{ZH: "设置“" + name.ZH + "”：由 " + n + " 改为 " + v, EN: "Setting “" + name.EN + "”: from " + n + " to " + v}, err
		},
		Verbs: func(ctx context.Context, p Proposal) ([]identity.Verb, error) {
			c, err := decoded[change](p.Body)
			if err != nil {
				return nil, err
			}
			kept := set{}
			version, err := a.Dossiers.Read(ctx, settings, "now", &kept)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			kept[c.Setting] = c.Value
			v, err := a.Dossiers.Keep(settings, "now", version, kept)
			return []identity.Verb{v}, err
		},
	}
}

// SettingBody is the body of a proposal that changes a setting.
func SettingBody(s law.Setting, value int) []byte {
	b, err := json.Marshal(change{s, value})
	if err != nil { // of a word and a number: there is none
		return nil
	}
	return b
}
