package partner_test

import (
	"strings"
	"testing"
	"time"
)

// A proof of a domain is due anew within a year: the page says so 30 days before, in both
// languages, and one press proves it (M09).
func TestM09ADomainIsProvenAnewThroughThePages(t *testing.T) {
	d := open(t)
	p := d.founds("en")
	const host = "company.example"
	d.k.Published = map[string]string{"https://" + host + "/.well-known/netid-party.txt": p.label}
	p.want(303, "/partner/domains")(p.do("POST", "/partner/domains", "host", host))
	if body := p.want(200, `data-domain="`+host+`"`)(p.do("GET", "/partner/domains")); strings.Contains(body, "data-due") || !strings.Contains(body, "proved until") {
		t.Error(body)
	}
	for _, c := range []struct {
		days          int
		due, says, zh string
	}{{340, "soon", "ends soon", "快到期了"}, {366, "over", "What is in effect goes on", "已生效的平台照常运行"}} {
		d.k.Advance(time.Duration(c.days) * 24 * time.Hour)
		p.signsIn()
		if body := p.want(200, `data-due="`+c.due+`"`)(p.do("GET", "/partner/domains")); !strings.Contains(body, c.says) {
			t.Error(body)
		}
		q := d.person("zh-CN")
		q.cookie = p.cookie
		q.want(200, c.zh)(q.do("GET", "/partner/domains"))
		p.want(303, "/partner/domains")(p.do("POST", "/partner/domains", "host", host))
		if body := p.want(200, `data-domain="`+host+`"`)(p.do("GET", "/partner/domains")); strings.Contains(body, "data-due") {
			t.Error(body)
		}
	}
}
