package server

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientAddr(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:99", nil, "192.0.2.1"},
		{"192.0.2.1:99", []string{"203.0.113.9"}, "192.0.2.1"}, // says who?
		{"10.0.0.1:99", []string{"203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:99", []string{"1.2.3.4, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"}, // the first is forged
		{"10.0.0.1:99", []string{"1.2.3.4", "203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:99", []string{"nonsense"}, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:99", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.forwarded}}
		if got := clientAddr(r, trusted); got.String() != tt.want {
			t.Errorf("%s with %q: %s, want %s", tt.remote, tt.forwarded, got, tt.want)
		}
	}
	if a, b := household(netip.MustParseAddr("2001:db8::1")), household(netip.MustParseAddr("2001:db8::2:0:0:1")); a != b {
		t.Errorf("%s and %s are one customer's", a, b)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	token := newEditToken()
	if !validToken(string(token)) || !validToken(string(token.session())) {
		t.Errorf("%q or its session %q has not the form", token, token.session())
	}
	for _, s := range []string{"", string(token)[1:], string(token) + "0", "ILOU" + string(token)[4:], "........................../"[:26]} {
		if validToken(s) {
			t.Errorf("%q has the form", s)
		}
	}
	// Links that people have kept must go on working.
	if got, want := editToken("00000000000000000000000000").session(), "w2pfehyv7kccwhnjy78z76dqh8"; string(got) != want {
		t.Errorf("session of the zero token: %s, want %s", got, want)
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	q := newQuotas(Limits{Connections: 3, AddressConnections: 2, AddressSessions: 4, AddressRuns: 1}.withDefaults())
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	release, ok := q.connect(a)
	if !ok {
		t.Fatal("the first is refused")
	}
	_, _ = q.connect(a)
	if _, ok := q.connect(a); ok {
		t.Error("an address has too many")
	}
	if _, ok := q.connect(b); !ok {
		t.Error("one address's limit is felt by another")
	}
	if _, ok := q.connect(b); ok {
		t.Error("there are too many in all")
	}
	release()
	release() // counts once
	if _, ok := q.connect(b); !ok {
		t.Error("what was released is not free")
	}
	made := 0
	for range 4 {
		if q.session(a) {
			made++
		}
	}
	if made != 2 {
		t.Errorf("%d sessions made at once, want half of an hour's", made)
	}
	if !q.run(a) || q.run(a) || !q.run(b) {
		t.Error("runs are not counted by address")
	}
}
