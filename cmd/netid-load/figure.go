package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// figure is what one kind of operation cost.
type figure struct {
	Store     string        `json:"store"`
	Operation string        `json:"operation"`
	Count     int           `json:"count"`
	Rate      float64       `json:"per_second"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	P999      time.Duration `json:"p999_ns"`
	CPU       time.Duration `json:"server_cpu_ns"`    // of the server's process, user and system, for each operation
	Database  time.Duration `json:"database_cpu_ns"`  // of the database's processes, for each operation
	Commits   float64       `json:"durable_commits"`  // for each operation; below one where operations share a commit
	Reads     float64       `json:"reads"`            // of the store, for each operation, beside the writer's
	Written   float64       `json:"bytes_to_storage"` // for each operation, what all these processes sent to storage
}

// stage runs count operations on workers and gives their figure. The first
// failure ends it: a load that fails measures nothing.
func stage(name string, s *server, count, workers int, one func(worker, n int) error) (figure, error) {
	before, err := s.usage()
	if err != nil {
		return figure{}, err
	}
	took := make([]time.Duration, count)
	errs := make(chan error, workers)
	var next counter
	began := time.Now()
	for w := range workers {
		go func() {
			for n := next.take(); n < count; n = next.take() {
				start := time.Now()
				if err := one(w, n); err != nil {
					next.stop()
					errs <- fmt.Errorf("%s %d: %w", name, n, err)
					return
				}
				took[n] = time.Since(start)
			}
			errs <- nil
		}()
	}
	var failed error
	for range workers {
		failed = cmp.Or(failed, <-errs)
	}
	wall := time.Since(began)
	if failed != nil {
		return figure{}, failed
	}
	after, err := s.usage()
	if err != nil {
		return figure{}, err
	}
	slices.Sort(took)
	each := float64(count)
	return figure{Store: s.store(), Operation: name, Count: count, Rate: each / wall.Seconds(), P50: at(took, 0.5), P99: at(took, 0.99), P999: at(took, 0.999),
		CPU: (after.cpu - before.cpu) / time.Duration(count), Database: (after.database - before.database) / time.Duration(count),
		Commits: float64(after.commits-before.commits) / each, Reads: float64(after.reads-before.reads) / each,
		Written: float64(after.written-before.written) / each}, nil
}

// at is the smallest of the sorted times that a share of them does not pass.
func at(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// counter gives each worker the next operation.
type counter struct {
	mu   sync.Mutex // guards next
	next int
}

func (c *counter) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	return c.next - 1
}

// stop leaves nothing to take.
func (c *counter) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = 1 << 40
}

func table(out io.Writer, figures []figure) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "store\toperation\tcount\tper second\tp50\tp99\tp99.9\tserver CPU\tdatabase CPU\tcommits\treads\tbytes\t")
	for _, f := range figures {
		fmt.Fprintf(t, "%s\t%s\t%d\t%.0f\t%s\t%s\t%s\t%s\t%s\t%.2f\t%.1f\t%.0f\t\n", f.Store, f.Operation, f.Count, f.Rate,
			short(f.P50), short(f.P99), short(f.P999), short(f.CPU), short(f.Database), f.Commits, f.Reads, f.Written)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, line := range ratios(figures) {
		fmt.Fprintln(out, line)
	}
	return nil
}

// ratios holds each store against the first that was measured.
func ratios(figures []figure) (lines []string) {
	first := map[string]figure{}
	for _, f := range figures {
		one, seen := first[f.Operation]
		if !seen {
			first[f.Operation] = f
			continue
		}
		if own := one.CPU + one.Database; own > 0 && one.CPU > 0 {
			lines = append(lines, fmt.Sprintf("%s, %s : %s: server CPU %.2f, with the database's %.2f", f.Operation, f.Store, one.Store,
				float64(f.CPU)/float64(one.CPU), float64(f.CPU+f.Database)/float64(own)))
		}
	}
	return lines
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}
