package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/corust-dev/corust/collab/server"
)

// openInner opens the address at which only other nodes are answered, and has nodes speak TLS
// with this node's certificate. It returns nil without such an address.
func (a *app) openInner(ctx context.Context, nodes *server.Nodes, log *slog.Logger) (net.Listener, error) {
	c := a.config.Cluster
	if c.Listen == "" || nodes == nil {
		return nil, nil
	}
	cert, err := openCertificate(c.TLSCert, c.TLSKey, log)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	data, err := os.ReadFile(c.TLSCA)
	if err != nil {
		return nil, fmt.Errorf("cluster.tls_ca: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("cluster.tls_ca: no certificate in %s", c.TLSCA)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w: %w", errListen, err)
	}
	nodes.TLS = &tls.Config{
		RootCAs: authority, MinVersion: tls.VersionTLS13,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert.get(nil) },
	}
	return tls.NewListener(ln, &tls.Config{
		GetCertificate: cert.get, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}, // as listen has it
		ClientCAs: authority, ClientAuth: tls.RequireAndVerifyClientCert,
	}), nil
}
