package server_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/server"
)

// A page whose name resolves to the server (DNS rebinding) gets no answers.
func TestUnknownHostNamesAreRefused(t *testing.T) {
	t.Parallel()
	named := &server.Hosts{Names: []string{"rust.example", ".Lab.example"}}
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	for _, tt := range []struct {
		host    string
		hosts   *server.Hosts
		proxies []netip.Prefix
		want    int
	}{
		{"evil.example", named, nil, 421},
		{"evil.example:8080", named, nil, 421},
		{"rust.example.evil.example", named, nil, 421},
		{"notrust.example", named, nil, 421},
		{"lab.example", named, nil, 421},
		{"evillab.example", named, nil, 421},
		{"localhost.evil.example", named, nil, 421},
		{"127.0.0.1.evil.example", named, nil, 421},
		{"evil.example", named, loopback, 421},
		{"evil.example", &server.Hosts{}, nil, 421},
		{"evil.example", &server.Hosts{Proxied: true}, nil, 421},
		{"rust.example", named, nil, 200},
		{"RUST.example.:8080", named, nil, 200},
		{"a.lab.example", named, nil, 200},
		{"localhost:1", named, nil, 200},
		{"a.localhost", named, nil, 200},
		{"127.0.0.1", named, nil, 200},
		{"[::1]:8080", named, nil, 200},
		{"192.0.2.1:8080", &server.Hosts{}, nil, 200},
		{"[2001:db8::1]", &server.Hosts{}, nil, 200},
		{"site.example", &server.Hosts{Proxied: true}, loopback, 200},
		{"anything", nil, nil, 200},
	} {
		t.Run(tt.host, func(t *testing.T) {
			t.Parallel()
			f := start(t, func(c *server.Config) { c.Hosts, c.Proxies = tt.hosts, tt.proxies })
			req, err := http.NewRequest("GET", f.url+"/healthz", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			res, body := f.roundTrip(http.DefaultClient.Do, req)
			if res.StatusCode != tt.want || tt.want == 421 && !strings.Contains(string(body), "serve.hosts") {
				t.Errorf("status %d, %s, want %d", res.StatusCode, body, tt.want)
			}
		})
	}
}
