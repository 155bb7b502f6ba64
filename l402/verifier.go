package l402

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"
)

// VerifierConfig sets up a Verifier.
type VerifierConfig struct {
	// Store holds the root keys. Required.
	Store RootKeys

	// TokenCache is how many verified tokens are remembered, at most about
	// 3 kB each; 0 for none.
	TokenCache int

	// KeyCache is how many tokens' chain starts are remembered, about 250 B
	// each; 0 for none.
	KeyCache int
}

// Verifier checks credentials against a store. Safe for concurrent use.
type Verifier struct {
	store  RootKeys
	tokens *cache[string, *verified]
	keys   *cache[TokenID, *chainStart]
	pool   sync.Pool
}

// verified is a token whose chain and preimage were found good. Whether it
// grants anything is examined anew for each request.
type verified struct {
	generation uint64
	id         Identifier
	ends       int64 // as of the store
	caveats    [][]byte
}

// chainStart is what the store says about a token, carried as far as it can be
// without the caveats.
type chainStart struct {
	generation uint64
	id         Identifier
	signature  [32]byte // of the macaroon without caveats
	ends       int64    // Unix second, of every token of the root key
	paid       bool
}

// scratch is the memory of one uncached verification.
type scratch struct {
	hasher hasher
	raw    rawMacaroon
	text   [maxMacaroonLen + 4]byte // decoded macaroons, and what base64 needs beyond
}

// maxCachedText is the longest credential that is remembered, so that the
// bound on entries is a bound on memory.
const maxCachedText = 1536

// NewVerifier checks the configuration; ErrConfig names a bad field.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	switch {
	case cfg.Store == nil:
		return nil, refuse(ErrConfig, "Store: required")
	case cfg.TokenCache < 0:
		return nil, refuse(ErrConfig, "TokenCache: must not be negative")
	case cfg.KeyCache < 0:
		return nil, refuse(ErrConfig, "KeyCache: must not be negative")
	}
	return &Verifier{
		store:  cfg.Store,
		tokens: newCache[string, *verified](cfg.TokenCache),
		keys:   newCache[TokenID, *chainStart](cfg.KeyCache),
		pool:   sync.Pool{New: func() any { return new(scratch) }},
	}, nil
}

// Check looks for a credential that satisfies the need in the values of a
// request's Authorization fields. Schemes L402 and LSAT count, in any case;
// others are passed over. Up to four credentials are tried in order, a repeated
// text once; the first good one grants. If none is good, the first one's
// refusal is returned, or ErrNoCredentials if there is none.
//
// Presenting the credential of a token for the first time marks it paid in the
// store.
func (v *Verifier) Check(now time.Time, authorization []string, need Need) (Grant, error) {
	return v.checkAll(now, authorization, need, nil)
}

// checkAll is Check where a token also has to have uses left, if they are
// counted. The grant of one that has none comes with ErrUsedUp, if no other
// credential is good.
func (v *Verifier) checkAll(now time.Time, authorization []string, need Need, counted Balances) (Grant, error) {
	var first error
	var spent Grant
	var tried [maxCredentials]string
	n := 0
	for _, text := range authorization {
		for {
			credential, rest, found, ok := nextCredential(text)
			if !ok {
				first = firstOf(first, refuse(ErrMalformed,
					"Authorization: want L402 <base64 macaroon>:<64 hex digits of preimage> and nothing after it"))
				break
			}
			if !found {
				break
			}
			text = rest
			if seen(tried[:n], credential) {
				continue
			}
			if n == maxCredentials {
				return spent, firstOf(first, refuse(ErrMalformed,
					"Authorization: more than %d L402 credentials", maxCredentials))
			}
			tried[n] = credential
			n++
			g, err := v.check(now, credential, &need)
			if err == nil && counted != nil {
				err = look(counted, &g)
			}
			if err == nil {
				return g, nil
			}
			if spent.Uses == 0 && g.Uses != 0 {
				spent, first = g, err
			}
			first = firstOf(first, err)
		}
	}
	return spent, firstOf(first, refuse(ErrNoCredentials, "Authorization: has no L402 value; pay the challenge"))
}

func firstOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

func seen(tried []string, credential string) bool {
	for _, t := range tried {
		if t == credential {
			return true
		}
	}
	return false
}

// CheckMacaroon is Check for the form that gRPC clients of aperture send in the
// metadata key "macaroon" (HTTP: Macaroon, Grpc-Metadata-Macaroon): one
// macaroon in hex whose last preimage caveat shows the payment. It is
// never cached.
func (v *Verifier) CheckMacaroon(now time.Time, value string, need Need) (Grant, error) {
	if value == "" {
		return Grant{}, refuse(ErrNoCredentials, "macaroon: empty")
	}
	s := v.pool.Get().(*scratch)
	defer v.pool.Put(s)
	if hex.DecodedLen(len(value)) > maxMacaroonLen {
		return Grant{}, refuse(ErrMalformed, "macaroon: at most %d bytes are accepted", maxMacaroonLen)
	}
	b, err := hex.DecodeString(value)
	if err != nil {
		return Grant{}, refuse(ErrMalformed, "macaroon: not hex")
	}
	rest, err := s.raw.decode(b)
	if err != nil {
		return Grant{}, err
	}
	if len(rest) > 0 {
		return Grant{}, refuse(ErrMalformed, "macaroon: %d bytes after its end", len(rest))
	}
	var preimage [32]byte
	text := lastPreimage(s.raw.list())
	if !decodeHex32(&preimage, text) {
		return Grant{}, refuse(ErrMalformed, "preimage caveat: want 64 hex digits")
	}
	_, g, err := v.verify(now, s, sha256.Sum256(preimage[:]), &need)
	return g, err
}

// lastPreimage returns the value of the last preimage caveat; nil for none.
func lastPreimage(caveats [][]byte) (value []byte) {
	for _, c := range caveats {
		if len(c) > len(condPreimage) && string(c[:len(condPreimage)+1]) == condPreimage+"=" {
			value = c[len(condPreimage)+1:]
		}
	}
	return value
}

// check decides on one credential, macaroons:preimage.
func (v *Verifier) check(now time.Time, credential string, need *Need) (Grant, error) {
	shard := hexTable[credential[len(credential)-1]]
	if t, ok := v.tokens.get(shard, credential); ok && t.generation == v.store.Generation() {
		g := Grant{TokenID: t.id.TokenID, PaymentHash: t.id.PaymentHash, KeepUntil: t.ends}
		if err := examine(t.caveats, need, now.Unix(), &g); err != nil {
			return Grant{}, err
		}
		return g, nil
	}

	i := len(credential) - preimageLen - 1
	var preimage [32]byte
	if !decodeHex32(&preimage, credential[i+1:]) {
		return Grant{}, refuse(ErrMalformed, "preimage: want 64 hex digits after the colon")
	}
	paid := sha256.Sum256(preimage[:])

	s := v.pool.Get().(*scratch)
	defer v.pool.Put(s)
	if strings.IndexByte(credential[:i], ',') >= 0 {
		return v.checkSeveral(now, credential[:i], paid, need)
	}
	n, ok := decodeBase64(s.text[:], credential[:i])
	if !ok {
		return Grant{}, errBase64
	}
	rest, err := s.raw.decode(s.text[:n])
	if err != nil {
		return Grant{}, err
	}
	if len(rest) > 0 {
		return v.checkSeveral(now, credential[:i], paid, need)
	}
	generation, g, err := v.verify(now, s, paid, need)
	if err != nil {
		return Grant{}, err
	}
	if v.tokens != nil && len(credential) <= maxCachedText {
		v.tokens.put(shard, strings.Clone(credential), remember(generation, &g, s.raw.list()))
	}
	return g, nil
}

var errBase64 = refuse(ErrMalformed,
	"macaroon: want standard or url-safe base64 of at most %d bytes", maxMacaroonLen)

// remember copies a verified token out of scratch memory.
func remember(generation uint64, g *Grant, caveats [][]byte) *verified {
	size := 0
	for _, c := range caveats {
		size += len(c)
	}
	text := make([]byte, 0, size)
	kept := make([][]byte, 0, len(caveats))
	for _, c := range caveats {
		start := len(text)
		text = append(text, c...)
		kept = append(kept, text[start:len(text):len(text)])
	}
	return &verified{
		generation: generation,
		id:         Identifier{PaymentHash: g.PaymentHash, TokenID: g.TokenID},
		ends:       g.KeepUntil,
		caveats:    kept,
	}
}

// checkSeveral decides on the rare credential that holds several macaroons,
// comma-separated or one after another in one text. All must be well-formed;
// the first that is good grants.
func (v *Verifier) checkSeveral(now time.Time, texts string, paid Hash, need *Need) (Grant, error) {
	var all []*scratch
	for text := range strings.SplitSeq(texts, ",") {
		head := new(scratch)
		n, ok := decodeBase64(head.text[:], text)
		if !ok || n == 0 {
			return Grant{}, errBase64
		}
		for b := head.text[:n]; len(b) > 0; {
			if len(all) == maxTokens {
				return Grant{}, refuse(ErrMalformed, "macaroon: more than %d in one credential", maxTokens)
			}
			s := new(scratch)
			rest, err := s.raw.decode(b)
			if err != nil {
				return Grant{}, err
			}
			all, b = append(all, s), rest
		}
	}
	var first error
	for _, s := range all {
		_, g, err := v.verify(now, s, paid, need)
		if err == nil {
			return g, nil
		}
		first = firstOf(first, err)
	}
	return Grant{}, first
}

// verify decides on the macaroon in s.raw. generation is the store's, read
// before the root key.
func (v *Verifier) verify(now time.Time, s *scratch, paid Hash, need *Need) (generation uint64, g Grant, err error) {
	id, err := ParseIdentifier(s.raw.identifier)
	if err != nil {
		return 0, Grant{}, err
	}
	if id.PaymentHash != paid {
		return 0, Grant{}, refuse(ErrPreimage, "the preimage hashes to another payment than the token's")
	}
	if s.raw.thirdParty {
		return 0, Grant{}, refuse(ErrMalformed, "macaroon: third-party caveats are not supported")
	}
	start, err := v.start(&s.hasher, id)
	if err != nil {
		return 0, Grant{}, err
	}
	signature := start.signature
	for _, c := range s.raw.list() {
		s.hasher.sum(&signature, c)
	}
	if subtle.ConstantTimeCompare(signature[:], s.raw.signature[:]) != 1 {
		return 0, Grant{}, refuse(ErrSignature, "the token was changed or was not issued here")
	}
	if !start.paid {
		v.markPaid(start)
	}
	g = Grant{TokenID: id.TokenID, PaymentHash: id.PaymentHash, KeepUntil: start.ends}
	if err := examine(s.raw.list(), need, now.Unix(), &g); err != nil {
		return 0, Grant{}, err
	}
	return start.generation, g, nil
}

// start returns the beginning of a token's chain, from memory or the store.
func (v *Verifier) start(h *hasher, id Identifier) (chainStart, error) {
	shard := id.TokenID[0]
	generation := v.store.Generation()
	if k, ok := v.keys.get(shard, id.TokenID); ok && k.generation == generation {
		if k.id != id {
			return chainStart{}, unknownToken(id.TokenID)
		}
		return *k, nil
	}
	record, err := v.store.Get(id.TokenID)
	if errors.Is(err, ErrUnknownToken) {
		return chainStart{}, unknownToken(id.TokenID)
	}
	if err != nil {
		return chainStart{}, unavailable("root key store", err)
	}
	if record.PaymentHash != id.PaymentHash {
		return chainStart{}, unknownToken(id.TokenID)
	}
	b := id.Bytes()
	k := chainStart{generation: generation, id: id, signature: h.start(&record.RootKey, b[:]),
		ends: record.ExpiresAt, paid: record.Paid}
	if v.keys != nil {
		v.keys.put(shard, id.TokenID, &k)
	}
	return k, nil
}

func unknownToken(id TokenID) error {
	return refuse(ErrUnknownToken, "token %s is not or no longer known here", id)
}

// markPaid tells the store once, and remembers that it did.
func (v *Verifier) markPaid(k chainStart) {
	v.store.MarkPaid(k.id.TokenID)
	k.paid = true
	v.keys.put(k.id.TokenID[0], k.id.TokenID, &k)
}
