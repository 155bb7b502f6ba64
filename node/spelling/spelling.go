// Package spelling finds what a misspelt name was perhaps meant to be. It is for
// messages to people: nothing is decided by it.
package spelling

// most is the number of changes up to which a name is taken for another.
const most = 2

// longest bounds the names that are compared, and so the work, in bytes.
const longest = 32

// Nearest returns the known name that is the fewest bytes away from name, the first
// of several, or "" where all are more than two away or differ wholly.
func Nearest(name string, known []string) (best string) {
	least := min(most+1, len(name))
	for _, k := range known {
		if len(name) > longest || len(k) > longest || len(name)-len(k) > most || len(k)-len(name) > most {
			continue
		}
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is that of Levenshtein: the least number of bytes to add, remove or
// replace; two that changed places count as one of them (Damerau, restricted).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			rows[i][j] = min(cost, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
