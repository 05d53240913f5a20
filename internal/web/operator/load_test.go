package operator_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// The load is plotted and tabled, to every role that may read figures and to no stranger.
func TestLoad(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	if body := system.want(200, "None.")(system.do("GET", "/operator/load")); strings.Contains(body, "<svg class=\"plot\"") {
		t.Error("a picture of nothing")
	}
	for i := range 4 {
		d.load.Answered(d.k.Now(), []int{200, 200, 404, 500}[i], time.Second)
	}
	d.load.Answered(d.k.Now().Add(-time.Minute), 200, time.Millisecond)
	body := system.want(200, `data-plot="asked" data-all="5"`)(system.do("GET", "/operator/load"))
	for _, has := range []string{`data-plot="refused" data-all="1"`, `data-plot="failed" data-all="1"`, `data-plot="took" data-all="5"`, "5 in all, the highest bar 4.", `<th scope="row">≤ 2000 ms</th><td>4</td>`} {
		if !strings.Contains(body, has) {
			t.Errorf("no %s on\n%s", has, body)
		}
	}
	if bars := regexp.MustCompile(`<rect x="590" y="0" width="8" height="120"`).FindAllString(body, -1); len(bars) != 3 {
		t.Error(len(bars), "bars of this minute as high as the picture")
	}
	if strings.Contains(body, "style=") {
		t.Error("a style in the line: the policy refuses it")
	}
	security.want(200, "共 5，最高的一柱 4。")(security.do("GET", "/operator/load"))
	stranger := &person{desk: d, locale: "en"}
	stranger.want(401, "staff_signed_out")(stranger.do("GET", "/operator/load"))
}
