package server_test

import (
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// A laptop with a closed lid answers nothing and closes nothing. Within 30 s the other
// members learn that it is gone; a member that only listens stays.
func TestAVanishedLaptopLeavesWithin30Seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		listener, _ := s.join("listener", nil)
		var mu sync.Mutex
		var heard []string
		var reading sync.WaitGroup
		reading.Go(func() {
			for {
				_, data, err := listener.ReadMessage()
				if err != nil {
					return
				}
				mu.Lock()
				heard = append(heard, string(data))
				mu.Unlock()
			}
		})
		laptop, _ := s.join("laptop", nil)
		// Its system, or a router on the way, takes bytes for a while.
		reading.Go(func() { _, _ = io.Copy(io.Discard, laptop.NetConn()) })
		time.Sleep(30 * time.Second)
		synctest.Wait()
		mu.Lock()
		if got := strings.Join(heard, "\n"); !strings.Contains(got, `{"type":"leave","client":"`+id("laptop")+`"}`) {
			t.Errorf("after 30 s the others have heard:\n%s", got)
		}
		mu.Unlock()
		time.Sleep(10 * time.Minute)
		if err := listener.WriteMessage(websocket.TextMessage, []byte(hello("listener"))); err != nil {
			t.Errorf("who only listens was closed: %v", err)
		}
		laptop.Close()
		listener.Close()
		reading.Wait()
		s.stop()
	})
}

// The server answers each hello with the text and the last run. It answers repeated
// hellos twice a second, after a burst.
func TestRepeatedHellosAreAnsweredTwiceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		ws, _ := s.join("again", nil)
		const times = 100
		var saying sync.WaitGroup
		saying.Go(func() {
			for range times {
				if ws.WriteMessage(websocket.TextMessage, []byte(hello("again"))) != nil {
					return
				}
			}
		})
		start := time.Now()
		for range times {
			_, data, err := ws.ReadMessage()
			for err == nil && string(data) == `{"type":"ping"}` {
				_, data, err = ws.ReadMessage()
			}
			if err != nil || !strings.HasPrefix(string(data), `{"type":"welcome"`) {
				t.Fatalf("%s, %v", data, err)
			}
		}
		if took := time.Since(start); took < 40*time.Second || took > 60*time.Second {
			t.Errorf("%d times took %v", times, took)
		}
		saying.Wait()
		ws.Close()
		s.stop()
	})
}
