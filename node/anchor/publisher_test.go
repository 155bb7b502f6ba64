package anchor

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mapJournal is a journal in memory; a nil map fails.
type mapJournal map[string][]byte

func (j mapJournal) Put(key string, value []byte) error {
	if j == nil {
		return errors.New("disk is full")
	}
	j[key] = value
	return nil
}

func (j mapJournal) Scan(prefix string,
	fn func(key string, value []byte) error) error {

	for _, key := range slices.Sorted(maps.Keys(j)) {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if err := fn(key, j[key]); err != nil {
			return err
		}
	}
	return nil
}

// unused stands for ports that these tests never get to. What the Publisher
// does with real ones is tested in node/lnd, on a real network.
type unused struct {
	Wallet
	Chain
	Facts
}

func testConfig(j Journal) PublisherConfig {
	return PublisherConfig{Origin: testOrigin, Params: regtest,
		Wallet: unused{}, Chain: unused{}, Facts: unused{}, Journal: j}
}

func TestPublisherConfigNamesTheBadField(t *testing.T) {
	for field, change := range map[string]func(c *PublisherConfig){
		"origin":         func(c *PublisherConfig) { c.Origin = "" },
		"Params":         func(c *PublisherConfig) { c.Params = nil },
		"Journal":        func(c *PublisherConfig) { c.Journal = nil },
		"Confirmations":  func(c *PublisherConfig) { c.Confirmations = 1001 },
		"MaxSatPerVByte": func(c *PublisherConfig) { c.MaxSatPerVByte = -1 },
		"LineSat":        func(c *PublisherConfig) { c.LineSat = 19_999 },
		"LeaseFor":       func(c *PublisherConfig) { c.LeaseFor = 1 },
		"Poll":           func(c *PublisherConfig) { c.Poll = -1 },
	} {
		cfg := testConfig(mapJournal{})
		change(&cfg)
		_, err := NewPublisher(cfg)
		require.ErrorContains(t, err, field)
	}
	cfg := testConfig(mapJournal{})
	cfg.LineSat = 20_000
	_, err := NewPublisher(cfg)
	require.NoError(t, err)
}

func TestAnchorIsDurableAndIdempotent(t *testing.T) {
	j := mapJournal{}
	p, err := NewPublisher(testConfig(j))
	require.NoError(t, err)
	body := func(size int64) []byte {
		return Checkpoint{Origin: testOrigin, Size: size}.Body()
	}
	require.ErrorIs(t, p.Anchor([]byte("junk")), ErrCheckpoint)
	require.ErrorIs(t, p.Anchor(Checkpoint{Origin: "econd/b"}.Body()),
		ErrCheckpoint)
	require.Empty(t, j)

	require.NoError(t, p.Anchor(body(5)))
	require.NoError(t, p.Anchor(body(7)))
	require.NoError(t, p.Anchor(body(6)), "covered by 7")
	require.Len(t, j, 1)
	require.Contains(t, string(j[nextKey]), `\n7\n`)

	again, err := NewPublisher(testConfig(j))
	require.NoError(t, err)
	require.Equal(t, body(7), again.next)
	again.cfg.Journal = mapJournal(nil)
	require.NoError(t, again.Anchor(body(7)))
	require.ErrorContains(t, again.Anchor(body(8)), "disk is full")

	_, _, err = p.Covering(0)
	require.ErrorIs(t, err, ErrNotAnchored)
	_, err = p.Proof(0)
	require.ErrorIs(t, err, ErrNotAnchored)
}

func TestJournalsThatCannotBeReadAreRefused(t *testing.T) {
	good, err := newRecord(0, string(testCheckpoint().Body()))
	require.NoError(t, err)
	encode := func(change func(r *record)) []byte {
		r := *good
		change(&r)
		value, err := json.Marshal(&r)
		require.NoError(t, err)
		return value
	}
	key := recordKey(0)
	for says, j := range map[string]mapJournal{
		"invalid character": {key: []byte("junk")},
		"record version 2":  {key: encode(func(r *record) { r.V = 2 })},
		"is missing":        {recordKey(1): encode(func(r *record) { r.Seq = 1 })},
		"invalid checkpoint": {key: encode(func(r *record) {
			r.Body = ""
		})},
		"belongs to": {key: encode(func(r *record) {
			r.Body = string(Checkpoint{Origin: "econd/b"}.Body())
		})},
		"has no transaction": {key: encode(func(r *record) {
			r.State = StateBuilt
		})},
		"unknown state": {key: encode(func(r *record) {
			r.State = "lost"
			r.Versions = []txVersion{{Tx: anchorTxRaw(t)}}
			r.Coins = []Coin{{}}
		})},
		"no anchor": {key: encode(func(r *record) {
			r.State = StateBuilt
			r.Versions = []txVersion{{Tx: anchorTxRaw(t)}}
		})},
		"contradicts its block": {key: encode(func(r *record) {
			r.State = StateFinal
			r.Versions = []txVersion{{Tx: anchorTxRaw(t)}}
			r.Coins = []Coin{{}}
		})},
		"anchor/next is malformed": {nextKey: []byte("{}")},
	} {
		_, err := NewPublisher(testConfig(j))
		require.ErrorContains(t, err, says)
	}
	p, err := NewPublisher(testConfig(mapJournal{
		key: encode(func(*record) {})}))
	require.NoError(t, err)
	require.Equal(t, StateJournaled, p.Anchors()[0].State)
	require.NoError(t, p.Anchor(testCheckpoint().Body()), "known")
	require.Nil(t, p.next)
}

func anchorTxRaw(t *testing.T) Hex {
	raw, err := stripped(anchorTx(testLine(1, nil).OutPoint,
		NewPayload(testOrigin, nil)))
	require.NoError(t, err)
	return raw
}

func FuzzDecodeRecord(f *testing.F) {
	r, err := newRecord(0, string(testCheckpoint().Body()))
	require.NoError(f, err)
	value, err := json.Marshal(r)
	require.NoError(f, err)
	f.Add(value)
	f.Add([]byte(`{"v":1,"state":"built","body":"econd/b\n0\n` +
		`AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n","versions":[{}]}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := decodeRecord(value)
		if err != nil {
			return
		}
		r.view()
		if len(r.Versions) > 0 {
			r.line()
		}
		again, err := json.Marshal(r)
		require.NoError(t, err)
		back, err := decodeRecord(again)
		require.NoError(t, err)
		require.Equal(t, r.view(), back.view())
	})
}
