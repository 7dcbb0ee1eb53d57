package playground

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// wsClient is a client of the socket.
type wsClient struct {
	*testing.T
	ws *websocket.Conn
}

const hello = `{"type":"websocket/connected","payload":{"iAcceptThisIsAnUnsupportedApi":true},"meta":{"websocket":true,"sequenceNumber":0}}`

func (s *site) dial() *wsClient {
	s.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+"/websocket", nil)
	if err != nil {
		s.Fatal(err)
	}
	res.Body.Close()
	s.Cleanup(func() { ws.Close() })
	return &wsClient{s.T, ws}
}

// connect does the handshake.
func (s *site) connect() *wsClient {
	s.Helper()
	c := s.dial()
	c.send(hello)
	c.expect(hello, `{"type":"featureFlags","payload":{"multifileThreshold":null},"meta":{"sequenceNumber":-1}}`)
	return c
}

func (c *wsClient) send(format string, args ...any) {
	c.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		c.Fatal(err)
	}
}

// next is the next message; "" is the end.
func (c *wsClient) next() string {
	c.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, data, err := c.ws.ReadMessage()
	if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
		c.Fatal("no message")
	}
	return seconds.ReplaceAllString(string(data), "in 0.00s")
}

func (c *wsClient) expect(want ...string) {
	c.Helper()
	for _, w := range want {
		if got := c.next(); got != w {
			c.Fatalf("message %s\nwant    %s", got, w)
		}
	}
}

// execute asks for a run of a source.
func (c *wsClient) execute(seq int, source string) {
	c.Helper()
	c.send(`{"type":"output/execute/wsExecuteRequest","payload":{"channel":"stable","mode":"debug","edition":"2021","crateType":"bin","tests":false,"backtrace":false,"code":%s},"meta":{"sequenceNumber":%d}}`, quoted(source), seq)
}

func message(kind, payload string, seq int) string {
	if payload != "" {
		payload = `"payload":` + payload + `,`
	}
	return fmt.Sprintf(`{"type":"output/execute/wsExecute%s",%s"meta":{"sequenceNumber":%d}}`, kind, payload, seq)
}

const (
	wsCompiling = `"   Compiling playground v0.0.1 (/playground)\n"`
	wsFinished  = "\"    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.00s\\n\""
	wsRunning   = "\"     Running `target/debug/playground`\\n\""
	wsOK        = `{"success":true,"exitDetail":"Exited with status 0"}`
)

// started are the messages until the program runs.
func started(seq int) []string {
	return []string{message("Begin", "", seq), message("Stderr", wsCompiling, seq), message("Stderr", wsFinished, seq), message("Stderr", wsRunning, seq)}
}

// A run's messages carry its number, begin with Begin, and end with End. The number of
// the handshake may be used again, and so may that of a run.
func TestSocketRuns(t *testing.T) {
	t.Parallel()
	c := serve(t, nil).connect()
	for _, seq := range []int{0, 1, 1} {
		c.execute(seq, "print hi\neprint ho")
		c.expect(started(seq)...)
		c.expect(message("Stdout", `"hi\n"`, seq), message("Stderr", `"ho\n"`, seq), message("End", wsOK, seq))
	}
	c.execute(2, "exit 3")
	c.expect(started(2)...)
	c.expect(message("End", `{"success":false,"exitDetail":"Exited with status 3"}`, 2))
}

// Standard input arrives as it is sent; what is sent after its end, or after the run's,
// is ignored, and so is what is meant for another run.
func TestSocketInput(t *testing.T) {
	t.Parallel()
	c := serve(t, nil).connect()
	c.execute(5, "echo")
	c.expect(started(5)...)
	c.send("%s", message("Stdin", `"other"`, 4))
	c.send("%s", message("StdinClose", "", 4))
	for _, text := range []string{`"a\n"`, `"é"`} {
		c.send("%s", message("Stdin", text, 5))
		c.expect(message("Stdout", text, 5))
	}
	c.send("%s", message("StdinClose", "", 5))
	c.expect(message("End", wsOK, 5))
	for _, kind := range []string{"Stdin", "StdinClose", "Kill"} {
		c.send("%s", message(kind, `"late"`, 5))
	}
	c.execute(6, "")
	c.expect(started(6)...)
	c.expect(message("End", wsOK, 6))
}

// A killed run ends as killed.
func TestSocketKill(t *testing.T) {
	t.Parallel()
	c := serve(t, nil).connect()
	c.execute(1, "hang")
	c.expect(started(1)...)
	c.send("%s", message("Kill", "", 1))
	c.expect(message("End", `{"success":false,"exitDetail":"Exited with signal 9 (SIGKILL): kill program"}`, 1))
}

// A second request replaces the first, of which nothing more is sent.
func TestSocketReplacesARun(t *testing.T) {
	t.Parallel()
	c := serve(t, nil).connect()
	for seq := range 20 {
		c.execute(seq, "print a\nhang")
	}
	c.execute(20, "print b")
	for {
		m := c.next()
		if strings.Contains(m, "End") && !strings.Contains(m, `"sequenceNumber":20}`) {
			t.Fatalf("a replaced run ends: %s", m)
		}
		if strings.Contains(m, `"sequenceNumber":20}`) {
			if m != message("Begin", "", 20) {
				t.Fatal(m)
			}
			break
		}
	}
	c.expect(started(20)[1:]...)
	c.expect(message("Stdout", `"b\n"`, 20), message("End", wsOK, 20))
}

// Errors name the request if there is one; the socket goes on.
func TestSocketErrors(t *testing.T) {
	t.Parallel()
	c := serve(t, nil).connect()
	for _, tt := range []struct{ send, want string }{
		{"{", `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: EOF while parsing a value at line 1 column 1"},"meta":{"sequenceNumber":-1}}`},
		{`{"type":"nonsense"}`, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: unknown variant `},
		{`{"type":"output/execute/wsExecuteRequest","payload":{"channel":"stable","mode":"debug","edition":"2021","crateType":"bin","tests":false,"code":""},"meta":{"sequenceNumber":3}}`, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: payload: missing field ` + "`backtrace`"},
		{`{"type":"output/execute/wsExecuteRequest","payload":{"channel":"foo","mode":"debug","edition":"2021","crateType":"bin","tests":false,"code":"","backtrace":false},"meta":{"sequenceNumber":3}}`, `{"type":"websocket/error","payload":{"error":"Unable to perform a streaming execute: The request could not be parsed: 'foo' is not a valid channel"},"meta":{"sequenceNumber":3}}`},
		{message("Request", `{"channel":"beta","mode":"debug","edition":"2021","crateType":"bin","tests":false,"code":"","backtrace":false}`, 4), `{"type":"websocket/error","payload":{"error":"Unable to perform a streaming execute: Could not begin the execution session: beta is not installed on this server"},"meta":{"sequenceNumber":4}}`},
		{message("Stdin", "1", 4), `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: payload: invalid type: integer`},
		{`{"type":"output/execute/wsExecuteKill"}`, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: missing field ` + "`meta`"},
		{`{"type":"output/execute/wsExecuteKill","meta":{"sequenceNumber":1.5}}`, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: meta: `},
		{`{"type":"output/execute/wsExecuteKill","meta":{"sequenceNumber":"1"}}`, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: meta: `},
		{`{"type":"output/execute/wsExecuteKill","meta":{"sequenceNumber":9223372036854775808}}`, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: meta: `},
		{hello, `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: unknown variant `},
		{"[]", `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: invalid type: sequence`},
		{message("Kill", "", 4) + "x", `{"type":"websocket/error","payload":{"error":"Unable to deserialize request: `},
	} {
		c.send("%s", tt.send)
		if got := c.next(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s\n got %s\nwant %s", tt.send, got, tt.want)
		}
	}
	if err := c.ws.WriteMessage(websocket.BinaryMessage, []byte(hello)); err != nil { // is ignored
		t.Fatal(err)
	}
	for _, kind := range []string{"Stdin", "StdinClose", "Kill"} { // of no run: ignored
		c.send("%s", message(kind, `"x"`, -9223372036854775808))
	}
	c.execute(7, "")
	c.expect(started(7)...)
}

// A client that does not accept the terms is hung up on without a word.
func TestSocketHandshake(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, first := range []string{
		"", "{}", "nonsense", strings.Replace(hello, "true", "false", 1), strings.Replace(hello, "connected", "other", 1),
		message("Kill", "", 1), `{"type":"websocket/connected"}`,
	} {
		c := s.dial()
		c.send("%s", first)
		if got := c.next(); got != "" {
			t.Errorf("%q is answered with %s", first, got)
		}
	}
}

// Sockets that end in the middle, in any way, leave nothing behind; TestMain looks for
// goroutines, and Close waits for the runs.
func TestSocketsThatEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, end := range []func(c *wsClient){
		func(c *wsClient) { c.ws.Close() },
		func(c *wsClient) { c.ws.UnderlyingConn().(*net.TCPConn).CloseWrite() },
		func(c *wsClient) { c.ws.UnderlyingConn().Write([]byte{0x81, 0xfe}); c.ws.UnderlyingConn().Close() },
		func(c *wsClient) { c.ws.UnderlyingConn().Write([]byte("GET / HTTP/1.1\r\n\r\n")) },
		func(c *wsClient) { c.send("%s", strings.Repeat("a", 3<<20)) },
		func(c *wsClient) {}, // until the server closes
	} {
		c := s.connect()
		c.execute(1, "hang")
		<-s.machine.hangs
		end(c)
	}
}

// A client has a bounded number of sockets.
func TestSocketsOfAClient(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Limits = Limits{ClientSockets: 2} })
	s.connect()
	s.connect()
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+"/websocket", nil)
	if err == nil {
		ws.Close()
		t.Fatal("a third socket is opened")
	}
	if res.Body.Close(); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("status %d", res.StatusCode)
	}
}

// A program that has been sent too much input is not sent more.
func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	c := s.connect()
	c.execute(1, "hang")
	c.expect(started(1)...)
	<-s.machine.hangs
	c.send("%s", message("Stdin", quoted(strings.Repeat("a", maxInput)), 1))
	c.send("%s", message("Stdin", `"a"`, 1))
	got := c.next()
	for strings.Contains(got, "wsExecuteStatus") {
		got = c.next()
	}
	if want := `{"type":"websocket/error","payload":{"error":"Unable to pass stdin to the active execution: too much standard input is waiting for the program"},"meta":{"sequenceNumber":1}}`; got != want {
		t.Errorf("message %s\nwant    %s", got, want)
	}
	c.send("%s", message("StdinClose", "", 1))
	c.send("%s", message("Stdin", `"a"`, 1))
	c.send("%s", message("Kill", "", 1))
	for got = c.next(); strings.Contains(got, "wsExecuteStatus"); {
		got = c.next()
	}
	if want := message("End", `{"success":false,"exitDetail":"Exited with signal 9 (SIGKILL): kill program"}`, 1); got != want {
		t.Errorf("input after the end: message %s\nwant    %s", got, want)
	}
}
