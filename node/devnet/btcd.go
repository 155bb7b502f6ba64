package devnet

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// matureHeight is the height every network starts from. btcd's regtest locks
// segwit in over three windows of 144 blocks; before that it refuses the
// witnesses that channel funding needs.
const matureHeight = 432

// firstSubsidy is what each of the blocks 1 to 149 pays to its miner; btcd's
// regtest halves it every 150 blocks.
const firstSubsidy = 50 * btcutil.SatoshiPerBitcoin

// chain is the btcd process with the key that its blocks pay to. Mining and
// spending stay in this package, so no lnd holds the miner's coins.
type chain struct {
	proc     *process
	rpcAddr  string
	certPath string
	user     string
	pass     string
	client   *http.Client

	minerKey    *btcec.PrivateKey
	minerScript []byte // P2PKH: spendable before segwit is active

	mu       sync.Mutex
	coinbase int64 // height of the next coinbase to spend
}

// startChain starts btcd in dir and waits until it answers.
func startChain(ctx context.Context, bin, dir string) (*chain, error) {
	key, err := btcec.NewPrivateKey()
	if err != nil {
		return nil, fmt.Errorf("btcd: draw the miner's key: %w", err)
	}
	address, err := btcutil.NewAddressPubKeyHash(
		btcutil.Hash160(key.PubKey().SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		return nil, fmt.Errorf("btcd: the miner's address: %w", err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return nil, fmt.Errorf("btcd: the miner's script: %w", err)
	}
	rpcAddr, err := freeAddr()
	if err != nil {
		return nil, fmt.Errorf("btcd: %w", err)
	}
	c := &chain{
		rpcAddr: rpcAddr, certPath: filepath.Join(dir, "rpc.cert"),
		user: "devnet", pass: rand.Text(),
		minerKey: key, minerScript: script, coinbase: 1,
	}
	c.proc, err = startProcess(spec{
		name: "btcd", path: bin, home: dir, log: filepath.Join(dir, "btcd.log"),
		args: []string{
			"--regtest", "--txindex", "--nolisten",
			"--configfile=" + os.DevNull,
			"--datadir=" + filepath.Join(dir, "data"),
			"--logdir=" + filepath.Join(dir, "logs"),
			"--rpclisten=" + c.rpcAddr,
			"--rpccert=" + c.certPath,
			"--rpckey=" + filepath.Join(dir, "rpc.key"),
			"--rpcuser=" + c.user, "--rpcpass=" + c.pass,
			"--rpcmaxclients=200", "--rpcmaxwebsockets=200",
			"--miningaddr=" + address.EncodeAddress(),
		},
	})
	if err != nil {
		return nil, err
	}
	err = c.proc.await(ctx, "its RPC answers", func(ctx context.Context) error {
		if err := c.dial(); err != nil {
			return err
		}
		_, err := c.height(ctx)
		return err
	})
	if err != nil {
		c.proc.kill()
		return nil, err
	}
	return c, nil
}

// dial prepares the HTTP client once btcd has written its certificate.
func (c *chain) dial() error {
	if c.client != nil {
		return nil
	}
	pem, err := os.ReadFile(c.certPath)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate yet", c.certPath)
	}
	c.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		IdleConnTimeout: 30 * time.Second,
	}}
	return nil
}

// ChainError is btcd's refusal of an RPC.
type ChainError struct {
	Method  string
	Code    int
	Message string
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("btcd refused %s: %s (code %d)", e.Method, e.Message, e.Code)
}

// call makes one JSON-RPC call and decodes the result into out, unless nil.
func (c *chain) call(ctx context.Context, out any, method string, params ...any) error {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "1.0", "id": 1, "method": method, "params": params,
	})
	if err != nil {
		return fmt.Errorf("btcd %s: encode: %w", method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+c.rpcAddr,
		bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("btcd %s: %w", method, err)
	}
	req.SetBasicAuth(c.user, c.pass)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("btcd %s: %w", method, err)
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("btcd %s: HTTP %s: %w", method, resp.Status, err)
	}
	if answer.Error != nil {
		return &ChainError{Method: method, Code: answer.Error.Code, Message: answer.Error.Message}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Result, out); err != nil {
		return fmt.Errorf("btcd %s: decode result: %w", method, err)
	}
	return nil
}

func (c *chain) height(ctx context.Context) (n int64, err error) {
	err = c.call(ctx, &n, "getblockcount")
	return n, err
}

// generate mines n blocks and returns their hashes, oldest first.
func (c *chain) generate(ctx context.Context, n int) ([]string, error) {
	var all []string
	// Small batches: a cancelled ctx cannot stop btcd in the middle of one.
	for n > 0 {
		batch := min(n, 50)
		var hashes []string
		if err := c.call(ctx, &hashes, "generate", batch); err != nil {
			return all, err
		}
		all, n = append(all, hashes...), n-len(hashes)
	}
	return all, nil
}

// output is one payment of the miner's coins.
type output struct {
	address string
	sats    int64
}

// send pays from one coinbase of 50 BTC. The change is given to the miner and
// forgotten; later calls use later coinbases.
func (c *chain) send(ctx context.Context, outs ...output) (txid string, err error) {
	const fee = 20_000 // sats; ample for one input and some dozen outputs
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.coinbase >= 150 {
		return "", errors.New("the miner's coinbases of 50 BTC are used up")
	}
	prev, err := c.coinbaseOutput(ctx, c.coinbase)
	if err != nil {
		return "", err
	}
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(prev, nil, nil))
	rest := int64(firstSubsidy - fee)
	for _, out := range outs {
		address, err := btcutil.DecodeAddress(out.address, &chaincfg.RegressionNetParams)
		if err != nil {
			return "", fmt.Errorf("address %q: %w", out.address, err)
		}
		script, err := txscript.PayToAddrScript(address)
		if err != nil {
			return "", fmt.Errorf("address %q: %w", out.address, err)
		}
		tx.AddTxOut(wire.NewTxOut(out.sats, script))
		rest -= out.sats
	}
	if rest < 0 {
		return "", fmt.Errorf("outputs exceed one coinbase of %d sats by %d", int64(firstSubsidy), -rest)
	}
	tx.AddTxOut(wire.NewTxOut(rest, c.minerScript))
	tx.TxIn[0].SignatureScript, err = txscript.SignatureScript(tx, 0, c.minerScript,
		txscript.SigHashAll, c.minerKey, true)
	if err != nil {
		return "", fmt.Errorf("sign the miner's payment: %w", err)
	}
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return "", fmt.Errorf("serialize the miner's payment: %w", err)
	}
	if err := c.call(ctx, &txid, "sendrawtransaction", hex.EncodeToString(raw.Bytes())); err != nil {
		return "", err
	}
	c.coinbase++
	return txid, nil
}

func (c *chain) coinbaseOutput(ctx context.Context, height int64) (*wire.OutPoint, error) {
	var hash string
	if err := c.call(ctx, &hash, "getblockhash", height); err != nil {
		return nil, err
	}
	var block struct{ Tx []string }
	if err := c.call(ctx, &block, "getblock", hash, 1); err != nil {
		return nil, err
	}
	if len(block.Tx) == 0 {
		return nil, fmt.Errorf("block %d has no transaction", height)
	}
	txid, err := chainhash.NewHashFromStr(block.Tx[0])
	if err != nil {
		return nil, fmt.Errorf("coinbase of block %d: %w", height, err)
	}
	return wire.NewOutPoint(txid, 0), nil
}
