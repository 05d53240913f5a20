package kit

import (
	"context"
	"sync"
	"time"

	"netid/internal/identity"
)

// News is an authority's feed in memory, as it is after its signatures were checked.
type News struct {
	mu    sync.Mutex // guards what follows
	told  []identity.News
	down  error
	Page  int                                   // how many come at once; 0: all
	Spoil func([]identity.News) []identity.News // what is done to an answer on its way; nil: nothing
}

// Tell has the authority say something, at the kit's time.
func (k *Kit) Tell(n identity.News) identity.News {
	k.News.mu.Lock()
	defer k.News.mu.Unlock()
	n.Seq, n.Time = uint64(len(k.News.told)+1), k.Now().Truncate(time.Second)
	k.News.told = append(k.News.told, n)
	return n
}

// copy is another authority that has said the same.
func (f *News) copy() *News {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &News{told: append([]identity.News(nil), f.told...), down: f.down, Page: f.Page, Spoil: f.Spoil}
}

// Fail has the feed answer with an error, or with news again.
func (f *News) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

// News are those after the n-th.
func (f *News) News(_ context.Context, after uint64) ([]identity.News, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return nil, f.down
	}
	all := append([]identity.News(nil), f.told[min(after, uint64(len(f.told))):]...)
	if f.Page > 0 {
		all = all[:min(len(all), f.Page)]
	}
	if f.Spoil != nil {
		all = f.Spoil(all)
	}
	return all, nil
}

// Hears is the news of this kind about a person, and about their document.
func (c *Citizen) Hears(kind identity.NewsKind) identity.News {
	return identity.News{Kind: kind, Person: c.Handle, Document: identity.DocumentName{Kind: c.Document.Kind, Number: c.Document.Number}}
}
