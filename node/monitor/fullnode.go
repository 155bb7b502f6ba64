package monitor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/btcsuite/btcd/wire"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/client"
)

// FullNodeConfig says how a Bitcoin full node is reached: bitcoind's or btcd's JSON-RPC.
type FullNodeConfig struct {
	URL string // such as http://127.0.0.1:8332, without user and password

	// CookieFile holds USER:PASSWORD, as bitcoind writes it at each start. Without it User and the
	// file with the password are taken.
	CookieFile, User, PasswordFile string

	TLSCert string // certificate that the node serves with, as btcd's rpc.cert; "": those of the system
	Cache   string // file that headers are kept in; "": none
}

// FullNode gives the headers of a full node. One goroutine uses it.
type FullNode struct {
	cfg   FullNodeConfig
	http  *http.Client
	first uint32
	list  []wire.BlockHeader
}

const (
	maxRPC       = 64 << 10 // of an answer, bytes
	headersAtOne = 5000     // that are fetched in one round at most
)

// NewFullNode checks the configuration. It asks nothing; secrets are read from their files when they are
// needed.
func NewFullNode(cfg FullNodeConfig) (*FullNode, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: the full node is named by a URL like http://127.0.0.1:8332, without user and password", ErrConfig)
	}
	if (cfg.CookieFile == "") == (cfg.PasswordFile == "") || (cfg.User == "") != (cfg.PasswordFile == "") {
		return nil, fmt.Errorf("%w: the full node wants a cookie file, or a user and a file with the password", ErrConfig)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.ResponseHeaderTimeout = 30 * time.Second
	if cfg.TLSCert != "" {
		pem, err := os.ReadFile(cfg.TLSCert)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: %s holds no certificate", ErrConfig, cfg.TLSCert)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &FullNode{cfg: cfg, http: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Headers implements Chain: it fetches what is new, at most some thousand headers at a time, and replaces what
// was reorganised.
func (n *FullNode) Headers(ctx context.Context, from uint32) (uint32, []wire.BlockHeader, error) {
	if n.list == nil || n.first != from {
		if err := n.load(from); err != nil {
			return 0, nil, err
		}
	}
	before := len(n.list)
	changed, err := n.update(ctx)
	if changed || len(n.list) != before {
		if err := n.save(); err != nil {
			return 0, nil, err
		}
	}
	if err == nil && len(n.list) == 0 {
		err = fmt.Errorf("the full node has no block %d yet", from)
	}
	if err != nil {
		return 0, nil, err
	}
	return n.first, n.list, nil
}

// update brings the headers up to the node's tip.
func (n *FullNode) update(ctx context.Context) (changed bool, err error) {
	var tip uint32
	if err := n.call(ctx, &tip, "getblockcount"); err != nil {
		return false, err
	}
	for len(n.list) > 0 {
		last := n.first + uint32(len(n.list)-1)
		if last <= tip {
			hash, err := n.hash(ctx, last)
			if err != nil {
				return changed, err
			}
			if hash == n.list[len(n.list)-1].BlockHash().String() {
				break
			}
		}
		n.list, changed = n.list[:len(n.list)-1], true
	}
	for range headersAtOne {
		height := n.first + uint32(len(n.list))
		if height > tip {
			break
		}
		hash, err := n.hash(ctx, height)
		if err != nil {
			return changed, err
		}
		h, err := n.header(ctx, hash)
		if err != nil {
			return changed, err
		}
		changed = true
		if !n.follows(&h) { // a reorganisation came in between
			n.list = n.list[:len(n.list)-1]
			continue
		}
		n.list = append(n.list, h)
	}
	return changed, nil
}

// follows tells whether a header can come next.
func (n *FullNode) follows(h *wire.BlockHeader) bool {
	return len(n.list) == 0 || h.PrevBlock == n.list[len(n.list)-1].BlockHash()
}

func (n *FullNode) hash(ctx context.Context, height uint32) (hash string, err error) {
	return hash, n.call(ctx, &hash, "getblockhash", height)
}

func (n *FullNode) header(ctx context.Context, hash string) (h wire.BlockHeader, err error) {
	var text string
	if err := n.call(ctx, &text, "getblockheader", hash, false); err != nil {
		return h, err
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != wire.MaxBlockHeaderPayload {
		return h, errors.New("the full node gives a header that is none")
	}
	return h, h.Deserialize(bytes.NewReader(raw))
}

// credentials are read anew for each call: bitcoind makes a cookie at each start.
func (n *FullNode) credentials() (user, password string, err error) {
	path := n.cfg.CookieFile
	if path == "" {
		path = n.cfg.PasswordFile
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", "", err
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if n.cfg.CookieFile == "" {
		return n.cfg.User, text, nil
	}
	user, password, ok := strings.Cut(text, ":")
	if !ok {
		return "", "", fmt.Errorf("%s is no cookie file of a full node", path)
	}
	return user, password, nil
}

// call is one call of JSON-RPC. Its errors hold neither user nor password.
func (n *FullNode) call(ctx context.Context, to any, method string, params ...any) error {
	user, password, err := n.credentials()
	if err != nil {
		return err
	}
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "1.0", "id": "econd", "method": method, "params": params})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(user, password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := n.http.Do(req)
	if err != nil {
		return fmt.Errorf("the full node at %s: %s", n.cfg.URL, client.WhyUnreached(err))
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, maxRPC)).Decode(&answer)
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("the full node at %s refuses the user and password", n.cfg.URL)
	case err == nil && answer.Error != nil:
		return fmt.Errorf("the full node at %s answers %s: %.200s", n.cfg.URL, method, answer.Error.Message)
	case err != nil || resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the full node at %s answers %s with %d and no result", n.cfg.URL, method, resp.StatusCode)
	}
	return json.Unmarshal(answer.Result, to)
}

// load reads the headers that were kept, if they begin where they are wanted, as far as they follow each
// other. What else is wrong with them shows when they are held against the node.
func (n *FullNode) load(from uint32) error {
	n.first, n.list = from, []wire.BlockHeader{}
	if n.cfg.Cache == "" {
		return nil
	}
	raw, err := os.ReadFile(n.cfg.Cache)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(raw)%wire.MaxBlockHeaderPayload != 4 || binary.BigEndian.Uint32(raw) != from {
		return nil
	}
	for in := bytes.NewReader(raw[4:]); in.Len() > 0; {
		var h wire.BlockHeader
		if err := h.Deserialize(in); err != nil {
			return err
		}
		if !n.follows(&h) {
			break
		}
		n.list = append(n.list, h)
	}
	return nil
}

func (n *FullNode) save() error {
	if n.cfg.Cache == "" {
		return nil
	}
	var out bytes.Buffer
	_ = binary.Write(&out, binary.BigEndian, n.first) // into memory
	for i := range n.list {
		_ = n.list[i].Serialize(&out)
	}
	return atomicfile.Replace(n.cfg.Cache, out.Bytes(), 0o600)
}
