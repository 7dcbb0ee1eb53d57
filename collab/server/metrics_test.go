package server_test

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count all requests, including those without a route, and no value of a request
// becomes a label.
func TestMetricsCountAllRequestsWithFixedLabels(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	f := start(t, func(c *server.Config) {
		c.Metrics = reg
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		c.Limits.AddressConnections = 1
		c.Limits.AddressSessions = 4 // two at once
		c.Limits.AddressRuns = 1
	})
	c, full := f.create(""), f.create("")
	for {
		conn, err := f.hub.Join(t.Context(), wire.SessionID(full.Session), authority.Visitor{})
		if errors.Is(err, wire.ErrBusy) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for _, r := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/stranger%27s/bytes", 404}, {"PUT", "/stranger", 404}, {"PUT", "/api/v1/sessions/" + c.Token, 405}, {"STRANGE", "/", 405},
		{"GET", "/healthz", 200}, {"GET", "/s/" + c.Token, 200}, {"GET", "/s/stranger", 404}, {"POST", "/api/v1/sessions", 429},
		{"POST", "/api/v1/sessions/" + c.Token + "/runs", 200}, {"POST", "/api/v1/sessions/" + c.Token + "/runs", 429},
	} {
		if got := f.do(r.method, r.path, "", nil); got != r.want {
			t.Errorf("%s %s: %d, want %d", r.method, r.path, got, r.want)
		}
	}
	// A session that is full, as a server with no room is, refuses both.
	if got := f.do("GET", "/api/v1/sessions/"+full.Session, "", nil); got != 429 {
		t.Errorf("a full session: status %d", got)
	}
	if got := f.dial(full.Edit+"/socket", http.Header{"X-Forwarded-For": {"192.0.2.1"}}).ended(); got != "busy" {
		t.Errorf("a full session ended with %q", got)
	}
	ed := f.join(c.Edit, "ed")
	ed.send("nonsense")
	ed.expect("error")
	if got := f.dial(c.Edit+"/socket", http.Header{"Origin": {f.web.URL}}).ended(); got != "busy" {
		t.Errorf("a connection too many ended with %q", got)
	}
	req, err := http.NewRequest("GET", f.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://stranger.example")
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("another origin: %v, %v", res, err)
	} else {
		res.Body.Close()
	}

	f.web.Close() // the server counts a request after its answer
	got := map[string]float64{}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.Metric {
			name := family.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	const requests = "corust_http_requests_total "
	for name, want := range map[string]float64{ // 0: some
		"corust_connections": 1, "corust_sessions_created_total": 2,
		"corust_refused_total connections": 1, "corust_refused_total sessions": 1, "corust_refused_total runs": 1, "corust_refused_total busy": 2,
		"corust_refused_total malformed": 1, "corust_refused_total origin": 1,
		"corust_messages_total in": 2, "corust_messages_total out": 0, "corust_message_bytes_total in": 0, "corust_message_bytes_total out": 0,
		requests + "other 4xx": 5, requests + "/healthz 2xx": 1, requests + "/s/{token} 2xx": 1, requests + "/s/{token} 4xx": 1,
		requests + "/api/v1/sessions 2xx": 2, requests + "/api/v1/sessions 4xx": 1,
		requests + "/api/v1/sessions/{token}/runs 2xx": 1, requests + "/api/v1/sessions/{token}/runs 4xx": 1,
		requests + "/s/{token}/socket 1xx": 0, requests + "/api/v1/sessions/{token} 4xx": 1,
	} {
		if n, ok := got[name]; !ok || want > 0 && n != want || n == 0 {
			t.Errorf("%s is %v, want %v", name, n, want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("there are also %v", got)
	}
}
