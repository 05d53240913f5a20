package dump_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// The matcher. Given two lists of units it tries every join that it knows and
// is told afterwards, by the truth, how well each did. A join is a finding when
// luck explains it with a probability below alarm; the bounds are exact or
// from above, so that with all joins of a run taken together a false alarm is
// rarer than one in a million.
//
//	value   the same 8 bytes anywhere in a blob of both
//	equal   a number of one is a number of the other, or the first ten bits of its blob
//	rank    both sorted by something (place, page, size, count, day, row): the n-th with the n-th
//	halves  whoever is in the upper part by one is in the upper (or lower) part by the other
//	page    of two in one page, the one that was put there first comes first by the other
const alarm = 1e-10

type finding struct {
	a, b, join string
	hits, of   int
	luck       float64
}

func (f finding) String() string {
	return fmt.Sprintf("%s x %s by %s: %d of %d, luck %.1g", f.a, f.b, f.join, f.hits, f.of, f.luck)
}

// match tries every join between two kinds, and says how many it tried and
// which came nearest to a finding without being one.
func match(a, b kind) (found []finding, nearest finding, tried int) {
	nearest.luck = 1
	x, y := both(a, b)
	if len(x) < 20 {
		return nil, nearest, 0
	}
	add := func(join string, hits, of int, luck float64) {
		tried++
		f := finding{a.name, b.name, join, hits, of, luck}
		if luck < alarm {
			found = append(found, f)
		} else if luck < nearest.luck {
			nearest = f
		}
	}
	hits := byValue(x, y)
	add("value", hits, len(x), math.Pow(1e-6, float64(hits)))
	for i, f := range a.features {
		for j, g := range b.features {
			p, q := column(x, i), column(y, j)
			join := f + " / " + g
			if same, luck := byEqual(p, q); same > 0 {
				add("equal "+join, same, len(x), luck)
			}
			if flat(p) || flat(q) {
				continue
			}
			straight, turned := byRank(p, q)
			hits := max(straight, turned)
			add("rank "+join, hits, len(x), 2*math.Exp(-lnFactorial(hits))) // of a random order, at least h are in place with at most 1/h!
			over, of, luck := byHalves(p, q)
			add("halves "+join, over, of, luck)
		}
	}
	for j, g := range b.features {
		if hits, of, luck := byPage(x, column(y, j)); of > 0 {
			add("page / "+g, hits, of, luck)
		}
	}
	for i, f := range a.features {
		if hits, of, luck := byPage(y, column(x, i)); of > 0 {
			add(f+" / page", hits, of, luck)
		}
	}
	return found, nearest, tried
}

// both keeps who has exactly one unit in both kinds, in one order.
func both(a, b kind) (x, y []unit) {
	of := map[int]unit{}
	for _, u := range b.units {
		of[u.whose] = u
	}
	for _, u := range a.units {
		if v, ok := of[u.whose]; ok {
			x, y = append(x, u), append(y, v)
		}
	}
	return x, y
}

func column(units []unit, n int) []float64 {
	out := make([]float64, len(units))
	for i, u := range units {
		out[i] = u.numbers[n]
	}
	return out
}

func flat(p []float64) bool { return slices.Min(p) == slices.Max(p) }

// byValue keeps every place of the smaller list, and looks at every eighth of the other.
func byValue(x, y []unit) (hits int) {
	if weight(x) > weight(y) {
		x, y = y, x
	}
	pieces := map[uint64]int{}
	for i, u := range x {
		for _, b := range u.blobs {
			for at := 0; at+8 <= len(b); at++ {
				if v := binary.LittleEndian.Uint64(b[at:]); v != 0 {
					pieces[v] = i
				}
			}
		}
	}
	for i, u := range y {
		if shares(u, i, pieces) {
			hits++
		}
	}
	return hits
}

func shares(u unit, i int, pieces map[uint64]int) bool {
	for _, b := range u.blobs {
		for at := 0; at+8 <= len(b); at += 8 {
			if j, ok := pieces[binary.LittleEndian.Uint64(b[at:])]; ok && j == i {
				return true
			}
		}
	}
	return false
}

func weight(units []unit) (n int) {
	for _, u := range units {
		for _, b := range u.blobs {
			n += len(b)
		}
	}
	return n
}

// byEqual counts the pairs with the same number, and bounds luck by the
// Poisson tail over what the two lists would share in any order.
func byEqual(p, q []float64) (hits int, luck float64) {
	n, m := map[float64]float64{}, map[float64]float64{}
	for i := range p {
		n[p[i]]++
		m[q[i]]++
		if p[i] == q[i] {
			hits++
		}
	}
	mean := 0.0
	for v, c := range n {
		mean += c * m[v] / float64(len(p))
	}
	return hits, poisson(hits, mean)
}

// poisson bounds P(X >= k) from above (Chernoff).
func poisson(k int, mean float64) float64 {
	if float64(k) <= mean {
		return 1
	}
	return math.Exp(-mean + float64(k)*(1+math.Log(mean/float64(k))))
}

func byRank(p, q []float64) (straight, turned int) {
	r, s := ranks(p), ranks(q)
	for i := range r {
		if r[i] == s[i] {
			straight++
		}
		if r[i] == len(r)-1-s[i] {
			turned++
		}
	}
	return straight, turned
}

// ranks breaks ties by lot: the place in the list belongs to one of the two
// kinds, and would itself be a join.
func ranks(p []float64) []int {
	order := rand.Perm(len(p))
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	out := make([]int, len(p))
	for rank, i := range order {
		out[i] = rank
	}
	return out
}

// byHalves cuts both lists at several heights and takes the overlap least
// likely by the hypergeometric law, which is exact for any lists.
func byHalves(p, q []float64) (over, of int, luck float64) {
	luck = 1
	for _, c := range cuts(p) {
		for _, d := range cuts(q) {
			n, m, both := 0, 0, 0
			for i := range p {
				if p[i] >= c {
					n++
				}
				if q[i] >= d {
					m++
				}
				if p[i] >= c && q[i] >= d {
					both++
				}
			}
			l := 18 * min(hyper(both, n, m, len(p)), hyper(n-both, n, len(p)-m, len(p))) // nine cuts, two ways
			if l < luck {
				over, of, luck = both, min(n, m), l
			}
		}
	}
	return over, of, luck
}

func cuts(p []float64) []float64 {
	s := slices.Sorted(slices.Values(p))
	return []float64{s[len(s)/4], s[len(s)/2], s[len(s)*3/4]}
}

// hyper is P(X >= k): of all, n and m are marked, by chance.
func hyper(k, n, m, all int) float64 {
	sum := 0.0
	for x := max(k, 0, n+m-all); x <= min(n, m); x++ {
		sum += math.Exp(choose(m, x) + choose(all-m, n-x) - choose(all, n))
	}
	return min(sum, 1)
}

// byPage looks only within one page: who lies in its older half against who
// lies as far in its newer half.
func byPage(x []unit, q []float64) (hits, of int, luck float64) {
	pages := map[int][]int{}
	for i, u := range x {
		if u.page > 0 {
			pages[u.page] = append(pages[u.page], i)
		}
	}
	for _, rows := range pages {
		slices.SortFunc(rows, func(i, j int) int { return cmp.Compare(x[j].at, x[i].at) })
		for n := range len(rows) / 2 {
			if a, b := q[rows[n]], q[rows[n+(len(rows)+1)/2]]; a != b {
				of++
				if a < b {
					hits++
				}
			}
		}
	}
	return hits, of, 2 * binomial(max(hits, of-hits), of, 0.5)
}

// binomial is P(X >= k) of n at p.
func binomial(k, n int, p float64) float64 {
	if p >= 1 {
		return 1
	}
	sum := 0.0
	for x := k; x <= n; x++ {
		sum += math.Exp(choose(n, x) + float64(x)*math.Log(p) + float64(n-x)*math.Log(1-p))
	}
	return min(sum, 1)
}

func choose(n, k int) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	return lnFactorial(n) - lnFactorial(k) - lnFactorial(n-k)
}

// factorials keeps the logarithms of n! that were asked for: they are asked for
// some hundred million times.
var factorials = func() []float64 {
	f := make([]float64, 1<<16)
	for n := 1; n < len(f); n++ {
		f[n] = f[n-1] + math.Log(float64(n))
	}
	return f
}()

func lnFactorial(n int) float64 { return factorials[n] }
