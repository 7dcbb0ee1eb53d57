package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// playground compares /evaluate.json of a server with the same compiler and program without
// a box. The programs of its rounds differ, so that no cache has them.
func playground(ctx context.Context, b *bench) error {
	site, stop, err := b.serve(ctx)
	if err != nil {
		return err
	}
	defer stop()
	round := 0
	source := func() string {
		round++
		return fmt.Sprintf("%s// %d\n", hello, round)
	}
	evaluate := func(source string) error {
		body, err := json.Marshal(map[string]string{"version": "stable", "optimize": "0", "edition": "2021", "code": source})
		if err != nil {
			return err
		}
		var answer struct{ Result, Error string }
		if err := site.post(ctx, "/evaluate.json", body, &answer); err != nil {
			return err
		}
		if answer.Error != "" {
			return fmt.Errorf("it answers %q", answer.Error)
		}
		return expectHello([]byte(answer.Result), nil)
	}
	return b.compare(ctx, b.rounds,
		contender{"bare rustc && ./a.out", func() error { return b.bareSource(ctx, source()) }},
		contender{"/evaluate.json, warm native box", func() error { return evaluate(source()) }},
		contender{"/evaluate.json, the same again", func() error { return evaluate(hello) }},
		contender{"/meta/crates", func() error {
			var answer struct{ Crates []struct{ ID string } }
			return site.post(ctx, "/meta/crates", nil, &answer)
		}})
}

// bareSource compiles and runs a source without corust, unoptimised.
func (b *bench) bareSource(ctx context.Context, source string) error {
	out := filepath.Join(b.dir, "playground.out")
	defer os.Remove(out)
	compile := exec.CommandContext(ctx, b.rustc, "--edition", "2021", "--crate-name", "playground", "-o", out, "-")
	compile.Dir, compile.Stdin = b.dir, strings.NewReader(source)
	if msg, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, msg)
	}
	return expectHello(exec.CommandContext(ctx, out).Output())
}

// address is the URL of a server.
type address string

// serve starts a server with the Playground's API, without limits by address, and waits
// for its warm boxes.
func (b *bench) serve(ctx context.Context) (site address, stop func(), err error) {
	cmd := exec.CommandContext(ctx, b.corust, "serve", "--playground", "--backend", "native", "--listen", "127.0.0.1:0", "--database", "memory")
	const many = "=1000000000"
	cmd.Env = append(os.Environ(), "CORUST_CACHE_SIZE=0", "CORUST_SERVE_ADDRESS_REQUESTS"+many, "CORUST_SERVE_ADDRESS_BYTES"+many, "CORUST_SERVE_PLAYGROUND_ADDRESS_RUNS"+many)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	messages, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Cancel()
		_ = cmd.Wait()
	}
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
			url, _, _ = strings.Cut(url, "/ ")
			go func() { _, _ = io.Copy(io.Discard, messages) }()
			return address(url), stop, nil
		}
	}
	stop()
	return "", nil, fmt.Errorf("corust serve does not listen: %w", lines.Err())
}

// post sends a request and decodes the answer.
func (site address) post(ctx context.Context, path string, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(site)+path, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(res.Body)
		return fmt.Errorf("%s: status %d: %s", path, res.StatusCode, text)
	}
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body) // so that the connection is used again
	return err
}
