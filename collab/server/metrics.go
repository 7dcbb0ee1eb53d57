package server

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are a server's counters. No label has a value that a user chooses.
type metrics struct {
	connections prometheus.Gauge
	created     prometheus.Counter
	refused     *prometheus.CounterVec // by reason
	in, out     traffic
	requests    *prometheus.CounterVec // by route and class of status
}

// traffic counts one direction of the sockets.
type traffic struct{ messages, bytes prometheus.Counter }

func (t traffic) count(data []byte) {
	t.messages.Inc()
	t.bytes.Add(float64(len(data)))
}

func newMetrics(reg prometheus.Registerer) *metrics {
	messages := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "corust_messages_total", Help: "WebSocket messages."}, []string{"direction"})
	bytes := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "corust_message_bytes_total", Help: "Bytes of WebSocket messages."}, []string{"direction"})
	m := &metrics{
		in:          traffic{messages.WithLabelValues("in"), bytes.WithLabelValues("in")},
		out:         traffic{messages.WithLabelValues("out"), bytes.WithLabelValues("out")},
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "corust_connections", Help: "Open WebSocket connections."}),
		created:     prometheus.NewCounter(prometheus.CounterOpts{Name: "corust_sessions_created_total", Help: "Sessions created."}),
		refused:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "corust_refused_total", Help: "Requests and messages refused by a limit."}, []string{"reason"}),
		requests:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "corust_http_requests_total", Help: "HTTP requests."}, []string{"route", "status"}),
	}
	if reg != nil {
		reg.MustRegister(m.connections, m.created, m.refused, messages, bytes, m.requests)
	}
	return m
}
