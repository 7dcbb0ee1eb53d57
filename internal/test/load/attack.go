package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// hostile are the programs of an attacker: each takes as much as it gets of one thing.
var hostile = map[string]string{
	"processor": `fn main() { let t: Vec<_> = (0..16).map(|_| std::thread::spawn(|| loop { std::hint::spin_loop() })).collect(); for t in t { t.join().unwrap(); } }`,
	"processes": `fn main() { loop { let _ = std::process::Command::new("sleep").arg("9").spawn(); } }`,
	"memory":    `fn main() { let mut all = Vec::new(); loop { all.push(vec![1u8; 1 << 20]); } }`,
	"output":    `fn main() { loop { println!("{}", "x".repeat(1 << 12)); } }`,
	"disk":      `fn main() { for n in 0.. { let _ = std::fs::write(format!("f{n}"), vec![1u8; 1 << 20]); } }`,
	"compiler":  `const fn f(n: u64) -> u64 { let mut i = 0; while i < n { i += 1 } i } #[allow(long_running_const_eval)] const X: u64 = f(1 << 40); fn main() { println!("{X}") }`,
}

// attackers is how many requests an attacker has under way, which is more than an address
// may have of the boxes.
const attackers = 32

// runAttack measures how long the hello world of one address takes while another address
// has as many hostile programs run as it can, against the same on the idle server. Both
// are on this machine: 127.0.0.1 and 127.0.0.2.
func (l *load) runAttack() error {
	victim, attacker := clientAt("127.0.0.1"), clientAt("127.0.0.2")
	defer victim.CloseIdleConnections()
	defer attacker.CloseIdleConnections()
	idle, err := l.helloWorlds(victim, "idle")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var all sync.WaitGroup
	var ended, refused atomic.Int64
	for i := range attackers {
		all.Go(func() {
			names := slices.Sorted(maps.Keys(hostile))
			for n := i; ctx.Err() == nil; n++ {
				_, err := l.post(ctx, attacker, hostile[names[n%len(names)]])
				var status statusError
				if errors.As(err, &status) {
					refused.Add(1)
					time.Sleep(50 * time.Millisecond)
					continue
				}
				if err == nil {
					ended.Add(1)
				}
			}
		})
	}
	time.Sleep(2 * time.Second) // until the attacker has its share
	attacked, err := l.helloWorlds(victim, "attacked")
	stop()
	all.Wait()
	if err != nil {
		return err
	}
	fmt.Printf("  %s: %d hostile runs ended, %d were refused; the slowest hello world took %v idle, %v attacked\n",
		l.what, ended.Load(), refused.Load(), slices.Max(idle).Round(time.Millisecond), slices.Max(attacked).Round(time.Millisecond))
	before, after := median(idle), median(attacked)
	ratio := float64(after) / float64(before)
	return row(l.what, fmt.Sprintf("%v, idle %v: × %.2f", after.Round(time.Millisecond), before.Round(time.Millisecond), ratio), fmt.Sprintf("≤ × %.0f", l.slower), ratio <= l.slower)
}

// clientAt returns a client whose connections come from an address.
func clientAt(addr string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: attackers}}
}

// statusError is an answer that refuses a run.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("the server answers with status %d", int(s)) }

// post runs a program and returns what it prints.
func (l *load) post(ctx context.Context, c *http.Client, source string) (string, error) {
	body, err := json.Marshal(map[string]string{"source": source})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/api/v1/run", strings.NewReader(string(body)))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", statusError(res.StatusCode)
	}
	var answer struct {
		Run struct{ Stdout struct{ Text string } }
	}
	err = json.Unmarshal(data, &answer)
	return answer.Run.Stdout.Text, err
}

// helloWorlds measures runs of different programs, of which no cache has the result, one
// after the other until the time is over.
func (l *load) helloWorlds(c *http.Client, name string) ([]time.Duration, error) {
	var took []time.Duration
	for end := time.Now().Add(l.length); time.Now().Before(end); {
		word := fmt.Sprintf("hello, %s %d", name, len(took))
		began := time.Now()
		got, err := l.post(context.Background(), c, fmt.Sprintf("fn main() { print!(%q) }", word))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if got != word {
			return nil, fmt.Errorf("%s: the program prints %q, want %q", name, got, word)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
