package tlog

import (
	"strconv"
	"strings"
)

// place is what a tile's path names.
type place struct {
	entries bool // a bundle of entries, not of hashes
	level   uint8
	index   uint64
	width   int // hashes, or entries, 1 to 256
}

const (
	whole    = 256 // hashes of a full tile
	maxLevel = 63
	elements = 6 // of three digits: 10^18 tiles
)

// parse reads <L>/<N>[.p/<W>] and entries/<N>[.p/<W>]: decimal without leading
// zeros, N in elements of three digits of which all but the last begin with
// "x". Each tile has one path and no other.
func parse(path string) (at place, ok bool) {
	level, rest, _ := strings.Cut(path, "/")
	if at.entries = level == "entries"; !at.entries {
		n, ok := decimal(level, maxLevel)
		if !ok {
			return place{}, false
		}
		at.level = uint8(n)
	}
	at.width = whole
	if index, width, partial := strings.Cut(rest, ".p/"); partial {
		n, ok := decimal(width, whole-1)
		if !ok || n == 0 {
			return place{}, false
		}
		rest, at.width = index, int(n)
	}
	if at.index, ok = number(rest); !ok {
		return place{}, false
	}
	return at, true
}

// number reads the elements of N.
func number(s string) (n uint64, ok bool) {
	parts := strings.Split(s, "/")
	if len(parts) > elements || len(parts) > 1 && parts[0] == "x000" {
		return 0, false
	}
	for i, p := range parts {
		if i < len(parts)-1 {
			if p, ok = strings.CutPrefix(p, "x"); !ok {
				return 0, false
			}
		}
		if len(p) != 3 || strings.Trim(p, "0123456789") != "" {
			return 0, false
		}
		v, _ := strconv.ParseUint(p, 10, 16)
		n = n*1000 + v
	}
	return n, true
}

// decimal reads a number without sign or leading zeros.
func decimal(s string, most uint64) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return n, err == nil && n <= most && strconv.FormatUint(n, 10) == s
}
