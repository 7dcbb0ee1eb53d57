package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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
		{"192.0.2.1:99", []string{"203.0.113.9"}, "192.0.2.1"}, // the sender is not a proxy
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
	for _, hold := range []func(netip.Addr) (func(), error){q.connect, q.body} { // each to the limits
		release, err := hold(a)
		if err != nil {
			t.Fatalf("the first is refused: %v", err)
		}
		_, _ = hold(a)
		if _, err := hold(a); err == nil || !strings.HasPrefix(err.Error(), "this address has 2 ") {
			t.Errorf("an address has too many: %v", err)
		}
		if _, err := hold(b); err != nil {
			t.Errorf("one address's limit is felt by another: %v", err)
		}
		if _, err := hold(b); err == nil || !strings.HasPrefix(err.Error(), "the server has 3 ") {
			t.Errorf("there are too many in all: %v", err)
		}
		release()
		release() // counts once
		if _, err := hold(b); err != nil {
			t.Errorf("what was released is not free: %v", err)
		}
	}
	made := 0
	var err error
	for range 4 {
		if err = q.session(a); err == nil {
			made++
		}
	}
	if err == nil || !strings.Contains(err.Error(), " 4 an hour") {
		t.Errorf("the error does not name the limit: %v", err)
	}
	if made != 2 {
		t.Errorf("%d sessions made at once, want half of an hour's", made)
	}
	if q.run(a, 3) != nil || q.run(a, 1) == nil || q.run(b, 1) != nil { // 3 take all that may be used at once
		t.Error("runs are not counted by address")
	}
}

// Quotas keep the usage of an address while it holds something or lacks a part of its
// allowances, and forget it afterwards.
func TestQuotasForgetUnusedAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQuotas(Limits{}.withDefaults())
		held, used, idle := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
		release, err := q.connect(held)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 { // half of an hour's
			if err := q.session(used); err != nil {
				t.Fatal(err)
			}
		}
		if err := q.request(idle); err != nil {
			t.Fatal(err)
		}
		known := func(after time.Duration, want ...netip.Addr) {
			t.Helper()
			time.Sleep(after)
			q.talk(netip.MustParseAddr("192.0.2.9")) // has it look
			for _, addr := range []netip.Addr{held, used, idle} {
				if _, ok := q.by[household(addr)]; ok != slices.Contains(want, addr) {
					t.Errorf("%v is known: %v", addr, ok)
				}
			}
		}
		known(0, held, used, idle)
		known(2*time.Minute, held, used)
		if err := q.session(used); err != nil {
			t.Fatal(err)
		}
		known(20*time.Minute, held, used)
		release()
		known(20 * time.Minute)
	})
}
