package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

type callFlags struct {
	method, data, save, as string
	headers                []string

	wallet, purpose string
	dryRun          bool
}

// callView is what `call` prints as JSON. Body is left away for a body that is
// not UTF-8; BodyBase64 carries that.
type callView struct {
	Status     int         `json:"status"`
	Headers    http.Header `json:"headers"`
	Body       *string     `json:"body,omitempty"`
	BodyBase64 string      `json:"body_base64,omitempty"`
	PaidSat    int64       `json:"paid_sat"` // by this call, without the fee
	FeeMsat    int64       `json:"fee_msat"`
	Reused     bool        `json:"reused"` // an earlier call paid
	Invoice    string      `json:"invoice,omitempty"`
	Preimage   string      `json:"preimage,omitempty"`
}

func newCall(a *app) *cobra.Command {
	var f callFlags
	c := long(command("call URL", "Call a paid HTTP service and pay its L402 price",
		func(ctx context.Context, list []string) error {
			if f.wallet == "" {
				a.dryRun = f.dryRun
				return a.call(ctx, list[0], f)
			}
			p := payFlags{purpose: f.purpose, method: f.method, data: f.data, headers: f.headers, feeMsat: -1, check: f.dryRun, wait: 20 * time.Second}
			r, err := a.spendRequest(list, p)
			if err != nil {
				return err
			}
			return a.payFrom(ctx, f.wallet, r, p)
		}),
		"Call a paid HTTP service. An L402 price up to --max-sats is paid through your LND,",
		"a higher one after asking. The token is kept and used again. The answer goes to",
		"the standard output, what was paid to the standard error.",
		"",
		"The request names your agent key in the header "+l402.CustomerHeader+", if the key can",
		"be read without asking. A service that heeds it names you in its invoice: then your",
		"rating counts whole, and nobody else can rate in your place. An invoice that names",
		"somebody else is not paid.",
		"",
		"Any L402 or LSAT seller is paid, whatever its token is; the token goes back as it",
		"came. Where it is a macaroon that names a payment hash, another invoice is not paid.",
		"",
		"With --wallet the economy calls and pays from a wallet of yours, as its budget allows.")
	c.Flags().StringVar(&f.wallet, "wallet", "", "pay from this `WALLET` of the economy, id or name, instead of your LND")
	c.Flags().StringVar(&f.purpose, "purpose", "", "with --wallet: what for, a-z, 0-9, - and _")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be sent; with --wallet what it costs and what the rules would say; nothing is paid")
	c.Flags().StringVar(&f.method, "method", "", "HTTP method (default GET, POST with --data)")
	c.Flags().StringVar(&f.data, "data", "", "body; @FILE for a file, @- for the standard input")
	c.Flags().StringArrayVarP(&f.headers, "header", "H", nil, "`HEADER` to send, \"Name: value\"; may be repeated")
	c.Flags().StringVar(&f.as, "as", "", `agent key to be named as the customer, hex or npub; "nobody" for none (default your own)`)
	c.Flags().StringVar(&f.save, "save-payment", "", "new file for invoice and preimage, for a receipt")
	return c
}

func (a *app) call(ctx context.Context, target string, f callFlags) error {
	req, err := a.callRequest(ctx, target, f)
	if err != nil {
		return err
	}
	if a.dryRun {
		return a.showCall(req)
	}
	if _, err := os.Lstat(f.save); f.save != "" && err == nil {
		return fmt.Errorf("%s exists; move it away or name another file with --save-payment", f.save)
	}
	resp, paid, err := a.do(req)
	// Invoice and preimage of a payment are kept even if the answer never came.
	if saved := a.savePayment(f.save, req.URL.String(), paid); saved != nil {
		err = errors.Join(err, saved)
	}
	if err != nil {
		if resp != nil {
			resp.Body.Close()
		}
		if way := (*url.Error)(nil); errors.As(err, &way) && ctx.Err() == nil {
			err = &unansweredError{req.URL.Host, err}
		}
		return unserved(req, paid, err)
	}
	defer resp.Body.Close()
	if a.asJSON {
		err = a.callJSON(resp, paid)
	} else if _, err = io.Copy(a.stdout, resp.Body); err != nil {
		err = fmt.Errorf("the answer broke off: %w", err)
	}
	if where := resp.Header.Get("Location"); err == nil && resp.StatusCode/100 == 3 && where != "" {
		err = fmt.Errorf("%s answers %s and leads to %s, which is not followed: call that if you trust it with your request",
			req.URL.Host, oneLine(resp.Status), oneLine(where))
	}
	if err == nil && resp.StatusCode >= 300 {
		err = &serviceError{req.URL.Host, oneLine(resp.Status), resp.StatusCode}
	}
	return unserved(req, paid, err)
}

// unserved names the payment of a call that failed after it.
func unserved(req *http.Request, paid wallet.Paid, err error) error {
	if err == nil || paid.IsZero() || paid.Reused {
		return err
	}
	return &client.UnservedError{What: oneLine(callURL(req)), Paid: paid, Last: err}
}

func (a *app) callRequest(ctx context.Context, target string, f callFlags) (*http.Request, error) {
	var body io.Reader
	if f.data != "" {
		data, err := a.readArg(f.data)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	if f.method == "" {
		f.method = http.MethodGet
		if body != nil {
			f.method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(f.method), target, body)
	if err != nil {
		return nil, cli.Usage(err)
	}
	if req.URL.Host == "" || (req.URL.Scheme != "http" && req.URL.Scheme != "https") {
		return nil, cli.Usagef("URL: must start with http:// or https:// and name a host")
	}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, cli.Usagef(`header: must be "Name: value"`)
		}
		req.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if req.Header.Get(l402.CustomerHeader) != "" {
		return req, nil
	}
	who, err := a.customer(f.as)
	if who != (op.PublicKey{}) {
		req.Header.Set(l402.CustomerHeader, who.String())
	}
	return req, err
}

// customer is whom a paid call names: who was asked for, else the own key where
// it lies open or its passphrase in a file; zero for nobody.
func (a *app) customer(as string) (op.PublicKey, error) {
	switch as {
	case "nobody":
		return op.PublicKey{}, nil
	case "":
	default:
		return parseKey("as", as)
	}
	if a.byKeyfile() && a.asks() {
		return op.PublicKey{}, nil
	}
	return a.self()
}

func (a *app) callJSON(resp *http.Response, paid wallet.Paid) error {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if len(data) > maxAnswer {
		return fmt.Errorf("the answer is larger than %d bytes; call without --json", maxAnswer)
	}
	v := callView{Status: resp.StatusCode, Headers: resp.Header}
	if utf8.Valid(data) {
		text := string(data)
		v.Body = &text
	} else {
		v.BodyBase64 = base64.StdEncoding.EncodeToString(data)
	}
	if !paid.IsZero() {
		v.Reused, v.Invoice, v.Preimage = paid.Reused, paid.Invoice, paid.Preimage.Reveal()
		if !paid.Reused {
			v.PaidSat, v.FeeMsat = paid.Sat(), paid.FeeMsat
		}
	}
	return a.print(v, "")
}

// savePayment stores invoice and preimage of a payment in a new private file.
func (a *app) savePayment(path, url string, paid wallet.Paid) error {
	if path == "" || paid.IsZero() {
		return nil
	}
	data, err := json.MarshalIndent(savedPayment{Version: 1, URL: url, Invoice: paid.Invoice,
		Preimage: paid.Preimage.Reveal(), AmountMsat: paid.AmountMsat, FeeMsat: paid.FeeMsat}, "", "  ")
	if err != nil {
		return err
	}
	return taken(path, atomicfile.Create(path, append(data, '\n'), 0o600))
}
