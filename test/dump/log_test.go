package dump_test

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"netid/internal/identity"
)

// row is a record of a visit, as a thief sees it, with the party as the truth.
type row struct {
	person, party int
	seen          map[string]int
}

// visited finds the records of the visits: for the score it may use the key.
func (w *town) visited(t testing.TB, l *loot, entry func(identity.EventID) []byte) (rows []row) {
	t.Helper()
	x := l.tables["ledger_event"]
	byID, owned, nth := map[string]cell{}, map[string]int{}, map[string]int{}
	for _, c := range x.cells {
		id, owner := text(c.named(x, "id")), text(c.named(x, "owner"))
		byID[id] = c
		owned[owner]++
		nth[id] = owned[owner]
	}
	for _, v := range w.visits {
		id, err := identity.ParseEventID(v.receipt)
		must(t, err)
		c, ok := byID[string(entry(id))]
		if !ok {
			t.Fatal("a visit without a record")
		}
		r := row{v.person, v.party, map[string]int{"bytes": len(text(c.named(x, "body"))), "rows of the owner": owned[text(c.named(x, "owner"))],
			"which row of the owner": nth[text(c.named(x, "id"))], "state": int(c.named(x, "state").(int64)), "bucket": int(c.named(x, "bucket").(int64)) >> 6}}
		for _, name := range []string{"id", "owner", "leaf", "mac", "body"} {
			if b := text(c.named(x, name)); b != "" {
				r.seen["first bits of "+name] = int(b[0] >> 4)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// tells is how far what is seen of a record tells its party: the mutual
// information, in standard deviations above that of the same records with
// their parties dealt anew; and how often the best guess is right, against
// always naming the busiest party.
func tells(rows []row, feature string) (sigmas float64, right, chance int) {
	party, seen := make([]int, len(rows)), make([]int, len(rows))
	for i, r := range rows {
		party[i], seen[i] = r.party, r.seen[feature]
	}
	here := information(party, seen)
	sum, squares := 0.0, 0.0
	const deals = 200
	dealt := slices.Clone(party)
	for range deals {
		rand.Shuffle(len(dealt), func(i, j int) { dealt[i], dealt[j] = dealt[j], dealt[i] })
		x := information(dealt, seen)
		sum, squares = sum+x, squares+x*x
	}
	mean := sum / deals
	spread := math.Sqrt(max(squares/deals-mean*mean, 1e-18))
	counts, all := map[int]map[int]int{}, map[int]int{}
	for i := range party {
		if counts[seen[i]] == nil {
			counts[seen[i]] = map[int]int{}
		}
		counts[seen[i]][party[i]]++
		all[party[i]]++
	}
	for _, c := range counts {
		right += most(c)
	}
	return (here - mean) / spread, right, most(all)
}

func most(c map[int]int) (n int) {
	for _, v := range c {
		n = max(n, v)
	}
	return n
}

func information(a, b []int) (bits float64) {
	joint, p, q := map[[2]int]float64{}, map[int]float64{}, map[int]float64{}
	for i := range a {
		joint[[2]int{a[i], b[i]}]++
		p[a[i]]++
		q[b[i]]++
	}
	n := float64(len(a))
	for k, c := range joint {
		bits += c / n * math.Log2(c*n/(p[k[0]]*q[k[1]]))
	}
	return bits
}

// knows is the thief who also has one party's log: when each of its users came.
// On the days when a user was there the owner of their records has a record as
// long as a party's. It says for how many users that leaves one owner.
func (w *town) knows(l *loot) (users, alone, right int, candidates []int) {
	type user struct {
		party int
		sub   string
	}
	days, whose := map[user]map[int64]int{}, map[user]int{}
	for _, v := range w.visits {
		u := user{v.party, v.subject}
		if days[u] == nil {
			days[u] = map[int64]int{}
		}
		days[u][v.at.Unix()/86400]++
		whose[u] = v.person
	}
	x := l.tables["ledger_event"]
	owners := map[string]map[int64]int{}
	for _, c := range x.cells {
		if len(text(c.named(x, "body"))) > 3000 {
			o := text(c.named(x, "owner"))
			if owners[o] == nil {
				owners[o] = map[int64]int{}
			}
			owners[o][c.named(x, "day").(int64)]++
		}
	}
	for u, came := range days {
		users++
		var fit []string
		for o, has := range owners {
			ok := true
			for d, n := range came {
				ok = ok && has[d] >= n
			}
			if ok {
				fit = append(fit, o)
			}
		}
		candidates = append(candidates, len(fit))
		if len(fit) == 1 {
			alone++
		}
		if slices.Contains(fit, w.truths[whose[u]].rows["ledger"][0]) {
			right++
		}
	}
	slices.Sort(candidates)
	return users, alone, right, candidates
}

// together reads the log of a running service: what changed in one commit
// stands there together, until it is copied into the database and emptied. It
// pairs identities with owners that came in the same commit.
func (w *town) together(before, wal []byte) (paired int) {
	if len(wal) < 32 {
		return 0
	}
	page := int(binary.BigEndian.Uint32(wal[8:]))
	type name struct {
		person int
		who    bool
	}
	names := map[uint64]name{}
	for n, x := range w.truths {
		names[binary.LittleEndian.Uint64([]byte(x.rows["vault_identity"][0]))] = name{n, true}
		names[binary.LittleEndian.Uint64([]byte(x.rows["ledger"][0]))] = name{n, false}
	}
	for at := 0; at+8 <= len(before); at++ { // who was there before is no news
		delete(names, binary.LittleEndian.Uint64(before[at:]))
	}
	first := map[name]int{}
	commit := 0
	for at := 32; at+24+page <= len(wal); at += 24 + page {
		if string(wal[at+8:at+16]) != string(wal[16:24]) {
			break // of an earlier run of the log
		}
		for i := at + 24; i+8 <= at+24+page; i++ {
			if n, ok := names[binary.LittleEndian.Uint64(wal[i:])]; ok {
				if _, there := first[n]; !there {
					first[n] = commit
				}
			}
		}
		if binary.BigEndian.Uint32(wal[at+4:]) != 0 {
			commit++
		}
	}
	type change struct{ who, records []int }
	changes := map[int]*change{}
	for n, c := range first {
		if changes[c] == nil {
			changes[c] = &change{}
		}
		if n.who {
			changes[c].who = append(changes[c].who, n.person)
		} else {
			changes[c].records = append(changes[c].records, n.person)
		}
	}
	for _, c := range changes {
		if len(c.who) == 1 && len(c.records) == 1 && cmp.Compare(c.who[0], c.records[0]) == 0 {
			paired++
		}
	}
	return paired
}
