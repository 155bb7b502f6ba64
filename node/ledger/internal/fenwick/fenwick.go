// Package fenwick keeps running sums that change.
package fenwick

// Sums keeps sums over the first places of a list, as agents in order of
// registration: adding at one place and summing up the first k cost log2 of the places each (P. M.
// Fenwick, "A new data structure for cumulative frequency tables", 1994). What
// is subtracted is added as its complement, sums wrap around to what they are.
type Sums []uint64

// Add adds to the value at a place, which is 0 before the first time. The
// length is a power of two; its double has the sum of all in its last place.
func (f *Sums) Add(at uint32, delta uint64) {
	if len(*f) == 0 {
		*f = Sums{0}
	}
	for n := len(*f); n <= int(at); n *= 2 {
		*f = append(*f, make(Sums, n)...)
		(*f)[2*n-1] = (*f)[n-1]
	}
	for i := int(at) + 1; i <= len(*f); i += i & -i {
		(*f)[i-1] += delta
	}
}

// Sum is the sum over the places 0 to k-1.
func (f Sums) Sum(k int) (total uint64) {
	for i := min(k, len(f)); i > 0; i -= i & -i {
		total += f[i-1]
	}
	return total
}
