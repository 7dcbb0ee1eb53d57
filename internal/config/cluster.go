package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
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

	// Listen is where only other nodes are answered, with TLS on both sides: each shows the
	// certificate TLSCert, which the authority TLSCA has signed. The four are set together.
	Listen  string `toml:"listen" mapstructure:"listen"`
	TLSCA   string `toml:"tls_ca" mapstructure:"tls_ca"`
	TLSCert string `toml:"tls_cert" mapstructure:"tls_cert"`
	TLSKey  string `toml:"tls_key" mapstructure:"tls_key"`
}

var subject = regexp.MustCompile("^[A-Za-z0-9_-]{1,64}$")

// minSecret is the fewest characters of Cluster.Secret.
const minSecret = 16

func (c Cluster) check() error {
	if !subject.MatchString(c.Prefix) {
		return fmt.Errorf("cluster.prefix = %q is not a word of letters, digits, - and _", c.Prefix)
	}
	mutual := 0
	for _, s := range []string{c.Listen, c.TLSCA, c.TLSCert, c.TLSKey} {
		if s != "" {
			mutual++
		}
	}
	switch {
	case mutual != 0 && mutual != 4:
		return errors.New("of cluster.listen, tls_ca, tls_cert and tls_key, some are set and others are not")
	case mutual != 0 && !strings.HasPrefix(c.Address, "https://"):
		return fmt.Errorf("cluster.address = %q is not of the form https://host:port, and cluster.listen takes nothing else", c.Address)
	case c.Address == "": // workers read the nodes' secret with the rest of what a cluster shares
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
