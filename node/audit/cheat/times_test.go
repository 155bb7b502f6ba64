package cheat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/headers"
)

const (
	byHeaders = "`econaudit replay --headers`"
	byNow     = "`econaudit replay --now`"
	withChain = "anybody with an export and the headers of Bitcoin"
	chainFrom = 600 // height of the first header of chain
)

// chain are headers an hour apart, the first at the present instant of the story, and
// what an auditor gives who has them.
func (s *story) chain(n int) ([]wire.BlockHeader, audit.ReplayOptions) {
	list := headers.Mine([32]byte{}, s.At.TimeMs/1000-3600, 3600, n, 0)
	given := wireHeaders(s.t, list)
	return given, audit.ReplayOptions{Headers: given, HeadersFrom: chainFrom}
}

func wireHeaders(t *testing.T, list []headers.Header) (out []wire.BlockHeader) {
	for i := range list {
		h, err := audittest.WireHeader(list[i][:])
		require.NoError(t, err)
		out = append(out, h)
	}
	return out
}

// ended is econaudit replay of the log, and what it says of the log's end.
func (s *story) ended(o audit.ReplayOptions) verdict {
	r, err := audit.Replay(s.t.Context(), strings.NewReader(string(s.Export())), o)
	if err != nil {
		return rejected(err)
	}
	var due []string
	for _, d := range r.End.Due {
		due = append(due, d.Text)
	}
	return verdict{proved: strings.Join(append(r.RestsOn, due...), "\n")}
}

// ofTimes are cheats with the time, in logs by version 1 of the rules.
var ofTimes = []cheat{
	{name: "clock-frozen", tries: "lets its clock stand still while blocks go by, for late ballots", catches: byHeaders, holder: withChain,
		err: audit.ErrLog, says: "more than two hours before the time of block 603",
		play: func(_ *testing.T, s *story) verdict {
			list, o := s.chain(120)
			for i := range 117 {
				s.MineBlock(chainFrom+uint32(i), list[i])
				s.Agent(fmt.Sprint("late ", i))
			}
			return s.replay(o)
		}},
	{name: "clock-years-ahead", tries: "stamps entries years ahead, to have a deadline passed", catches: byHeaders, holder: withChain,
		err: audit.ErrLog, says: "more than two hours after block 601",
		play: func(_ *testing.T, s *story) verdict {
			list, o := s.chain(3)
			s.MineBlock(chainFrom, list[0])
			s.At.TimeMs += (10 * 365 * 24 * time.Hour).Milliseconds()
			s.Due()
			return s.replay(o)
		}},
	{name: "clock-ahead-of-now", tries: "stamps the end of the log ahead of the present", catches: byNow, holder: anybody,
		err: audit.ErrLog, says: "more than two hours after now",
		play: func(_ *testing.T, s *story) verdict {
			now := s.At.TimeMs
			s.Pass(2*time.Hour + time.Millisecond)
			s.Agent("of the future")
			return s.replay(audit.ReplayOptions{NowMs: now})
		}},
	{name: "block-invented", tries: "stamps an entry with a block that is not in the chain", catches: byHeaders, holder: withChain,
		err: audit.ErrLog, says: "is not that of height 600 in the chain given",
		play: func(_ *testing.T, s *story) verdict {
			list, o := s.chain(3)
			s.MineBlock(chainFrom, list[1])
			s.Agent("by an invented block")
			return s.replay(o)
		}},
	{name: "height-beyond", tries: "stamps an entry with a height that no block has yet", catches: byHeaders, holder: withChain,
		err: audit.ErrLog, says: "beyond the headers given",
		play: func(_ *testing.T, s *story) verdict {
			list, o := s.chain(3)
			s.MineBlock(chainFrom+3, list[0])
			s.Agent("beyond")
			return s.replay(o)
		}},
	{name: "height-frozen", tries: "stays at one height while blocks go by, so that nothing falls due", catches: byHeaders, holder: withChain,
		err: audit.ErrLog, says: "by which time block 600 was not the newest any more",
		play: func(_ *testing.T, s *story) verdict {
			list, o := s.chain(12)
			s.MineBlock(chainFrom, list[0])
			s.Pass(10 * time.Hour)
			s.Agent("at an old block")
			return s.replay(o)
		}},
	{name: "close-kept-back", tries: "ends the log before a close that would go against it", catches: "`econaudit replay`, which lists what is due", holder: anybody,
		says: "facts have been due since its end",
		play: func(t *testing.T, s *story) verdict {
			id := s.open()
			v := s.ended(audit.ReplayOptions{NowMs: s.At.TimeMs + (25 * time.Hour).Milliseconds()})
			require.Contains(t, v.proved, "close")
			require.Contains(t, v.proved, id.String())
			return v
		}, trust: "whether econd stopped or keeps it back"},
	{name: "close-kept-back-from-the-chain", tries: "ends the log before a close, and shows it where nobody has a clock", catches: byHeaders + ", which lists what is due", holder: withChain,
		says: "facts have been due since its end",
		play: func(_ *testing.T, s *story) verdict {
			_, o := s.chain(30)
			s.open()
			return s.ended(o)
		}, trust: "whether econd stopped or keeps it back"},
}

// An honest clock passes where a frozen one is caught, up to the very end.
func TestHonestTimesPass(t *testing.T) {
	s := newStory(t)
	list, o := s.chain(40)
	for i := range 30 {
		s.MineBlock(chainFrom+uint32(i), list[i])
		s.Agent(fmt.Sprint("in time ", i))
		s.Pass(time.Hour)
	}
	require.NoError(t, s.replay(o).err)
	o.Headers, o.NowMs = slices.Clone(list[:30]), s.At.TimeMs
	require.NoError(t, s.replay(o).err)
}
