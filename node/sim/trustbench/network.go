package trustbench

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/econd/econd/node/sim/trustcsv"
	"github.com/econd/econd/reputation"
)

// ErrAbsent means that there is no network to measure on; its text says how to
// get one.
var ErrAbsent = errors.New("no ratings to measure on")

// Rating is one row of a network. Agents are slots in order of appearance.
type Rating struct {
	Rater, Ratee uint32
	Sats         uint64
	Rating       int8
	TimeMicros   int64
}

// Network is a history of ratings and, perhaps, a verdict on some agents.
type Network struct {
	// Ratings are ordered by time; where times are equal, as in the file.
	Ratings []Rating
	// IDs and Keys are by slot.
	IDs  []string
	Keys [][32]byte
	// Labels are by slot: 1 trusted, -1 fraudulent, 0 not known.
	Labels []int8
	// Labelled tells whether there was a file of labels.
	Labelled bool
}

// Load reads DIR/NAME.csv, ratings as package trustcsv takes them, and
// DIR/NAME_labels.csv, an agent and +1 or -1 in each row, where there is one.
func Load(dir, name string) (*Network, error) {
	n := new(Network)
	slots := make(map[string]uint32)
	file := filepath.Join(dir, name+".csv")
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s. Get soc-sign-bitcoin-otc from "+
			"https://snap.stanford.edu/data/soc-sign-bitcoin-otc.html, unpack it to that name, and put the verdicts "+
			"(one row id,+1 or id,-1 per agent; Kumar et al., REV2, 2018) beside it as %s_labels.csv", ErrAbsent, file, name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := n.readRatings(trustcsv.NewReader(file, f), slots); err != nil {
		return nil, err
	}
	n.Labels = make([]int8, len(n.IDs))
	return n, n.readLabels(filepath.Join(dir, name+"_labels.csv"), slots)
}

func (n *Network) readRatings(rows *trustcsv.Reader, slots map[string]uint32) error {
	slot := func(id string) uint32 {
		s, ok := slots[id]
		if !ok {
			s = uint32(len(n.IDs))
			id = strings.Clone(id)
			slots[id] = s
			n.IDs, n.Keys = append(n.IDs, id), append(n.Keys, trustcsv.Key(id))
		}
		return s
	}
	for {
		row, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		n.Ratings = append(n.Ratings, Rating{slot(row.Consumer), slot(row.Provider), row.Sats, row.Rating, row.TimeMicros})
	}
	slices.SortStableFunc(n.Ratings, func(a, b Rating) int { return cmp.Compare(a.TimeMicros, b.TimeMicros) })
	return nil
}

func (n *Network) readLabels(file string, slots map[string]uint32) error {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for line := 1; lines.Scan(); line++ {
		id, verdict, _ := strings.Cut(strings.TrimSpace(lines.Text()), ",")
		slot, known := slots[id]
		switch strings.TrimSpace(verdict) {
		case "1", "+1":
			if known {
				n.Labels[slot] = 1
			}
		case "-1":
			if known {
				n.Labels[slot] = -1
			}
		default:
			return fmt.Errorf("%s:%d: label is %q, want +1 or -1", file, line, verdict)
		}
	}
	n.Labelled = true
	return lines.Err()
}

// seeds returns the founder and everyone the founder rated 5 or more.
func seeds(founder uint32, ratings []Rating) []uint32 {
	out := []uint32{founder}
	for _, r := range ratings {
		if r.Rater == founder && r.Rating >= 5 {
			out = append(out, r.Ratee)
		}
	}
	return out
}

// slot returns the slot of an id.
func (n *Network) slot(id string) (uint32, error) {
	if i := slices.Index(n.IDs, id); i >= 0 {
		return uint32(i), nil
	}
	return 0, fmt.Errorf("the founder %q occurs in no rating", id)
}

// book returns the ratings as a book after an epoch on the day of a moment.
// Times are those of the ratings, in microseconds.
func (n *Network) book(ratings []Rating, times []int64, atMicros int64, trusted []uint32, p reputation.Params) (*reputation.Book, error) {
	loader, err := reputation.NewLoader(p)
	if err != nil {
		return nil, err
	}
	for i, r := range ratings {
		err := loader.Put(reputation.Receipt{Consumer: r.Rater, Provider: r.Ratee, Sats: r.Sats, Rating: r.Rating, TimeMs: times[i] / 1000})
		if err != nil {
			return nil, err
		}
	}
	b := loader.Book()
	return b, b.Epoch(reputation.Snapshot{Params: p, Day: reputation.Day(atMicros / 1000), Keys: n.Keys, Seeds: trusted})
}
