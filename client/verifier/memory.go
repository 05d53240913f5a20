package verifier

import (
	"bytes"
	"context"
	"maps"
	"sync"
	"time"
)

// Memory is a Store of one process: what it holds ends with it.
type Memory struct {
	mu    sync.Mutex // guards held
	held  map[string]held
	limit int
	now   func() time.Time
}

type held struct {
	text  []byte
	until time.Time
}

// NewMemory keeps at most so many transactions at once: whoever asks for more
// than that within minutes is not an application. now may be nil.
func NewMemory(limit int, now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{held: map[string]held{}, limit: limit, now: now}
}

func (m *Memory) Put(_ context.Context, name string, text []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.held) >= m.limit {
		now := m.now()
		maps.DeleteFunc(m.held, func(_ string, h held) bool { return !now.Before(h.until) })
	}
	if _, there := m.held[name]; there || len(m.held) >= m.limit {
		return ErrTaken
	}
	m.held[name] = held{bytes.Clone(text), until}
	return nil
}

func (m *Memory) Get(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, there := m.held[name]
	if !there || !m.now().Before(h.until) {
		return nil, ErrUnknown
	}
	return bytes.Clone(h.text), nil
}

func (m *Memory) Replace(_ context.Context, name string, was, becomes []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, there := m.held[name]
	if !there || !bytes.Equal(h.text, was) {
		return ErrTaken
	}
	m.held[name] = held{bytes.Clone(becomes), h.until}
	return nil
}
