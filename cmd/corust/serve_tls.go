package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// reloadTime is how often, at most, a certificate's files are looked at.
const reloadTime = time.Second

// A certificate is a pair of files that an ACME client may renew while the server runs.
// Handshakes use the pair that is in the files. While the files cannot be read, or do not
// match because only one has been replaced so far, handshakes use the last valid pair.
type certificate struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	looked  time.Time
	files   [2]os.FileInfo // that pair came from
	refused string         // the error that was logged last
}

// openCertificate reads a pair, which must be good.
func openCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, now: time.Now}
	if err := c.load(); err != nil {
		return nil, err
	}
	c.looked = c.now()
	return c, nil
}

// get is a tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= reloadTime {
		c.looked = now
		c.renew()
	}
	return c.pair, nil
}

// renew loads the files if they have changed, and logs the result once.
func (c *certificate) renew() {
	if files, err := c.stat(); err == nil && same(files[0], c.files[0]) && same(files[1], c.files[1]) {
		return
	}
	err := c.load()
	switch {
	case err == nil:
		c.refused = ""
		c.log.Info("certificate renewed", "file", c.cert, "until", c.pair.Leaf.NotAfter)
	case err.Error() != c.refused:
		c.refused = err.Error()
		c.log.Error("certificate not renewed; the last good one is used", "err", err)
	}
}

func (c *certificate) load() error {
	// Looked at before, so that a change meanwhile is seen the next time.
	files, err := c.stat()
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("certificate %s with the key %s: %w", c.cert, c.key, err)
	}
	c.pair, c.files = &pair, files
	return nil
}

func (c *certificate) stat() (files [2]os.FileInfo, err error) {
	for i, name := range []string{c.cert, c.key} {
		if files[i], err = os.Stat(name); err != nil {
			return files, err
		}
	}
	return files, nil
}

// same reports whether a file is the one it was: a link may lead to another.
func same(a, b os.FileInfo) bool {
	return a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && os.SameFile(a, b)
}
