package bolt11

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
)

// heavy are texts of the greatest length that make a decoder work: fields, features, digits, no field at all.
func heavy() map[string]string {
	small := plain()
	for range 2200 {
		small = append(small, 2, 0, 0)
	}
	return map[string]string{
		"a large field":      padded(MaxLength),
		"small fields":       ten(small),
		"features":           ten(draft(hashField, secretField, teaField, field(fieldFeatures, FeatureBits(5113)...))),
		"digits":             signed("lnbcrt"+strings.Repeat("9", 6000), plain()),
		"no checksum":        strings.Repeat("q", 500) + "1" + strings.Repeat("q", 6500),
		"separators":         strings.Repeat("1", MaxLength),
		"far beyond the end": strings.Repeat("q", 10_000_000),
	}
}

// Decode allocates no more than a few times the text, and nothing for what is too long.
func TestMemoryIsLinear(t *testing.T) {
	for name, text := range heavy() {
		const runs = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			_, _ = Decode(text)
		}
		runtime.ReadMemStats(&after)
		each := (after.TotalAlloc - before.TotalAlloc) / runs
		if most := uint64(8*min(len(text), MaxLength) + 4096); each > most {
			t.Errorf("%s: %d bytes for %d characters, at most %d", name, each, len(text), most)
		}
		if n := testing.AllocsPerRun(runs, func() { _, _ = Decode(text) }); n > 40 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Whatever a text is, Decode refuses it with field, rule and reason, or reads the same again in the other
// case; and what it reads can be written, and is then read alike.
func FuzzDecode(f *testing.F) {
	for _, c := range vectorCases() {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		inv, err := Decode(text)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || refused.Field == "" || refused.Rule == "" || refused.Problem == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, same := range []string{strings.ToUpper(text), strings.ToLower(text)} {
			if again, err := Decode(same); err != nil || says(again) != says(inv) {
				t.Errorf("%q: %v", same, err)
			}
		}
		written, err := Encode(inv, vectorKey)
		if err != nil {
			t.Fatalf("%q cannot be written: %v", text, err)
		}
		inv.Payee = [33]byte(vectorKey.PubKey().SerializeCompressed())
		if inv.ExpiryS == 0 {
			inv.ExpiryS = DefaultExpiryS
		}
		if inv.MinFinalCltv == 0 {
			inv.MinFinalCltv = DefaultMinFinalCltv
		}
		if again, err := Decode(written); err != nil || says(again) != says(inv) {
			t.Errorf("%q, written anew: %v\n%s\n%s", text, err, says(again), says(inv))
		}
	})
}

// Encode gives the very bytes of LND's encoder.
func TestEncodesAsLND(t *testing.T) {
	hash, secret, about := [32]byte{1}, [32]byte{2}, [32]byte{3}
	features := lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)
	for _, msat := range []int64{0, 1, 10, 100, 999, 1000, 10_000, 123_000, 100_000, 1_000_000, 100_000_000, 100_000_000_000, 250_000_000, MaxMsat} {
		for _, described := range []bool{true, false} {
			options := []func(*zpay32.Invoice){zpay32.PaymentAddr(secret), zpay32.Features(features), zpay32.CLTVExpiry(144), zpay32.Expiry(90 * time.Second)}
			inv := Invoice{Prefix: "lnbcrt", AmountMsat: msat, TimestampS: 1_800_000_000, PaymentHash: hash, PaymentSecret: secret,
				ExpiryS: 90, MinFinalCltv: 144, Features: FeatureBits(8, 14)}
			if msat > 0 {
				options = append(options, zpay32.Amount(lnwire.MilliSatoshi(msat)))
			}
			if described {
				inv.Description = "one tea, 茶"
				options = append(options, zpay32.Description(inv.Description))
			} else {
				inv.DescriptionHash = &about
				options = append(options, zpay32.DescriptionHash(about))
			}
			lnd, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, hash, time.Unix(inv.TimestampS, 0), options...)
			if err != nil {
				t.Fatal(err)
			}
			want, err := lnd.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
				return ecdsa.SignCompact(vectorKey, chainhash.HashB(msg), true), nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Encode(inv, vectorKey); err != nil || got != want {
				t.Errorf("%d msat: %v\n%s\n%s", msat, err, got, want)
			}
		}
	}
}

func TestNamedPayee(t *testing.T) {
	text, err := Encode(Invoice{Prefix: "lntbs", Named: true}, vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Decode(text)
	if err != nil || !inv.Named || inv.Payee != [33]byte(vectorKey.PubKey().SerializeCompressed()) || inv.ExpiresS() != DefaultExpiryS {
		t.Errorf("%s, %v", says(inv), err)
	}
}

func TestWhatCannotBeEncoded(t *testing.T) {
	fine := Invoice{Prefix: "lnbcrt", AmountMsat: MaxMsat, TimestampS: 1<<35 - 1, Description: strings.Repeat("x", 639), ExpiryS: MaxNumber,
		MinFinalCltv: MaxNumber, Features: FeatureBits(5113)}
	if text, err := Encode(fine, vectorKey); err != nil {
		t.Fatal(err)
	} else if _, err := Decode(text); err != nil {
		t.Fatal(err)
	}
	for about, broken := range map[string]func(*Invoice){
		"prefix": func(i *Invoice) { i.Prefix = "lnbcx" }, "amount": func(i *Invoice) { i.AmountMsat++ }, "negative": func(i *Invoice) { i.AmountMsat = -1 },
		"timestamp": func(i *Invoice) { i.TimestampS++ }, "before 1970": func(i *Invoice) { i.TimestampS = -1 },
		"long": func(i *Invoice) { i.Description += "x" }, "UTF-8": func(i *Invoice) { i.Description = "\xff" },
		"both": func(i *Invoice) { i.DescriptionHash = new([32]byte) }, "expiry": func(i *Invoice) { i.ExpiryS++ },
		"negative expiry": func(i *Invoice) { i.ExpiryS = -1 }, "cltv": func(i *Invoice) { i.MinFinalCltv++ },
		"negative cltv": func(i *Invoice) { i.MinFinalCltv = -1 }, "required": func(i *Invoice) { i.Features = FeatureBits(100) },
		"too many": func(i *Invoice) { i.Features = make(Features, 1024) }, "no groups": func(i *Invoice) { i.Features = Features{32} },
	} {
		inv := fine
		inv.Features = slices.Clone(fine.Features)
		broken(&inv)
		if text, err := Encode(inv, vectorKey); err == nil {
			t.Errorf("%s: %s", about, text)
		}
	}
}

// What decoding costs, beside LND's decoder in one run: most of it is the recovery of the key.
func BenchmarkDecode(b *testing.B) {
	text := ten(plain())
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lnd", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := lndDecode(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	long := strings.Repeat("q", 500) + "1" + strings.Repeat("q", 6500)
	b.Run("refused", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Decode(long)
		}
	})
}
