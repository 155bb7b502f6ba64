package l402

import "testing"

func TestCallerOf(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7/32",
		"::ffff:192.0.2.7":     "192.0.2.7/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::9":      "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "unknown",
		"bufconn":              "unknown",
	} {
		if got := CallerOf(ip).String(); got != want {
			t.Errorf("CallerOf(%q) = %q, want %q", ip, got, want)
		}
	}
}
