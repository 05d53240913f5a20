package store

import (
	"context"
	"encoding/binary"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Counters with names of their own: how many places are taken, the turn of the
// newest mark, and for each list that lives one row until all in it is over.
const (
	placesName = "status places"
	turnName   = "status turn"
	shardName  = "status shard "
)

func shardIndex(shard uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte(shardName), shard)
}

// PlacesTaken is where the numbers end that were taken so far, and whether the
// list in which the last of them lies still lives.
func (s *Store) PlacesTaken(ctx context.Context) (next uint64, lives bool, err error) {
	n, _, err := s.Counted(ctx, []byte(placesName))
	if err != nil || n == 0 {
		return identity.ShardSize, false, err
	}
	next = uint64(n)
	one, _, err := s.Counted(ctx, shardIndex(uint32((next-1)/identity.ShardSize)))
	return next, one > 0, err
}

// Shards lists the numbers of the lists that live.
func (s *Store) Shards(ctx context.Context) (all []uint32, err error) {
	const op = "store.Shards"
	err = s.read(ctx, op, "SELECT idx, count, since, until, code FROM counter WHERE idx >= ? AND idx < ? ORDER BY idx", func(r Row) error {
		var idx, code []byte
		var count, since, until int64
		if err := r.Scan(&idx, &count, &since, &until, &code); err != nil {
			return err
		}
		if err := s.vouched(code, "counter", idx, count, since, until); err != nil {
			return err
		}
		if len(idx) == len(shardName)+4 {
			all = append(all, binary.BigEndian.Uint32(idx[len(shardName):]))
		}
		return nil
	}, []byte(shardName), []byte("status shard!"))
	return all, err
}

func (g *group) counter(index []byte) (count, until int64, err error) {
	_, err = g.one(counterQuery, func(r Row) (err error) {
		count, _, until, err = g.store.scanCounter(r, index)
		return err
	}, index)
	return count, until, err
}

func (g *group) setCounter(index []byte, count, until int64) error {
	return g.run("INSERT INTO counter (idx, count, since, until, code) VALUES (?, ?, 0, ?, ?) ON CONFLICT (idx) DO UPDATE SET count = excluded.count, since = excluded.since, until = excluded.until, code = excluded.code",
		index, count, until, g.store.code("counter", index, count, int64(0), until))
}

// takePlaces: who has the turn has the rows, so no number is taken twice, by no
// process and after no cut. A list whose row is gone takes nobody in any more.
func (g *group) takePlaces(v identity.TakePlaces) error {
	is, _, err := g.counter([]byte(placesName))
	if err != nil {
		return err
	}
	if is == 0 {
		is = identity.ShardSize
	}
	first := v.To - identity.PlacesTaken
	shard := uint32(first / identity.ShardSize)
	if uint64(is) != v.From || first < v.From || first/identity.ShardSize != (v.To-1)/identity.ShardSize || first%identity.PlacesTaken != 0 {
		return refuse("places_moved")
	}
	lives, until, err := g.counter(shardIndex(shard))
	if err != nil {
		return err
	}
	if lives == 0 && first%identity.ShardSize != 0 {
		return refuse("places_moved")
	}
	if err := g.setCounter([]byte(placesName), int64(v.To), forever); err != nil {
		return err
	}
	return g.setCounter(shardIndex(shard), 1, max(until, v.Until.UnixMicro()))
}

// skipPlaces moves on to a list that no copy of this store has taken from. The
// copy does not know what was taken since it was made, so lists are left out: as
// many as a number drawn for this restoration says.
func (g *group) skipPlaces(nonce []byte) error {
	is, _, err := g.counter([]byte(placesName))
	if err != nil {
		return err
	}
	shard := uint64(is)/identity.ShardSize + 1
	if len(nonce) >= 4 {
		shard += uint64(binary.BigEndian.Uint32(nonce) >> 12)
	}
	return g.setCounter([]byte(placesName), int64(shard*identity.ShardSize), forever)
}

const markColumns = "SELECT place, status, turn, code FROM status_mark "

func (s *Store) scanMark(r Row) (m identity.StatusMark, err error) {
	var place, status, turn int64
	var code []byte
	if err = r.Scan(&place, &status, &turn, &code); err == nil {
		err = s.vouched(code, "status_mark", place, status, turn)
	}
	return identity.StatusMark{Place: identity.Place(place), Status: identity.CertificateStatus(status), Turn: uint64(turn)}, err
}

// MarksFrom reads up to limit marks of one list from an index on, in order.
func (s *Store) MarksFrom(ctx context.Context, from identity.Place, limit int) ([]identity.StatusMark, error) {
	return s.marks(ctx, "WHERE place >= ? AND place < ? ORDER BY place LIMIT ?", int64(from), int64(identity.PlaceIn(from.Shard()+1, 0)), int64(limit))
}

// MarksAfter reads up to limit marks that changed after a turn, in the order in which they did.
func (s *Store) MarksAfter(ctx context.Context, turn uint64, limit int) ([]identity.StatusMark, error) {
	return s.marks(ctx, "WHERE turn > ? ORDER BY turn LIMIT ?", int64(turn), int64(limit))
}

// MarkTurn is the turn of the newest change.
func (s *Store) MarkTurn(ctx context.Context) (uint64, error) {
	n, _, err := s.Counted(ctx, []byte(turnName))
	return uint64(n), err
}

func (s *Store) marks(ctx context.Context, where string, args ...any) (all []identity.StatusMark, err error) {
	err = s.read(ctx, "store.marks", markColumns+where, func(r Row) error {
		m, err := s.scanMark(r)
		all = append(all, m)
		return err
	}, args...)
	return all, err
}

// mark puts down the status of a place. Revoked is for good; the same again
// changes nothing, and neither does valid where nothing else ever was.
func (g *group) mark(at identity.Place, status identity.CertificateStatus) error {
	if at == 0 {
		return nil
	}
	var is identity.StatusMark
	_, err := g.one(markColumns+"WHERE place = ?", func(r Row) (err error) {
		is, err = g.store.scanMark(r)
		return err
	}, int64(at))
	if err != nil || is.Status == status || is.Status == identity.StatusRevoked {
		return err
	}
	turn, err := g.nextTurn()
	if err != nil {
		return err
	}
	return g.run("INSERT INTO status_mark (place, status, turn, code) VALUES (?, ?, ?, ?) ON CONFLICT (place) DO UPDATE SET status = excluded.status, turn = excluded.turn, code = excluded.code",
		int64(at), int64(status), turn, g.store.code("status_mark", int64(at), int64(status), turn))
}

// nextTurn is read once a group and kept with its last change (keepTurn). A change that is
// taken back leaves a gap, which nobody minds.
func (g *group) nextTurn() (int64, error) {
	if g.turn == 0 {
		var err error
		if g.turn, _, err = g.counter([]byte(turnName)); err != nil {
			return 0, err
		}
	}
	g.turn++
	return g.turn, nil
}

func (g *group) keepTurn() error {
	if g.turn == 0 {
		return nil
	}
	return g.setCounter([]byte(turnName), g.turn, forever)
}

// markAll marks the certificates of an owner: revoked ones as that, the others as said.
func (g *group) markAll(owner []byte, status identity.CertificateStatus) error {
	if len(owner) == 0 {
		return fault.Newf("store.markAll", fault.Internal, "internal", "a standing changes and nobody says whose certificates that is about")
	}
	var all []identity.CertificateRow
	err := g.query(certificateColumns+"WHERE owner = ?", func(r Row) error {
		c, err := g.store.scanCertificate(r)
		if _, is := altered(err); is { // it is refused wherever it is shown, and keeps nobody from leaving
			return nil
		}
		all = append(all, c)
		return err
	}, owner)
	if err != nil {
		return err
	}
	for _, c := range all {
		to := status
		if c.Revoked {
			to = identity.StatusRevoked
		}
		if err := g.mark(c.Place, to); err != nil {
			return err
		}
	}
	return nil
}

// revoke ends those that are not ended, each with its mark. A row that was altered is
// refused wherever it is shown, and holds up nobody here.
func (g *group) revoke(ids []identity.CertificateID) error {
	for _, id := range ids {
		err := g.revokeCertificate(identity.RevokeCertificate{ID: id})
		if _, odd := altered(err); err != nil && !odd && !fault.Because(err, "certificate_gone") {
			return err
		}
	}
	return nil
}

// sweepMarks removes the marks of lists that are over: no certificate in them is
// good any more, and no list says anything of them.
func (s *Store) sweepMarks(ctx context.Context) error {
	lives, err := s.Shards(ctx)
	if err != nil {
		return err
	}
	var from identity.Place
	for _, shard := range append(lives, 1<<32-1) {
		for removed := int64(sweepBatch); removed == sweepBatch; {
			to := identity.PlaceIn(shard, 0)
			err := s.submit(ctx, "store.Sweep", &request{apply: func(g *group) (err error) {
				removed, err = g.exec("DELETE FROM status_mark WHERE place IN (SELECT place FROM status_mark WHERE place >= ? AND place < ? LIMIT ?)", int64(from), int64(to), int64(sweepBatch))
				return err
			}})
			if err != nil {
				return err
			}
		}
		from = identity.PlaceIn(shard+1, 0)
	}
	return nil
}
