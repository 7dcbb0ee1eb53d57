package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// snippet is a program of a book, and what it prints.
type snippet struct{ code, want string }

// snippetOf returns the nth of programs that all differ and do what books show. None needs a
// crate.
func snippetOf(n int) snippet {
	k := n / 5
	switch n % 5 {
	case 0:
		return snippet{fmt.Sprintf("fn main() {\n    let x = %d;\n    println!(\"x is {x}\");\n}\n", k), fmt.Sprintf("x is %d\n", k)}
	case 1:
		return snippet{
			fmt.Sprintf("fn main() {\n    let v: Vec<u64> = (1..=%d).collect();\n    println!(\"{} of {}\", v.iter().sum::<u64>(), v.len());\n}\n", k),
			fmt.Sprintf("%d of %d\n", k*(k+1)/2, k),
		}
	case 2:
		return snippet{fmt.Sprintf(`use std::collections::HashMap;

fn main() {
    let mut counts: HashMap<char, usize> = HashMap::new();
    for c in "hello world".chars().cycle().take(11 * %d) {
        *counts.entry(c).or_default() += 1;
    }
    println!("{}", counts[&'l']);
}
`, k+1), fmt.Sprintf("%d\n", 3*(k+1))}
	case 3:
		return snippet{fmt.Sprintf(`trait Shape {
    fn area(&self) -> u64;
}

struct Square(u64);

struct Rectangle { width: u64, height: u64 }

impl Shape for Square {
    fn area(&self) -> u64 { self.0 * self.0 }
}

impl Shape for Rectangle {
    fn area(&self) -> u64 { self.width * self.height }
}

fn main() {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(%[1]d)), Box::new(Rectangle { width: %[1]d, height: 2 })];
    for s in &shapes {
        println!("{}", s.area());
    }
}
`, k), fmt.Sprintf("%d\n%d\n", k*k, 2*k)}
	}
	return snippet{fmt.Sprintf(`use std::{sync::mpsc, thread};

fn main() {
    let (tx, rx) = mpsc::channel();
    for n in 0..4 {
        let tx = tx.clone();
        thread::spawn(move || tx.send(n + %d).unwrap());
    }
    drop(tx);
    println!("{}", rx.iter().sum::<i32>());
}
`, k), fmt.Sprintf("%d\n", 4*k+6)}
}

// runPlayground has readers of books press Run: each snippet as often, in random order, by
// so many readers at once. Then it measures one request at a time.
func (l *load) runPlayground() error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.readers}}
	defer client.CloseIdleConnections()
	seed := rand.Uint64()
	order := make([]int, 0, l.snippets*l.asked)
	for range l.asked {
		for n := range l.snippets {
			order = append(order, n)
		}
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })

	before, err := used(l.metrics)
	if err != nil {
		return err
	}
	took := make([]time.Duration, len(order))
	var next atomic.Int64
	errs := make(chan error, l.readers)
	var readers sync.WaitGroup
	began := time.Now()
	for range l.readers {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(order)); i = next.Add(1) - 1 {
				start := time.Now()
				if err := l.evaluate(client, snippetOf(order[i])); err != nil {
					errs <- fmt.Errorf("snippet %d: %w", order[i], err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	readers.Wait()
	close(errs)
	l.length = time.Since(began)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	if all != nil {
		return fmt.Errorf("%w (seed %d)", all, seed)
	}
	after, err := used(l.metrics)
	if err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Printf("  %s: %d answers in %v, each with the right output; p50 %v, p90 %v, the slowest %v (seed %d)\n", l.what, len(took), l.length.Round(time.Second/10),
		rounded(took[len(took)/2]), rounded(took[len(took)*9/10]), rounded(took[len(took)-1]), seed)
	l.usage(before, after)
	err = row(fmt.Sprintf("%d snippets × %d, %d at once", l.snippets, l.asked, l.readers), "p99 "+rounded(took[len(took)*99/100]).String(), fmt.Sprintf("≤ %v", l.scenario.toReader), took[len(took)*99/100] <= l.scenario.toReader)
	again := snippetOf(order[0])
	return errors.Join(err,
		l.oneAtATime("the same snippet again", 5*time.Millisecond, func() error { return l.evaluate(client, again) }),
		l.oneAtATime("/meta/crates", 2*time.Millisecond, func() error {
			var answer struct{ Crates []any }
			return l.ask(client, "/meta/crates", nil, &answer)
		}))
}

// oneAtATime measures a request that is sent again and again.
func (l *load) oneAtATime(what string, most time.Duration, ask func() error) error {
	var took []time.Duration
	for range 1000 {
		start := time.Now()
		if err := ask(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	return row(what, fmt.Sprintf("p99 %v, p50 %v", rounded(p99), rounded(took[len(took)/2])), fmt.Sprintf("≤ %v", most), p99 <= most)
}

func rounded(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// evaluate asks for a snippet as mdBook does, and compares what it prints.
func (l *load) evaluate(c *http.Client, s snippet) error {
	body, err := json.Marshal(map[string]string{"version": "stable", "optimize": "0", "edition": "2021", "code": s.code})
	if err != nil {
		return err
	}
	var answer struct{ Result string }
	if err := l.ask(c, "/evaluate.json", body, &answer); err != nil {
		return err
	}
	if answer.Result != s.want {
		return fmt.Errorf("it prints %q, want %q", answer.Result, s.want)
	}
	return nil
}

// ask sends a request to the Playground's API.
func (l *load) ask(c *http.Client, path string, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, l.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s", statusError(res.StatusCode), data)
	}
	return json.Unmarshal(data, answer)
}
