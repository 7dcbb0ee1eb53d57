package simnet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Page is a Node.js process that holds the clients of a world's [TypeScript] editors:
// the page's client as shipped, without socket and view. It answers one request at a
// time, and serves one world after the other. It belongs to one goroutine.
//
// A process that does not answer within Patience, as one with an endless loop, is killed:
// the world fails with [ErrNoAnswer], and the next world gets a new process.
type Page struct {
	Patience time.Duration // a minute, unless the caller sets another

	bundle string
	cmd    *exec.Cmd // nil after the process was killed
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer // complete once cmd.Wait has returned
}

// BuildPage bundles the page's client into dir, with the tools that build the page,
// and returns the path of the bundle. web is the directory collab/web. The error wraps
// [ErrNoNode] where Node.js or the packages are missing.
func BuildPage(web, dir string) (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", fmt.Errorf("%w: there is no node", ErrNoNode)
	}
	vite := filepath.Join(web, "node_modules", "vite", "bin", "vite.js")
	if _, err := os.Stat(vite); err != nil {
		return "", fmt.Errorf("%w: npm ci in collab/web installs what builds the page", ErrNoNode)
	}
	if vite, err = filepath.Abs(vite); err != nil {
		return "", err
	}
	build := exec.Command(node, vite, "build", "--config", "simnet/vite.config.ts", "--outDir", dir)
	build.Dir = web
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the page's client: %w\n%s", err, out)
	}
	return filepath.Join(dir, "main.mjs"), nil
}

// ErrNoNode is wrapped by errors about a missing Node.js or missing packages.
var ErrNoNode = errors.New("the page's client cannot run here")

// ErrNoAnswer is wrapped by the error of a world whose page did not answer in time.
var ErrNoAnswer = errors.New("no answer from the page's client")

// StartPage starts a process with a bundle of [BuildPage]. The caller calls Close.
func StartPage(bundle string) (*Page, error) {
	p := &Page{Patience: time.Minute, bundle: bundle}
	return p, p.start()
}

func (p *Page) start() error {
	p.stderr.Reset()
	cmd := exec.Command("node", p.bundle)
	// Not os.Stderr: "go test" would wait for a process that outlives the test.
	cmd.Stderr = &p.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.in, p.out = cmd, in, bufio.NewReaderSize(out, 1<<16)
	return nil
}

// Close ends the process.
func (p *Page) Close() error {
	if p.cmd == nil {
		return nil
	}
	defer p.killAfter(p.Patience).Stop()
	if err := errors.Join(p.in.Close(), p.cmd.Wait()); err != nil {
		return fmt.Errorf("the page's client: %w\n%s", err, &p.stderr)
	}
	return nil
}

func (p *Page) killAfter(d time.Duration) *time.Timer {
	process := p.cmd.Process
	return time.AfterFunc(d, func() { _ = process.Kill() }) // it may have ended
}

// pageRequest is an event of a client; see collab/web/simnet/main.ts.
type pageRequest struct {
	Do      string         `json:"do"`
	Client  int            `json:"client"`
	Key     wire.Key       `json:"key,omitempty"`
	File    wire.FileID    `json:"file"`
	Op      *wire.FileOp   `json:"op,omitempty"`
	Data    string         `json:"data,omitempty"`
	Changes *ot.ChangeSet  `json:"changes,omitempty"`
	Now     int64          `json:"now,omitempty"`
	Cursor  wire.Selection `json:"cursor,omitempty"`
	Name    string         `json:"name,omitempty"`
	Value   *string        `json:"value,omitempty"`
	On      bool           `json:"on"`
}

type pageAnswer struct {
	Error   string        `json:"error"`
	Done    bool          `json:"done"`
	Sent    []string      `json:"sent"`
	Changes []pageChange  `json:"changes"`
	Lost    []pageLost    `json:"lost"`
	Open    wire.FileID   `json:"open"`
	ID      wire.ClientID `json:"id"`
	Epoch   wire.Epoch    `json:"epoch"`
	Version wire.Version  `json:"version"`
	Live    bool          `json:"live"`
	Synced  bool          `json:"synced"`
	Look    *struct {
		Files    []wire.File    `json:"files"`
		Cursor   wire.Selection `json:"cursor"`
		Settings wire.Settings  `json:"settings"`
		Chosen   wire.Settings  `json:"chosen"`
		Others   []wire.Member  `json:"others"`
	} `json:"look"`
}

// pageChange and pageLost are the JSON of a client's updates.
type pageChange struct {
	File    wire.FileID  `json:"file"`
	Changes ot.ChangeSet `json:"changes"`
	Op      *wire.FileOp `json:"op"`
}

type pageLost struct {
	Code    wire.Code     `json:"code"`
	File    wire.FileID   `json:"file"`
	Path    string        `json:"path"`
	Op      *wire.FileOp  `json:"op"`
	Changes *ot.ChangeSet `json:"changes"`
	Text    string        `json:"text"`
}

func (p *Page) ask(r pageRequest) (pageAnswer, error) {
	var a pageAnswer
	if p.cmd == nil {
		return a, ErrNoAnswer
	}
	data, err := json.Marshal(r)
	if err != nil {
		return a, err
	}
	line, err := p.exchange(append(data, '\n'))
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err != nil {
		return a, fmt.Errorf("the page's client: %s: %w", r.Do, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("the page's client: %s: %s", r.Do, a.Error)
	}
	return a, nil
}

// exchange writes a request and reads the line that answers it. If that fails, the process
// has ended.
func (p *Page) exchange(request []byte) ([]byte, error) {
	timer := p.killAfter(p.Patience)
	_, err := p.in.Write(request)
	var line []byte
	if err == nil {
		line, err = p.out.ReadBytes('\n')
	}
	if timer.Stop() && err == nil {
		return line, nil
	}
	_ = p.cmd.Process.Kill()
	err = errors.Join(err, p.cmd.Wait())
	p.cmd = nil
	return nil, fmt.Errorf("%w: %w\n%s", ErrNoAnswer, err, &p.stderr)
}
