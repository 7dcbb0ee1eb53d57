package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner/remote"
	"github.com/nats-io/nats.go"
)

// bus is a remote.Bus over NATS. The broker holds nothing that can be lost: the two sides
// of a run send again what did not arrive.
type bus struct{ conn *nats.Conn }

var _ remote.Bus = bus{}

// errBus is returned for a bus that cannot be reached.
var errBus = errors.New("the bus between servers and workers")

// connectTime bounds each attempt to connect.
const connectTime = 5 * time.Second

// pending bounds what one subscription keeps when it is slow: more than the output of a run.
const pending = 64 << 20

// openBus connects to the bus of the configuration. It reconnects for as long as the process
// lives, and keeps nothing meanwhile: an offer that is a minute old helps nobody. If wait is
// set, a bus that cannot be reached yet is not an error: a server has more to do than runs.
func (a *app) openBus(log *slog.Logger, wait bool) (bus, error) {
	conn, err := nats.Connect(a.config.Cluster.Bus,
		nats.Name("corust"), nats.Timeout(connectTime), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1),
		nats.PingInterval(2*time.Second), nats.MaxPingsOutstanding(2), nats.NoEcho(), nats.RetryOnFailedConnect(wait),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the bus is gone", "err", err)
			}
		}),
		nats.ConnectHandler(func(c *nats.Conn) { tellSmall(c, log) }),
		nats.ReconnectHandler(func(c *nats.Conn) {
			log.Info("the bus is back", "url", c.ConnectedUrlRedacted())
			tellSmall(c, log)
		}),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			subject := ""
			if s != nil {
				subject = s.Subject
			}
			log.Warn("bus", "subject", subject, "err", err)
		}))
	if err != nil {
		return bus{}, fmt.Errorf("%w at %s: %w", errBus, redacted(a.config.Cluster.Bus), err)
	}
	if err := small(conn); err != nil {
		conn.Close()
		return bus{}, fmt.Errorf("%w at %s: %w", errBus, redacted(a.config.Cluster.Bus), err)
	}
	if !conn.IsConnected() {
		log.Warn("the bus cannot be reached yet; runs are refused until it can", "url", redacted(a.config.Cluster.Bus))
	}
	return bus{conn}, nil
}

// small returns an error if the broker takes only smaller messages than those of runs.
func small(c *nats.Conn) error {
	if n := c.MaxPayload(); c.IsConnected() && n < remote.MaxMessage {
		return fmt.Errorf("it takes messages of %d bytes (want max_payload of at least %d)", n, remote.MaxMessage)
	}
	return nil
}

// tellSmall logs what is wrong with a broker that was connected to later than at the start.
func tellSmall(c *nats.Conn, log *slog.Logger) {
	if err := small(c); err != nil {
		log.Error("runs are refused while the bus is as it is", "url", c.ConnectedUrlRedacted(), "err", err)
	}
}

// redacted returns addresses without their passwords.
func redacted(urls string) string {
	list := strings.Split(urls, ",")
	for i, s := range list {
		if u, err := url.Parse(strings.TrimSpace(s)); err == nil {
			list[i] = u.Redacted()
		} else {
			list[i] = "an address that cannot be read"
		}
	}
	return strings.Join(list, ", ")
}

// Publish implements remote.Bus. It sends nothing to a broker that would lose parts of runs
// for good, so that none begins.
func (b bus) Publish(subject string, data []byte) error {
	if err := small(b.conn); err != nil {
		return err
	}
	return b.conn.Publish(subject, data)
}

// Inbox implements remote.Bus.
func (b bus) Inbox() string { return b.conn.NewRespInbox() }

// Subscribe implements remote.Bus. The server hears of the subscription before it hears of
// what is published next, which it gets on the same connection.
func (b bus) Subscribe(subject, group string, handle func([]byte)) (func(), error) {
	s, err := b.conn.QueueSubscribe(subject, group, func(m *nats.Msg) { handle(m.Data) })
	if err != nil {
		return nil, err
	}
	if err := s.SetPendingLimits(-1, pending); err != nil {
		return nil, errors.Join(err, s.Unsubscribe())
	}
	return func() { _ = s.Unsubscribe() }, nil
}

// Close closes the connection.
func (b bus) Close() error {
	err := b.conn.FlushTimeout(connectTime)
	b.conn.Close()
	if errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrTimeout) {
		return nil // nobody hears the rest
	}
	return err
}
