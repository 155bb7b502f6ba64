package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
)

// For returns a client whose secrets are those of one receiver of its own, so
// that whoever learns them can check nothing else, nor forge it: its root is
// HMAC-SHA256(root, "econd/webhook-for/" + name). It shares everything else.
func (c *Client) For(name string) *Client {
	m := hmac.New(sha256.New, c.cfg.Root[:])
	m.Write([]byte("econd/webhook-for/" + name))
	own := *c
	own.cfg.Root = Root(m.Sum(nil))
	return &own
}

// Check refuses a URL to which nothing can ever be delivered: one that is none,
// that is http where that is not allowed, or whose host is an address outside of
// the internet. Where a name leads is judged when it is called.
func (c *Client) Check(rawURL string) error {
	u, err := parse(rawURL)
	switch {
	case err != nil:
		return err
	case u.Scheme == "http" && !c.cfg.AllowHTTP:
		return errHTTP
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.guard().Admits(a)
	}
	return nil
}
