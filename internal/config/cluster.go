package config

import (
	"fmt"
	"net/url"
	"regexp"
)

// Cluster is what several machines have in common: nodes that share a database, and workers
// that have the boxes.
type Cluster struct {
	// Bus is the URL of the NATS servers between nodes and workers; several are separated by
	// commas. Prefix begins all subjects.
	Bus    string `toml:"bus" mapstructure:"bus"`
	Prefix string `toml:"prefix" mapstructure:"prefix"`

	// Address is the URL at which the other nodes reach this one.
	Address string `toml:"address" mapstructure:"address"`
	// Secret is the same on all nodes.
	Secret string `toml:"secret" mapstructure:"secret"`
}

var subject = regexp.MustCompile("^[A-Za-z0-9_-]{1,64}$")

// minSecret is the fewest characters of Cluster.Secret.
const minSecret = 16

func (c Cluster) check() error {
	if !subject.MatchString(c.Prefix) {
		return fmt.Errorf("cluster.prefix = %q is not a word of letters, digits, - and _", c.Prefix)
	}
	if c.Address == "" && c.Secret == "" {
		return nil
	}
	u, err := url.Parse(c.Address)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "":
		return fmt.Errorf("cluster.address = %q is not of the form http://host:port", c.Address)
	case len(c.Secret) < minSecret:
		return fmt.Errorf("cluster.secret has %d characters, want at least %d: strangers must not guess it", len(c.Secret), minSecret)
	}
	return nil
}
