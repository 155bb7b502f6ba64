package headers

import "encoding/binary"

// Mine makes headers of a network without difficulty, regtest, for simulations and tests: count of
// them behind a block, each a number of seconds after the one before. The same
// arguments make the same headers. fork tells chains apart.
func Mine(prev [32]byte, timeS, stepS int64, count int, fork uint32) []Header {
	regtest, _ := NetworkOf("regtest")
	list := make([]Header, count)
	for i := range list {
		h := &list[i]
		h[3] = 0x20
		before := reversed(prev)
		copy(h[4:36], before[:])
		binary.LittleEndian.PutUint32(h[36:40], fork)
		timeS += stepS
		binary.LittleEndian.PutUint32(h[68:72], uint32(timeS))
		binary.LittleEndian.PutUint32(h[72:76], regtest.limit)
		target, _ := regtest.target(regtest.limit)
		for n := uint32(0); !meets(h.Hash(), target); n++ {
			binary.LittleEndian.PutUint32(h[76:80], n)
		}
		prev = h.Hash()
	}
	return list
}
