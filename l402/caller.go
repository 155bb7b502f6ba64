package l402

import "net/netip"

// CallerOf is whom the rate limit tells apart by an IP address in text: an IPv4
// address, or the /64 of an IPv6 address, since a host has that many of those
// for nothing. Everything else is one caller, "unknown".
func CallerOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
