package incident

import (
	"context"
	"fmt"
	"strings"
	"time"

	"netid/internal/identity"
)

// Document is the report to the authorities: the incident as it stands, and the same
// for people in both languages. It holds a count of people and nobody's identity.
type Document struct {
	Incident Incident      `json:"incident"`
	Due      time.Time     `json:"due"`
	Needs    []string      `json:"needs"`
	Made     time.Time     `json:"made"`
	Text     identity.Text `json:"text"`
}

// Document makes the report from what is kept.
func (a *Act) Document(ctx context.Context, ref string) (d Document, err error) {
	i, err := a.Read(ctx, ref)
	if err != nil {
		return d, err
	}
	d = Document{Incident: i, Due: i.Due(), Needs: i.Needs(a.now()), Made: a.now()}
	d.Text = identity.Text{ZH: d.write(chinese()), EN: d.write(english())}
	return d, nil
}

// tongue is the words of the document in one language.
type tongue struct {
	title, drill, late, none, count, spared string
	of                                      map[string]string
	lines                                   []string // labels in the order of the lines
	entries                                 string
	colon                                   string
	zone                                    *time.Location
}

func chinese() tongue {
	return tongue{title: "网络安全和个人信息安全事件报告", drill: "演练：以下内容没有发生，涉及的人都是虚构的", late: "（已超过报告时限）", none: "尚未", count: "%d 人", spared: "无需告知，理由：", entries: "经过", colon: "：", zone: time.FixedZone("UTC+8", 8*60*60),
		lines: []string{"编号", "类型", "级别", "知悉时间", "报告时限", "受影响人数", "报告时间", "危险消除时间", "告知个人时间", "本文生成时间", "个人信息种类", "原因", "可能造成的危害", "已采取的措施", "个人可以采取的措施", "联系方式"},
		of:    map[string]string{"leak": "个人信息泄露", "tampering": "个人信息篡改", "loss": "个人信息丢失", "intrusion": "入侵", "key": "密钥泄露", "outage": "服务中断", "general": "一般", "large": "较大", "major": "重大", "extreme": "特别重大"}}
}

func english() tongue {
	return tongue{title: "Report of a security incident", drill: "A DRILL: none of this happened, and the people are synthetic", late: " (the term is over)", none: "not yet", count: "%d", spared: "nobody need be told: ", entries: "What happened", colon: ": ", zone: time.UTC,
		lines: []string{"Reference", "Kind", "Severity", "Known since", "Report due", "People concerned", "Reported", "Danger removed", "People told", "This document", "Kinds of personal information", "Cause", "Harm that it may do", "Measures taken", "What people can do", "Contact"},
		of:    map[string]string{"leak": "leak", "tampering": "tampering", "loss": "loss", "intrusion": "intrusion", "key": "key exposed", "outage": "outage", "general": "general", "large": "large", "major": "major", "extreme": "extreme"}}
}

func (d Document) write(t tongue) string {
	i := d.Incident
	at := func(m time.Time) string {
		if m.IsZero() {
			return t.none
		}
		return m.In(t.zone).Format("2006-01-02 15:04:05 MST")
	}
	due, told := at(d.Due), at(i.Told)
	if i.Reported.IsZero() && d.Made.After(d.Due) || i.Reported.After(d.Due) {
		due += t.late
	}
	if i.Told.IsZero() && i.Spared != "" {
		told = t.spared + i.Spared
	}
	values := []string{i.Reference, t.of[i.Kind], t.of[i.Severity], at(i.Known), due, fmt.Sprintf(t.count, i.Affected), at(i.Reported), at(i.Removed), told, at(d.Made)}
	if n := i.Notice; n != nil {
		for _, x := range []identity.Text{n.Kinds, n.Cause, n.Harm, n.Measures, n.Yourself} {
			if t.zone == time.UTC {
				values = append(values, x.EN)
			} else {
				values = append(values, x.ZH)
			}
		}
		values = append(values, n.Contact)
	}
	var b strings.Builder
	fmt.Fprintln(&b, t.title)
	if i.Drill {
		fmt.Fprintln(&b, t.drill)
	}
	for n, v := range values {
		fmt.Fprintln(&b, t.lines[n]+t.colon+v)
	}
	fmt.Fprintln(&b, t.entries+t.colon)
	for _, e := range i.Entries {
		fmt.Fprintf(&b, "%s %s%s%s\n", at(e.At), e.By, t.colon, e.What)
	}
	return b.String()
}
