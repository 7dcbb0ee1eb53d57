package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Serve configures corust serve.
type Serve struct {
	Listen         string `toml:"listen" mapstructure:"listen"`
	MetricsListen  string `toml:"metrics_listen" mapstructure:"metrics_listen"`
	Prefix         string `toml:"prefix" mapstructure:"prefix"`
	Hosts          string `toml:"hosts" mapstructure:"hosts"`
	Origins        string `toml:"origins" mapstructure:"origins"`
	TrustedProxies string `toml:"trusted_proxies" mapstructure:"trusted_proxies"`
	TLSCert        string `toml:"tls_cert" mapstructure:"tls_cert"`
	TLSKey         string `toml:"tls_key" mapstructure:"tls_key"`

	Database       string   `toml:"database" mapstructure:"database"`
	MaxDatabase    Size     `toml:"max_database" mapstructure:"max_database"`
	MaxSnapshots   Size     `toml:"max_snapshots" mapstructure:"max_snapshots"`
	MaxHistory     Size     `toml:"max_history" mapstructure:"max_history"`
	FrameAncestors string   `toml:"frame_ancestors" mapstructure:"frame_ancestors"`
	Synchronous    string   `toml:"synchronous" mapstructure:"synchronous"`
	Expire         Duration `toml:"expire" mapstructure:"expire"`
	History        string   `toml:"history" mapstructure:"history"`
	Drain          Duration `toml:"drain" mapstructure:"drain"`
	Ahead          string   `toml:"ahead" mapstructure:"ahead"`

	Text               int  `toml:"text" mapstructure:"text"`
	Members            int  `toml:"members" mapstructure:"members"`
	Message            Size `toml:"message" mapstructure:"message"`
	MessageRate        int  `toml:"message_rate" mapstructure:"message_rate"`
	Connections        int  `toml:"connections" mapstructure:"connections"`
	AddressConnections int  `toml:"address_connections" mapstructure:"address_connections"`
	AddressSessions    int  `toml:"address_sessions" mapstructure:"address_sessions"`
	AddressRuns        int  `toml:"address_runs" mapstructure:"address_runs"`
	AddressRequests    int  `toml:"address_requests" mapstructure:"address_requests"`
	AddressBytes       Size `toml:"address_bytes" mapstructure:"address_bytes"`
	AddressBoxes       int  `toml:"address_boxes" mapstructure:"address_boxes"`
	AddressQueue       int  `toml:"address_queue" mapstructure:"address_queue"`

	Playground Playground `toml:"playground" mapstructure:"playground"`
}

// Playground configures the endpoints of the Rust Playground in corust serve.
type Playground struct {
	Enabled        bool     `toml:"enabled" mapstructure:"enabled"`
	CORSOrigins    string   `toml:"cors_origins" mapstructure:"cors_origins"`
	Hosts          string   `toml:"hosts" mapstructure:"hosts"`
	FrameAncestors string   `toml:"frame_ancestors" mapstructure:"frame_ancestors"`
	Budget         Duration `toml:"budget" mapstructure:"budget"`
	Boxes          int      `toml:"boxes" mapstructure:"boxes"`
	Requests       int      `toml:"requests" mapstructure:"requests"`
	AddressRuns    int      `toml:"address_runs" mapstructure:"address_runs"`
}

func defaultPlayground() Playground {
	return Playground{CORSOrigins: "*", Budget: Duration(5 * time.Second), Requests: 64, AddressRuns: 600}
}

// check finds values that the endpoints cannot use.
func (p Playground) check() error {
	switch {
	case p.Budget <= 0:
		return fmt.Errorf("invalid serve.playground.budget = %v (want something like 5s)", p.Budget)
	case p.Requests <= 0 || p.AddressRuns <= 0:
		return fmt.Errorf("invalid serve.playground.requests = %d or address_runs = %d (want at least 1)", p.Requests, p.AddressRuns)
	case p.Boxes < 0:
		return fmt.Errorf("serve.playground.boxes = %d cannot be negative", p.Boxes)
	case strings.ContainsAny(p.FrameAncestors, ";,\r\n"):
		return fmt.Errorf("invalid serve.playground.frame_ancestors = %q (want sources separated by spaces)", p.FrameAncestors)
	}
	return nil
}

// The values of Serve.Ahead: what is done with a text that rests, ahead of its run.
const (
	AheadBuild = "build"
	AheadCheck = "check"
	AheadOff   = "off"
)

// Aheads lists the values of Serve.Ahead.
var Aheads = []string{AheadBuild, AheadCheck, AheadOff}

// InMemory is the Database that is forgotten when the server ends.
const InMemory = "memory"

// The values of History.
const (
	HistoryAll    = "all"
	HistoryRecent = "recent"
)

func defaultServe() Serve {
	return Serve{
		Listen: "127.0.0.1:8080", Synchronous: "full", MaxDatabase: 16 << 30, MaxSnapshots: 1 << 30, MaxHistory: 1 << 30,
		Expire: Duration(90 * 24 * time.Hour), History: HistoryRecent, Drain: Duration(20 * time.Second), Ahead: AheadBuild,
		Text: 256 << 10, Members: 256, Message: 2 << 20, MessageRate: 60,
		Playground:  defaultPlayground(),
		Connections: 10_000, AddressConnections: 64, AddressSessions: 120, AddressRuns: 60, AddressRequests: 1200, AddressBytes: 16 << 20,
	}
}

// escaped is how many bytes of JSON a character takes at most, as in "\u0001".
const escaped = 6

// check finds values that a server cannot use.
func (s Serve) check() error {
	for _, v := range []struct {
		key string
		n   int64
	}{
		{"text", int64(s.Text)}, {"members", int64(s.Members)}, {"message", int64(s.Message)}, {"message_rate", int64(s.MessageRate)},
		{"connections", int64(s.Connections)}, {"address_connections", int64(s.AddressConnections)},
		{"address_sessions", int64(s.AddressSessions)}, {"address_runs", int64(s.AddressRuns)},
		{"address_requests", int64(s.AddressRequests)}, {"address_bytes", int64(s.AddressBytes)},
	} {
		if v.n <= 0 {
			return fmt.Errorf("invalid serve.%s = %d (want at least 1)", v.key, v.n)
		}
	}
	if s.AddressBoxes < 0 || s.AddressQueue < 0 {
		return fmt.Errorf("serve.address_boxes = %d and serve.address_queue = %d cannot be negative", s.AddressBoxes, s.AddressQueue)
	}
	if s.MaxDatabase < 0 || s.MaxSnapshots < 0 {
		return fmt.Errorf("serve.max_database = %d and serve.max_snapshots = %d cannot be negative", s.MaxDatabase, s.MaxSnapshots)
	}
	if strings.ContainsAny(s.FrameAncestors, ";,\r\n") {
		return fmt.Errorf("invalid serve.frame_ancestors = %q (want sources separated by spaces)", s.FrameAncestors)
	}
	// A paste, or what was typed while the server was away, is one message; the
	// page would send one that does not fit again and again.
	if least := escaped*int64(s.Text) + 4096; int64(s.Message) < least {
		return fmt.Errorf("serve.message = %d bytes does not hold a text of serve.text = %d characters, which may take %d", s.Message, s.Text, least)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return errors.New("serve.tls_cert and serve.tls_key belong together")
	}
	if s.Synchronous != "full" && s.Synchronous != "normal" {
		return fmt.Errorf(`serve.synchronous = %q is neither "full" nor "normal"`, s.Synchronous)
	}
	if !slices.Contains(Aheads, s.Ahead) {
		return fmt.Errorf("invalid serve.ahead = %q (want %s)", s.Ahead, strings.Join(Aheads, ", "))
	}
	if s.Prefix != "" && (!strings.HasPrefix(s.Prefix, "/") || strings.HasSuffix(s.Prefix, "/")) {
		return fmt.Errorf("serve.prefix = %q is not of the form /name", s.Prefix)
	}
	if s.Expire < 0 || s.Drain < 0 {
		return errors.New("serve.expire and serve.drain cannot be negative")
	}
	if s.MaxHistory != 0 && s.MaxHistory < 1<<20 {
		return fmt.Errorf("serve.max_history = %d, want 0 or at least 1MiB", s.MaxHistory)
	}
	if s.History != HistoryAll && s.History != HistoryRecent {
		return fmt.Errorf("serve.history = %q, want %q or %q", s.History, HistoryAll, HistoryRecent)
	}
	return s.Playground.check()
}
