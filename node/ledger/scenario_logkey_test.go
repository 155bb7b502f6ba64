package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

// Facts about the log's key, from version 2 of the rules on:
//
//	log-key KEY [by OLD] [takes NEW] [over N]
//
// hands the log over to the key of that name. OLD and NEW are who signs as the old key and as
// the new one, where those are not who should; N is how many entries it speaks of, where those
// are not all before it. KEY may be another name's text: other-name, small-order, witness.
func init() {
	facts["log-key"] = func(sc *scenario, f []string) error {
		sc.enterDue()
		old, taker, size := sc.s.LogVerifier(), f[0], sc.s.Next()
		oldSigner := sc.logSigner
		for i := 1; i+1 < len(f); i += 2 {
			switch f[i] {
			case "by":
				oldSigner = f[i+1]
			case "takes":
				taker = f[i+1]
			case "over":
				size = uint64(sc.number(f[i+1]))
			}
		}
		h, err := logkey.Handover{Size: size, Root: sc.rootOf(int64(size)), Key: logKeyText(f[0])}.Sign(old, logSecret(oldSigner), logSecret(taker))
		if err != nil {
			return err
		}
		err = sc.apply("operator", op.KindLogKey, op.LogKey{LogVerifier: h.Key, Size: h.Size, Root: h.Root, OldSignature: h.Old, NewSignature: h.New})
		if err == nil {
			sc.logSigner = f[0]
		}
		return err
	}
	looks["log-keys"] = func(sc *scenario, _ []string) string {
		var names []string
		for _, k := range sc.s.LogKeys().All() {
			for _, name := range []string{"genesis", "second", "third"} {
				if k.Text == logKeyText(name) {
					names = append(names, name)
				}
			}
		}
		return strings.Join(names, " ")
	}
}

// logSecret signs as the log's key of that name; "" is that of the genesis.
type logSecret string

func (s logSecret) key() ed25519.PrivateKey {
	text := "log key of " + scenarioEconomy
	if s != "" && s != "genesis" {
		text += ", " + string(s)
	}
	seed := sha256.Sum256([]byte(text))
	return ed25519.NewKeyFromSeed(seed[:])
}

func (s logSecret) Name() string                    { return Origin(scenarioEconomy) }
func (s logSecret) KeyHash() uint32                 { return 0 }
func (s logSecret) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key(), msg), nil }

// logKeyText is the text of the key of that name.
func logKeyText(name string) string {
	public, origin := logSecret(name).key().Public().(ed25519.PublicKey), Origin(scenarioEconomy)
	switch name {
	case "small-order":
		public = make(ed25519.PublicKey, ed25519.PublicKeySize)
	case "other-name":
		origin += "x"
	}
	text, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		panic(err)
	}
	return text
}
