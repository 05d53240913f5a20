package dump_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

const parties = 20

// people are how many live in the town: NETID_PEOPLE for the whole campaign.
func people() int {
	if n, err := strconv.Atoi(os.Getenv("NETID_PEOPLE")); err == nil {
		return n
	}
	return 120
}

// visit is one answer that a party got, as the party keeps it in its own log,
// and behind it whose it was.
type visit struct {
	person  int
	party   int
	subject string
	receipt string
	at      time.Time
}

// truth is what is known of one person to whoever has all keys: the names of
// their rows on every side.
type truth struct {
	secrets []string // what must stand nowhere: names, numbers, telephones
	ids     []string // what only netid knows: the net number and the handle
	rows    map[string][]string
	order   int // of enrolment
	slot    uint64
}

// town is a service that people lived with, stopped, and everything that is true of it.
type town struct {
	dir     string
	seed    uint64
	truths  []truth
	visits  []visit
	parties []identity.PartyID
	asked   [][]identity.AgeMark
	running string                        // a copy of the files while the service ran
	settled string                        // and a moment later, when its log was emptied
	lately  int                           // people who enrolled since it was emptied before
	entry   func(identity.EventID) []byte // the store's name of a record, which needs a key
}

// inhabited lets people enrol, sign in, verify, decline, withdraw, freeze and
// thaw in a random order over two months.
func inhabited(t *testing.T, n int) *town {
	t.Helper()
	w := &town{dir: memory(t), seed: uint64(time.Now().UnixNano())}
	t.Logf("%d people, %d parties, seed %d", n, parties, w.seed)
	dice := rand.New(rand.NewPCG(w.seed, 1))
	k := kit.Open(t, w.dir, law.New())
	w.admit(t, k)
	l := &life{w: w, k: k, t: t, dice: dice, all: make([]*resident, n)}
	w.truths = make([]truth, n)
	for i := range l.all {
		l.all[i] = l.resident(i)
	}
	// Everybody has a day to enrol on and some days to do something.
	type step struct {
		at time.Time
		do func()
	}
	var steps []step
	for i, r := range l.all {
		day := dice.IntN(30)
		steps = append(steps, step{moment(dice, day), func() { l.enrol(i) }})
		for range 3 + dice.IntN(6) {
			steps = append(steps, step{moment(dice, day+1+dice.IntN(30)), func() { l.act(r) }})
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for done, s := range steps {
		k.Advance(max(0, s.at.Sub(k.Now())))
		s.do()
		if done == len(steps)/4 {
			w.running, w.lately = w.copied(t), l.came-w.lately
		}
		if done%(len(steps)/7) == 0 { // as the server does by itself each minute
			must(t, k.Store.Sweep(t.Context(), k.Now()))
			must(t, k.Store.Settle(t.Context()))
			if w.running == "" {
				w.lately = l.came
			} else if w.settled == "" {
				w.settled = w.copied(t)
			}
		}
	}
	l.learn()
	w.entry = func(id identity.EventID) []byte { return k.Keeper.EntryKey(id).ID }
	k.Close()
	return w
}

// copied takes the files of the database as they lie there.
func (w *town) copied(t *testing.T) string {
	t.Helper()
	to := filepath.Join(memory(t), "netid.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(w.dir, "netid.db"+suffix))
		must(t, err)
		must(t, os.WriteFile(to+suffix, b, 0o600))
	}
	return to
}

// moment is a time of a day that ends an hour before midnight: an answer is
// redeemed seconds after its approval, and both belong to one day.
func moment(dice *rand.Rand, day int) time.Time {
	return kit.Start.Add(time.Duration(day)*24*time.Hour + time.Duration(dice.IntN(19*3600))*time.Second)
}

// admit registers parties as they are: some with a short name and a line of
// purpose, some with long ones, some that ask for marks.
func (w *town) admit(t *testing.T, k *kit.Kit) {
	t.Helper()
	for n := range parties {
		id := fmt.Sprintf("p%d%s", n, strings.Repeat("-of-the-town", n%5))
		in := admit.Application{ID: id, Name: "Shop " + strings.Repeat("and Sons ", n%7) + strconv.Itoa(n), NameZH: "某某" + strings.Repeat("网络科技", n%6) + "公司",
			RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true}
		if n%3 > 0 {
			in.Purpose, in.PurposeZH = "Real-name registration"+strings.Repeat(" for the comments below our articles", n%4), "账号实名注册"+strings.Repeat("，用于文章评论功能", n%4)
		}
		p, _, err := k.Admit.Register(t.Context(), in)
		must(t, err)
		w.parties = append(w.parties, p.ID)
		marks := []identity.AgeMark{identity.Over14, identity.Over18, identity.Over60}
		w.asked = append(w.asked, marks[:n%4])
	}
}

type resident struct {
	*kit.Citizen
	n      int
	uses   []int // parties
	frozen bool
}

type life struct {
	w    *town
	k    *kit.Kit
	t    *testing.T
	dice *rand.Rand
	all  []*resident
	came int
}

var (
	given  = strings.Fields("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 建国 志远 子涵 欧阳 梓萱 浩然")
	family = strings.Fields("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗 司马 上官 诸葛")
)

func (l *life) resident(n int) *resident {
	birth := identity.Date{Year: 1950 + l.dice.IntN(55), Month: 1 + l.dice.IntN(12), Day: 1 + l.dice.IntN(28)}
	c := l.k.Person(n, birth)
	c.Document.Name = fmt.Sprintf("%s%s样%04d", family[l.dice.IntN(len(family))], given[l.dice.IntN(len(given))], n)
	r := &resident{Citizen: c, n: n}
	r.uses = append(r.uses, l.dice.Perm(parties)[:1+l.dice.IntN(4)]...)
	return r
}

func (l *life) enrol(n int) {
	r := l.all[n]
	must(l.t, r.Enrol(l.t.Context()))
	l.w.truths[n].order = l.came
	l.came++
}

// act is one visit of the service: it signs in, and then does something.
func (l *life) act(r *resident) {
	ctx := l.t.Context()
	must(l.t, r.SignIn(ctx))
	party := r.uses[l.dice.IntN(len(r.uses))]
	if r.frozen {
		must(l.t, l.k.Issue.Thaw(ctx, r.Session, r.Passcode))
		r.frozen = false
		return
	}
	switch d := l.dice.IntN(20); {
	case d == 0:
		must(l.t, l.k.Issue.Freeze(ctx, r.Session))
		r.frozen = true
	case d == 1:
		must(l.t, l.k.Authorize.Withdraw(ctx, r.Session, l.w.parties[party]))
	case d == 2:
		sealed, err := l.k.Authorize.Begin(ctx, l.k.Request(l.w.parties[party], identity.ModeCert))
		must(l.t, err)
		_, err = l.k.Authorize.Decline(ctx, &r.Session, sealed, kit.Browser)
		must(l.t, err)
	default:
		l.verify(r, party)
	}
}

func (l *life) verify(r *resident, party int) {
	ctx, id := l.t.Context(), l.w.parties[party]
	give := []string{}
	for _, m := range l.w.asked[party] {
		if l.dice.IntN(4) > 0 {
			give = append(give, string(m))
		}
	}
	a, err := r.Approve(ctx, l.k.Request(id, identity.ModeCert, l.w.asked[party]...), give...)
	must(l.t, err)
	l.k.Advance(time.Duration(1+l.dice.IntN(5)) * time.Second)
	v, err := l.k.Redeem(ctx, id, a.Code)
	must(l.t, err)
	l.w.visits = append(l.w.visits, visit{r.n, party, string(v.Subject), v.Receipt.String(), v.Time})
}

// learn asks the vault, which has the keys, for the name of every row of everybody.
func (l *life) learn() {
	for n, r := range l.all {
		o, err := l.k.Vault.Open(l.t.Context(), r.Grant.Person)
		must(l.t, err)
		e, err := l.k.Vault.Erasure(l.t.Context(), o)
		must(l.t, err)
		x := &l.w.truths[n]
		x.slot = e.Slot
		x.secrets = []string{r.Document.Number, r.Document.Name, r.Phone()}
		x.ids = []string{string(r.Grant.Number), string(r.Handle)}
		x.rows = map[string][]string{
			"vault_identity": {string(e.IdentityRow)}, "vault_index": {}, "person": {string(o.ID[:])}, "person_key": {string(o.ID[:])},
			"certificate": {string(e.CertOwner)}, "party_link": {string(e.LinkOwner)},
			"ledger": {string(ledger.Owner(o.Keys))}, "person_chain": {string(ledger.ChainIndex(o.Keys))},
		}
		for _, i := range e.Indexes {
			x.rows["vault_index"] = append(x.rows["vault_index"], string(i))
		}
	}
}

// memory is a directory that costs no disk, where there is one.
func memory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "netid")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
