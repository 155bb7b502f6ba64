package l402

import (
	"net/netip"
	"strings"
)

// Caller is whom the rate limit tells apart: an address, the block that it was
// assigned from, and the region of that. A host has the whole /64 of an IPv6
// address for nothing, a customer often a /48, and a provider a /32; with IPv4
// they are the address, its /24 and its /16. The zero value is everybody who
// has no address.
type Caller struct{ address, block, region netip.Prefix }

// CallerOf returns the caller with an IP address in text.
func CallerOf(ip string) Caller {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return Caller{}
	}
	addr = addr.Unmap().WithZone("")
	bits := [3]int{64, 48, 32}
	if addr.Is4() {
		bits = [3]int{32, 24, 16}
	}
	var p [3]netip.Prefix
	for i, n := range bits {
		if p[i], err = addr.Prefix(n); err != nil {
			return Caller{}
		}
	}
	return Caller{p[0], p[1], p[2]}
}

// String returns the block of addresses that is told apart.
func (c Caller) String() string {
	if !c.address.IsValid() {
		return "unknown"
	}
	return c.address.String()
}

// Levels returns the address, the block that it was assigned from, and the
// region of that; none of them is valid for the zero Caller.
func (c Caller) Levels() [3]netip.Prefix { return [3]netip.Prefix{c.address, c.block, c.region} }

// ForwardedFor is the address that a trusted proxy, the one that asks, asks for:
// the last of X-Forwarded-For, which it appended; what stands before is its
// caller's own claim. Without one it is the proxy's.
func ForwardedFor(values []string, proxy string) string {
	if len(values) == 0 {
		return proxy
	}
	list := values[len(values)-1]
	last := strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
	if _, err := netip.ParseAddr(last); err != nil {
		return proxy
	}
	return last
}
