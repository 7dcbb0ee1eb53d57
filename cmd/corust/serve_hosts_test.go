package main

import (
	"os"
	"slices"
	"testing"

	"github.com/corust-dev/corust/internal/config"
)

// Without serve.hosts, a server answers to this machine's names and to those in the
// other keys of the configuration.
func TestHostsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	name, err := os.Hostname()
	if err != nil {
		t.Skipf("this machine has no name: %v", err)
	}
	h := hosts(config.Serve{Listen: "rust.lan:8080", Origins: "https://a.example:8443, https://b.example"})
	for _, want := range []string{name, "rust.lan", "a.example", "b.example"} {
		if !slices.Contains(h.Names, want) {
			t.Errorf("%q is not among %q", want, h.Names)
		}
	}
	if !h.Proxied {
		t.Error("a proxy's requests are refused though serve.hosts is empty")
	}
	h = hosts(config.Serve{Listen: ":8080", Hosts: "a.example, .b.example", TLSCert: "c"})
	if !slices.Equal(h.Names, []string{"a.example", ".b.example"}) || h.Proxied {
		t.Errorf("with serve.hosts: %+v", h)
	}
	if h := hosts(config.Serve{TLSCert: "c"}); h != nil {
		t.Errorf("with a certificate, which browsers compare with the name: %+v", h)
	}
}
