package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
)

// special are the networks besides those that netip names which reach something
// else than a host of the internet (IANA special-purpose address registries).
var special = prefixes(
	"0.0.0.0/8",       // this network
	"100.64.0.0/10",   // carrier-grade NAT
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"240.0.0.0/4",     // reserved, broadcast
	"2001::/23",       // protocol assignments, Teredo
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4: an IPv4 address inside
	"3fff::/20",       // documentation
)

// globalIPv6 is all of IPv6 that is given out to hosts of the internet. Mapped
// and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96) lies outside.
var globalIPv6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// Public tells whether an address can be that of a host of the internet.
func Public(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() || a.IsPrivate() || !a.IsGlobalUnicast() {
		return false
	}
	if a.Is6() && !globalIPv6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// AddressError is an address that is not connected to.
type AddressError struct{ Addr netip.Addr }

func (e *AddressError) Error() string {
	return fmt.Sprintf("%s is not an address of the internet, and its network is not allowed", e.Addr)
}

// Guard keeps connections to hosts of the internet, and to networks that are named in it.
type Guard struct {
	// Allow are networks that may be connected to although they are not part of the internet,
	// such as 10.1.0.0/16 or ::1/128.
	Allow []netip.Prefix

	// AllowedOnly keeps to the networks of Allow.
	AllowedOnly bool
}

// Control is for net.Dialer: it refuses a connection by the address that it is about to be made to,
// after the name was resolved, so that no name leads around it.
func (g Guard) Control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	return g.Admits(a)
}

// Admits refuses an address that is not to be connected to, with an *AddressError.
func (g Guard) Admits(a netip.Addr) error {
	a = a.Unmap()
	for _, p := range g.Allow {
		if p.Contains(a.WithZone("")) {
			return nil
		}
	}
	if g.AllowedOnly || !Public(a) {
		return &AddressError{a}
	}
	return nil
}

// HTTP makes calls that the guard admits: each on a connection of its own, with no proxy, no redirect and
// an answer's head of at most so many bytes. Nil roots are the system's.
func (g Guard) HTTP(roots *x509.CertPool, head int64) *http.Client {
	dialer := &net.Dialer{Control: g.Control}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would connect where the guard does not see it
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			ForceAttemptHTTP2:      true,
			DisableKeepAlives:      true, // every call is checked against its own address
			DisableCompression:     true, // so that a bound on bytes is one on memory
			MaxResponseHeaderBytes: head,
		},
	}
}
