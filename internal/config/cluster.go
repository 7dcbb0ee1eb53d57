package config

import (
	"fmt"
	"net/url"
)

// Cluster makes corust serve one of several nodes that share a database.
type Cluster struct {
	// Address is the URL at which the other nodes reach this one.
	Address string `toml:"address" mapstructure:"address"`
	// Secret is the same on all nodes.
	Secret string `toml:"secret" mapstructure:"secret"`
}

// minSecret is the fewest characters of Cluster.Secret.
const minSecret = 16

func (c Cluster) check() error {
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
