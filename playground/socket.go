package playground

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/stdin"
	"github.com/corust-dev/corust/runner"
	"github.com/gorilla/websocket"
)

// Times of a socket.
const (
	handshakeTime = 5 * time.Second  // for the first message
	sessionTime   = 45 * time.Minute // for everything
	sendTime      = 10 * time.Second // for a message to a client that does not read
	inputTime     = time.Minute      // that a program may wait for input, since it holds a box
	statusTime    = time.Second      // between two reports
)

// maxInput is how many bytes of standard input may wait for the program.
const maxInput = 1 << 20

// The types of messages.
const (
	typeConnected = "websocket/connected"
	typeError     = "websocket/error"
	typeFlags     = "featureFlags"
	typeExecute   = "output/execute/wsExecute" // with Request, Begin, and so on
)

// wsMeta is what ties the messages of a run together.
type wsMeta struct {
	Sequence int64 `json:"sequenceNumber"`
}

// fromServer is the meta of a message that belongs to no request.
var fromServer = wsMeta{-1}

// wsMessage is a message of the server.
type wsMessage struct {
	Type    string `json:"type"`
	Payload any    `json:"payload,omitempty"`
	Meta    wsMeta `json:"meta"`
}

type wsFlags struct {
	MultifileThreshold *float64 `json:"multifileThreshold"`
}

type wsStatus struct {
	ResidentSetSizeBytes int64   `json:"residentSetSizeBytes"`
	TotalTimeSecs        float64 `json:"totalTimeSecs"`
}

type wsEnd struct {
	Success    bool   `json:"success"`
	ExitDetail string `json:"exitDetail"`
}

// The messages of a client.
type (
	wsHead struct {
		Type string `json:"type"`
	}
	wsConnected struct {
		Payload struct {
			Accept bool `json:"iAcceptThisIsAnUnsupportedApi"`
		} `json:"payload"`
		Meta wsMeta `json:"meta"`
	}
	wsExecute struct {
		Payload struct {
			Channel   string `json:"channel"`
			Mode      string `json:"mode"`
			Edition   string `json:"edition"`
			CrateType string `json:"crateType"`
			Tests     bool   `json:"tests"`
			Code      Code   `json:"code"`
			Backtrace bool   `json:"backtrace"`
		} `json:"payload"`
		Meta wsMeta `json:"meta"`
	}
	wsStdin struct {
		Payload string `json:"payload"`
		Meta    wsMeta `json:"meta"`
	}
	wsOther struct {
		Meta wsMeta `json:"meta"`
	}
)

// websocket serves a socket until either side ends it.
func (h *Handler) websocket(w http.ResponseWriter, r *http.Request) {
	leave, err := h.lane.socket(h.client(r))
	if err != nil {
		h.refuse(w, err)
		return
	}
	defer leave()
	up := websocket.Upgrader{
		HandshakeTimeout: handshakeTime,
		CheckOrigin:      func(*http.Request) bool { return true }, // ServeHTTP has looked
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer ws.Close()
	ctx, cancel := context.WithCancel(h.ctx)
	s := &socket{h: h, ws: ws, client: h.client(r), end: cancel}
	defer s.runs.Wait()
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
		ws.Close()
	})()
	ws.SetReadLimit(maxBody)
	pong := ws.PingHandler()
	ws.SetPingHandler(func(data string) error { return errors.Join(h.cfg.Quotas.Message(ctx, r, len(data)), pong(data)) })
	ws.SetPongHandler(func(data string) error { return h.cfg.Quotas.Message(ctx, r, len(data)) })
	if !s.handshake() {
		return
	}
	_ = ws.SetReadDeadline(time.Now().Add(sessionTime))
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil || h.cfg.Quotas.Message(ctx, r, len(data)) != nil {
			return
		}
		if kind == websocket.TextMessage {
			s.receive(ctx, data)
		}
	}
}

// socket is one client's connection.
type socket struct {
	h      *Handler
	ws     *websocket.Conn
	client string
	end    func()
	runs   sync.WaitGroup

	mu      sync.Mutex // of writing and of current
	current *socketRun // nil if there is none
}

// socketRun is the run of a socket.
type socketRun struct {
	meta   wsMeta
	cancel context.CancelCauseFunc
	stdin  *stdin.Buffer
}

// errKilled is why the client ended a run.
var errKilled = errors.New("killed by the client")

// handshake reads the first message and answers it with itself.
func (s *socket) handshake() bool {
	_ = s.ws.SetReadDeadline(time.Now().Add(handshakeTime))
	kind, data, err := s.ws.ReadMessage()
	if err != nil || kind != websocket.TextMessage {
		return false
	}
	var head wsHead
	var m wsConnected
	if decode(data, &head) != nil || head.Type != typeConnected || decode(data, &m) != nil || !m.Payload.Accept {
		return false
	}
	s.mu.Lock()
	s.write(data)
	s.mu.Unlock()
	s.send(nil, typeFlags, wsFlags{}, fromServer)
	return true
}

// write writes one text; the caller holds mu. A client that does not read loses its
// socket.
func (s *socket) write(data []byte) {
	_ = s.ws.SetWriteDeadline(time.Now().Add(sendTime))
	if s.ws.WriteMessage(websocket.TextMessage, data) != nil {
		s.end()
	}
}

// send sends a message. One of a run that is not the current one is dropped.
func (s *socket) send(run *socketRun, kind string, payload any, meta wsMeta) {
	data := encode(wsMessage{kind, payload, meta})
	s.mu.Lock()
	defer s.mu.Unlock()
	if run == nil || run == s.current {
		s.write(data)
	}
}

// receive acts on a message of the client.
func (s *socket) receive(ctx context.Context, data []byte) {
	var head wsHead
	err := decode(data, &head)
	if err == nil {
		switch head.Type {
		case typeExecute + "Request":
			var m wsExecute
			if err = decode(data, &m); err == nil {
				s.execute(ctx, m)
			}
		case typeExecute + "Stdin":
			var m wsStdin
			if err = decode(data, &m); err == nil {
				s.stdin(m)
			}
		case typeExecute + "StdinClose":
			var m wsOther
			if err = decode(data, &m); err == nil {
				if run := s.run(m.Meta); run != nil {
					run.stdin.Close()
				}
			}
		case typeExecute + "Kill":
			var m wsOther
			if err = decode(data, &m); err == nil {
				if run := s.run(m.Meta); run != nil {
					run.cancel(errKilled)
				}
			}
		default:
			err = fmt.Errorf("unknown variant `%.100s`, expected one of `%[2]sRequest`, `%[2]sStdin`, `%[2]sStdinClose`, `%[2]sKill`", head.Type, typeExecute)
		}
	}
	if err != nil {
		s.send(nil, typeError, problem{"Unable to deserialize request: " + err.Error()}, fromServer)
	}
}

// run returns the current run if it has that number.
func (s *socket) run(meta wsMeta) *socketRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.meta != meta {
		return nil
	}
	return s.current
}

func (s *socket) stdin(m wsStdin) {
	run := s.run(m.Meta)
	if run == nil {
		return
	}
	if !run.stdin.Add([]byte(m.Payload), false) {
		s.send(run, typeError, problem{"Unable to pass stdin to the active execution: too much standard input is waiting for the program"}, m.Meta)
	}
}

// execute starts a run. It replaces the one before, of which nothing is sent any more.
func (s *socket) execute(ctx context.Context, m wsExecute) {
	ctx, cancel := context.WithCancelCause(ctx)
	run := &socketRun{meta: m.Meta, cancel: cancel, stdin: stdin.New(maxInput)}
	s.mu.Lock()
	before := s.current
	s.current = run
	s.mu.Unlock()
	if before != nil {
		before.cancel(nil)
	}
	fail := func(err error) {
		cancel(nil)
		s.send(run, typeError, problem{"Unable to perform a streaming execute: " + err.Error()}, run.meta)
	}
	p := m.Payload
	j, err := executeRequest{p.Channel, p.Mode, p.Edition, p.CrateType, p.Tests, p.Backtrace, p.Code}.job()
	if err != nil {
		//lint:ignore ST1005 the original's text
		fail(fmt.Errorf("The request could not be parsed: %w", err))
		return
	}
	leave, err := s.h.lane.enter(s.client)
	if err != nil {
		fail(err)
		return
	}
	s.runs.Go(func() {
		defer cancel(nil)
		defer leave()
		defer run.stdin.Close()
		if err := s.perform(ctx, run, j); err != nil {
			_, text := s.h.explain(&failure{"Could not begin the execution session", err})
			fail(errors.New(text))
		}
	})
}

// perform runs a job and sends what it makes.
func (s *socket) perform(ctx context.Context, run *socketRun, j job) error {
	j.fresh = true // its client follows it, and may send input
	put := func(kind string, payload any) { s.send(run, typeExecute+kind, payload, run.meta) }
	status := newStatus()
	var reports sync.WaitGroup
	reporting, stop := context.WithCancel(ctx)
	defer reports.Wait()
	defer stop()
	res, exit, err := s.h.run(ctx, j, output{
		stdout: func(text string) { put("Stdout", text) },
		stderr: func(text string) { put("Stderr", text) },
		begin: func() {
			put("Begin", nil)
			reports.Go(func() {
				for tick := time.NewTicker(statusTime); ; {
					select {
					case <-tick.C:
						put("Status", status.now())
					case <-reporting.Done():
						tick.Stop()
						return
					}
				}
			})
		},
		ended:     status.ended,
		stdin:     run.stdin,
		inputTime: inputTime,
	})
	if err != nil {
		return err
	}
	if res.Verdict == runner.VerdictCanceled {
		if !errors.Is(context.Cause(ctx), errKilled) {
			return nil // replaced, or the client is gone
		}
		exit.code, exit.signal = 0, runner.SIGKILL
	}
	stop()
	reports.Wait()
	put("End", wsEnd{exit.success(), exit.detail()})
	return nil
}

// status is what is known of a run's use of resources: the time since its start, and,
// of stages that have ended, the memory.
type status struct {
	start time.Time

	mu   sync.Mutex
	peak int64
}

func newStatus() *status { return &status{start: time.Now()} }

func (s *status) ended(stage runner.Stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peak = max(s.peak, stage.Usage.PeakMemory)
}

func (s *status) now() wsStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return wsStatus{s.peak, time.Since(s.start).Seconds()}
}
