package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Hosts holds the names that a server answers to, besides localhost and IP addresses.
// A web page can have its name resolve to any address (DNS rebinding) and then read the
// answers as same-origin, but it cannot change the name in its requests.
type Hosts struct {
	// Names are host names without a port; one that begins with a dot stands for all
	// names that end with it.
	Names []string
	// Proxied lets requests by a trusted proxy have any name: the proxy decides.
	Proxied bool
}

// Answers reports whether a request has a name that the server answers to. A nil *Hosts
// answers to every name.
func (h *Hosts) Answers(r *http.Request, proxies []netip.Prefix) bool {
	return h == nil || h.Proxied && contains(proxies, parseAddr(r.RemoteAddr)) || h.has(hostname(r.Host))
}

func (h *Hosts) has(name string) bool {
	// No page has an address as its name that is not the one it came from.
	if net.ParseIP(name) != nil || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	for _, n := range h.Names {
		n = strings.ToLower(n)
		if name == n || strings.HasPrefix(n, ".") && strings.HasSuffix(name, n) {
			return true
		}
	}
	return false
}

// hostname is the name or address in a Host header, in lower case.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
