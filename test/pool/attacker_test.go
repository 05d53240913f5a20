package pool_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// Bounds. Of a random assignment one pair is right on the average and the number is
// Poisson's: more than 10 are right in less than one case of 10^7. Of so many joins by a
// value that one account has at either party, one in n is right by chance: as many as
// were has to be less likely than one in 10^7. Five standard deviations
// of one feature of a hundred: less than one run of 10^4 by the normal law, and
// features that hardly anybody has are left to the values.
const (
	most   = 10
	luck   = 1e-7
	sigmas = 5.0
	deals  = 400
)

// result is what the attacker made of two lists of accounts.
type result struct {
	n, values, features int
	joins, joined       int     // accounts with a value that no other has, and how many of these joins are right
	right               int     // of the assignment by common values
	valued              float64 // how far true pairs have more in common than others, in standard deviations
	guessed             int     // right ones of the assignment by all features together
	together            float64 // standard deviations of the same
	strongest           string
	alone               float64 // of the strongest feature, by its rank correlation
}

func (r result) String() string {
	return fmt.Sprintf("%d pairs: of %d values at both %d join two alone, %d rightly; by all of them %d right (%.1f sigma); by %d features together %d right (%.1f sigma), the strongest alone %.1f sigma (%s)",
		r.n, r.values, r.joins, r.joined, r.right, r.valued, r.features, r.guessed, r.together, r.alone, r.strongest)
}

func (r result) findings() (all []string) {
	all = r.byValue()
	if r.guessed > most || r.together > sigmas {
		all = append(all, fmt.Sprintf("features together: %d right, %.1f sigma", r.guessed, r.together))
	}
	if r.alone > sigmas {
		all = append(all, fmt.Sprintf("%s: %.1f sigma", r.strongest, r.alone))
	}
	return all
}

func (r result) byValue() (all []string) {
	if p := poisson(r.joined, float64(r.joins)/float64(r.n)); p < luck {
		all = append(all, fmt.Sprintf("values of one account alone: %d of %d joins are right, luck %.1g", r.joined, r.joins, p))
	}
	if r.right > most || r.valued > sigmas {
		all = append(all, fmt.Sprintf("common values: %d right, %.1f sigma", r.right, r.valued))
	}
	return all
}

// poisson is how likely k or more are where so many are expected.
func poisson(k int, expected float64) float64 {
	p, term := 0.0, math.Exp(-expected)
	for i := range k + 200 {
		if i >= k {
			p += term
		}
		term *= expected / float64(i+1)
	}
	return p
}

// attack pairs the accounts of one party with those of the other, in an order that tells nothing.
func attack(pairs []pair) (r result) {
	r.n = len(pairs)
	truth := rand.Perm(r.n)
	a, b := make([]seen, r.n), make([]seen, r.n)
	for i, p := range pairs {
		a[i], b[truth[i]] = look(p.a), look(p.b)
	}
	var likeness [][]float64
	common, alone, values := shared(a, b)
	r.values, r.joins = values, len(alone)
	for join := range alone {
		if truth[join[0]] == int(join[1]) {
			r.joined++
		}
	}
	r.right, r.valued = score(common, truth)
	likeness, r.features, r.strongest, r.alone = alike(a, b, truth)
	r.guessed, r.together = score(likeness, truth)
	return r
}

// shared says how much two accounts have in common: each value counts the more, the
// fewer accounts it is in, and values that the same accounts have count once. alone
// are the pairs with a value that no other account has.
func shared(a, b []seen) (m [][]float64, alone map[[2]int32]bool, values int) {
	n := len(a)
	m, alone = square(n), map[[2]int32]bool{}
	where := func(all []seen) map[uint64][]int32 {
		at := map[uint64][]int32{}
		for i, s := range all {
			for _, v := range s.values {
				at[v] = append(at[v], int32(i))
			}
		}
		return at
	}
	at := where(a)
	there := map[uint64][]int32{}
	for j, s := range b {
		for _, v := range s.values {
			if at[v] != nil {
				there[v] = append(there[v], int32(j))
			}
		}
	}
	counted := map[uint64]bool{}
	for v, in := range there {
		values++
		same := fnv.New64a()
		fmt.Fprint(same, at[v], in)
		if counted[same.Sum64()] {
			continue
		}
		counted[same.Sum64()] = true
		if len(at[v]) == 1 && len(in) == 1 {
			alone[[2]int32{at[v][0], in[0]}] = true
		}
		weight := math.Log(float64(n)/float64(len(at[v]))) + math.Log(float64(n)/float64(len(in)))
		if weight < 0.2 {
			continue
		}
		for _, i := range at[v] {
			for _, j := range in {
				m[i][j] += weight * weight
			}
		}
	}
	return m, alone, values
}

// alike compares by every feature that many have, each by its rank.
func alike(a, b []seen, truth []int) (m [][]float64, features int, strongest string, alone float64) {
	n := len(a)
	m = square(n)
	names := map[string]int{}
	for i := range n {
		for name := range a[i].features {
			names[name]++
		}
	}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range names {
			if !yield(name) {
				return
			}
		}
	}) {
		x, y := ranks(a, name), ranks(b, name)
		sx, sy := spread(x), spread(y)
		if sx == 0 || sy == 0 || !many(x, y) {
			continue
		}
		features++
		sum := 0.0
		for i := range n {
			sum += x[i] * y[truth[i]]
			for j := range n {
				m[i][j] += x[i] * y[j] / (sx * sy)
			}
		}
		if z := math.Abs(sum) / (sx * sy) / math.Sqrt(float64(n)) * math.Sqrt(float64(n-1)/float64(n)); z > alone {
			strongest, alone = name, z
		}
	}
	return m, features, strongest, alone
}

// ranks of a feature around their mean, those that are equal alike; who does not have it is in the middle.
func ranks(all []seen, name string) []float64 {
	var order []int
	for i, s := range all {
		if _, has := s.features[name]; has {
			order = append(order, i)
		}
	}
	sort.Slice(order, func(i, j int) bool { return all[order[i]].features[name] < all[order[j]].features[name] })
	out := make([]float64, len(all))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && all[order[to]].features[name] == all[order[from]].features[name] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to-1)/2 - float64(len(order)-1)/2
		}
		from = to
	}
	return out
}

func spread(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

// many: whoever is out of the ordinary by a feature at both parties must be several by
// chance, or the normal law says nothing of it.
func many(x, y []float64) bool {
	rare := func(x []float64) int {
		times, top := map[float64]int{}, 0
		for _, v := range x {
			times[v]++
			top = max(top, times[v])
		}
		return len(x) - top
	}
	return rare(x)*rare(y) >= 4*len(x)
}

// score is how many of the best assignment are right, and how far the true pairs
// together are above pairs that are dealt at random.
func score(m [][]float64, truth []int) (right int, above float64) {
	for i, j := range assigned(m) {
		if truth[i] == j {
			right++
		}
	}
	total := func(to []int) (sum float64) {
		for i, j := range to {
			sum += m[i][j]
		}
		return sum
	}
	mean, squares := 0.0, 0.0
	for range deals {
		x := total(rand.Perm(len(truth)))
		mean, squares = mean+x/deals, squares+x*x/deals
	}
	sigma := math.Sqrt(max(squares-mean*mean, 0))
	if d := total(truth) - mean; sigma > 0 {
		return right, d / sigma
	} else if d > 1e-9 {
		return right, math.Inf(1)
	}
	return right, 0
}

func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

// assigned is the assignment of the greatest sum (Kuhn and Munkres, with potentials).
// What is worth the same is broken by chance, which the caller's order is.
func assigned(m [][]float64) []int {
	n := len(m)
	u, v := make([]float64, n+1), make([]float64, n+1)
	match, way := make([]int, n+1), make([]int, n+1)
	for i := 1; i <= n; i++ {
		match[0] = i
		least, used := make([]float64, n+1), make([]bool, n+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		j0 := 0
		for {
			used[j0] = true
			i0, delta, j1 := match[j0], math.Inf(1), 0
			for j := 1; j <= n; j++ {
				if used[j] {
					continue
				}
				if c := -m[i0-1][j-1] - u[i0] - v[j]; c < least[j] {
					least[j], way[j] = c, j0
				}
				if least[j] < delta {
					delta, j1 = least[j], j
				}
			}
			for j := 0; j <= n; j++ {
				if used[j] {
					u[match[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			if j0 = j1; match[j0] == 0 {
				break
			}
		}
		for j0 != 0 {
			match[j0], j0 = match[way[j0]], way[j0]
		}
	}
	to := make([]int, n)
	for j := 1; j <= n; j++ {
		to[match[j]-1] = j - 1
	}
	return to
}
