package simnet

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Page is a Node.js process that holds the clients of a world's [TypeScript] editors:
// the page's client as shipped, without socket and view. It answers one request at a
// time, and serves one world after the other. It belongs to one goroutine.
type Page struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	request int64 // requests so far
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

// StartPage starts a process with a bundle of [BuildPage]. The caller calls Close.
func StartPage(bundle string) (*Page, error) {
	cmd := exec.Command("node", bundle)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Page{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<16)}, nil
}

// Close ends the process.
func (p *Page) Close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
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
	p.request++
	var a pageAnswer
	data, err := json.Marshal(r)
	if err == nil {
		_, err = p.in.Write(append(data, '\n'))
	}
	var line []byte
	if err == nil {
		line, err = p.out.ReadBytes('\n')
	}
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err != nil {
		return a, fmt.Errorf("the page's client: %w", err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("the page's client: %s: %s", r.Do, a.Error)
	}
	return a, nil
}
