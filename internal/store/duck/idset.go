package duck

import (
	"encoding/binary"
	"math/bits"

	"nephoscope/internal/schema"
)

// An idSet remembers which identities a table holds, and roughly where, in
// about 12 bytes each. It may claim an identity that is not stored, one in
// some thousands of millions; whoever must be sure asks the table, which is
// cheap because the answer names the block to look in. It never misses one.
//
// Slots are open-addressed and live in shards, so that growing never copies
// more than a thousandth at a time. A slot holds 40 bits of the identity's
// hash, which its place follows from, and 24 bits of the block.
type idSet struct {
	shards [1 << shardBits]idShard
}

type idShard struct {
	slots []uint64 // 0 is free
	used  int
}

const (
	shardBits = 10
	markBits  = 40
	blockBits = 64 - markBits
	// blockRows is the number of sequences of one block, as a shift.
	blockRows = 15
)

// newIDSet returns a set with room for about n identities.
func newIDSet(n int64) *idSet {
	s := &idSet{}
	for i := range s.shards {
		s.shards[i].slots = make([]uint64, max(8, n*3/2>>shardBits))
	}
	return s
}

// blockOf returns the block that a sequence lies in.
func blockOf(sequence int64) uint64 { return uint64(sequence) >> blockRows }

// locate returns the shard and the mark of an identity. Identities that were
// imported need not be random, so they are mixed first.
func (s *idSet) locate(id *schema.ID) (*idShard, uint64) {
	hi, lo := bits.Mul64(
		binary.LittleEndian.Uint64(id[:8])^0x9E3779B97F4A7C15,
		binary.LittleEndian.Uint64(id[8:])^0xD1B54A32D192ED03)
	h := (hi ^ lo) * 0xBF58476D1CE4E5B9
	mark := h << shardBits >> (64 - markBits)
	return &s.shards[h>>(64-shardBits)], max(mark, 1)
}

// find appends the blocks that may hold the identity.
func (s *idSet) find(id *schema.ID, blocks []uint64) []uint64 {
	sh, mark := s.locate(id)
	for i := sh.home(mark); sh.slots[i] != 0; i = sh.after(i) {
		if sh.slots[i]>>blockBits == mark {
			blocks = append(blocks, sh.slots[i]&(1<<blockBits-1))
		}
	}
	return blocks
}

// add remembers an identity.
func (s *idSet) add(id *schema.ID, block uint64) {
	sh, mark := s.locate(id)
	if sh.used*5 >= len(sh.slots)*4 {
		sh.resize(len(sh.slots)*3/2, 0)
	}
	sh.put(mark<<blockBits | block&(1<<blockBits-1))
}

// forget drops what lies in blocks before the given one.
func (s *idSet) forget(before uint64) {
	for i := range s.shards {
		sh := &s.shards[i]
		sh.resize(len(sh.slots), before)
	}
}

func (sh *idShard) home(mark uint64) int { return int(mark * uint64(len(sh.slots)) >> markBits) }

func (sh *idShard) after(i int) int {
	if i++; i == len(sh.slots) {
		return 0
	}
	return i
}

func (sh *idShard) put(slot uint64) {
	i := sh.home(slot >> blockBits)
	for sh.slots[i] != 0 {
		i = sh.after(i)
	}
	sh.slots[i] = slot
	sh.used++
}

func (sh *idShard) resize(n int, before uint64) {
	old := sh.slots
	sh.slots, sh.used = make([]uint64, n), 0
	for _, slot := range old {
		if slot != 0 && slot&(1<<blockBits-1) >= before {
			sh.put(slot)
		}
	}
}
