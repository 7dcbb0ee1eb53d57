// Command peers measures corust beside rustpad and Hocuspocus, servers of the same kind, and
// prints a table. One driver types into each: the same goroutines, sockets, clocks and
// counts, and only the messages differ. Each cell has a new server with a new database.
//
//	peers -corust bin/corust -rustpad …/rustpad-server -hocuspocus DIR -node …/node
//
// A peer that is not given is left out. The directory of Hocuspocus has @hocuspocus/server,
// @hocuspocus/extension-database and yjs in node_modules; node is version 22 or later.
// rustpad listens on all addresses, so build it with 127.0.0.1 in its main.rs.
//
// Every edit inserts one character. An editor of corust or rustpad has one push pending at a
// time, as their clients do; a tick at which it is still pending is skipped, so a full
// server shows in the rate. Yjs does not wait. The machine should have nothing else to do:
// a cell in which other processes had more than a tenth of a processor is marked with *.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figures are what one load measures.
type figures struct {
	Edits                  int64
	Rate, Offered          float64 // edits a second
	Skipped, Lost          int64   // ticks, connections
	Server, Driver, Others float64 // processors in use
	Edit                   float64 // processor time of the server an edit, in µs
	P50, P99               float64 // from a push to each other editor, in ms
	RSS, Peak              float64 // of the server, in MB
	Socket                 float64 // more memory of the server for each socket, in KB
	Error                  string
}

// row is a load and what of its figures the table shows.
type row struct {
	name, what string
	args       []string
	show       func(figures) string
	most       bool // of more and more edits, as long as the server keeps up
}

func delays(f figures) string {
	return fmt.Sprintf("%.1f/%.1f, %.0f", f.P50, f.P99, f.Edit)
}

func typing(name, what, sessions, writers, every string, show func(figures) string) row {
	return row{name: name, what: what, args: []string{"-sessions", sessions, "-writers", writers, "-every", every}, show: show}
}

var rows = []row{
	typing("w10", "one session, 10 writers × 5/s", "1", "10", "200ms", delays),
	typing("w50", "50 writers × 5/s", "1", "50", "200ms", delays),
	typing("w100", "100 writers × 5/s, MB", "1", "100", "200ms", func(f figures) string { return delays(f) + fmt.Sprintf(", %.1f", f.RSS) }),
	typing("s200", "200 sessions × 3 × 1/s", "200", "3", "1s", delays),
	typing("s1000", "1,000 sessions × 3 × 1/s", "1000", "3", "1s", delays),
	{name: "max50", what: "most edits/s in one session of 50", args: []string{"-writers", "50", "-settle", "1s", "-for", "4s"}, show: func(f figures) string { return fmt.Sprintf("%.0f", f.Rate) }, most: true},
	{name: "idle", what: "KB an idle socket of 2,001", args: []string{"-sessions", "667", "-writers", "0", "-readers", "3", "-settle", "6s"}, show: func(f figures) string { return fmt.Sprintf("%.1f", f.Socket) }},
}

// contender is a server that is measured.
type contender struct {
	name, proto string
	// command starts it on a port of loopback, with files in a directory.
	command func(port, dir string) *exec.Cmd
}

func main() {
	driving := flag.Bool("drive", false, "measure one load and print JSON; the comparison starts itself so")
	corust := flag.String("corust", "bin/corust", "corust")
	rustpad := flag.String("rustpad", "", "rustpad-server")
	hocuspocus := flag.String("hocuspocus", "", "directory with the modules of Hocuspocus")
	node := flag.String("node", "node", "node, version 22 or later")
	rounds := flag.Int("rounds", 1, "tables to print")
	only := flag.String("rows", "", "rows to measure, with commas between; all")
	flag.Parse()
	var err error
	if *driving {
		err = drive()
	} else {
		err = compare(contenders(*corust, *rustpad, *hocuspocus, *node), *only, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

//go:embed hocuspocus.mjs
var hocuspocusServer []byte

func contenders(corust, rustpad, hocuspocus, node string) []contender {
	serve := func(database string) func(port, dir string) *exec.Cmd {
		return func(port, dir string) *exec.Cmd {
			if database != "memory" {
				database = filepath.Join(dir, "sessions.db")
			}
			cmd := exec.Command(corust, "serve", "--backend", "native", "--listen", "127.0.0.1:"+port, "--database", database)
			cmd.Env = append(os.Environ(), "CORUST_SERVE_ADDRESS_SESSIONS=100000000", "CORUST_SERVE_ADDRESS_CONNECTIONS=20000",
				"CORUST_SERVE_CONNECTIONS=20000", "CORUST_SERVE_MESSAGE_RATE=100000", "CORUST_SERVE_ADDRESS_REQUESTS=100000000", "CORUST_SERVE_ADDRESS_BYTES=1000GiB")
			return cmd
		}
	}
	list := []contender{{"corust (fsync)", "corust", serve("")}, {"corust (memory)", "corust", serve("memory")}}
	if rustpad != "" {
		list = append(list, contender{"rustpad", "rustpad", func(port, dir string) *exec.Cmd {
			cmd := exec.Command(rustpad)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PORT="+port, "SQLITE_URI=sqlite://"+filepath.Join(dir, "rustpad.db"))
			return cmd
		}})
	}
	if hocuspocus != "" {
		list = append(list, contender{"Hocuspocus", "hocuspocus", func(port, dir string) *exec.Cmd {
			cmd := exec.Command(node, "--input-type=module", "-", port, filepath.Join(dir, "hocuspocus.db"))
			cmd.Stdin = bytes.NewReader(hocuspocusServer)
			cmd.Dir = hocuspocus
			return cmd
		}})
	}
	return list
}

func compare(list []contender, only string, rounds int) error {
	chosen := rows
	if only != "" {
		names := strings.Split(only, ",")
		chosen = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !slices.Contains(names, r.name) })
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no row in %q", only)
	}
	for range rounds {
		fmt.Print("| each other editor, p50/p99 ms, server CPU µs an edit |")
		for _, c := range list {
			fmt.Printf(" %s |", c.name)
		}
		fmt.Println("\n|" + strings.Repeat(" --- |", 1+len(list)))
		for _, r := range chosen {
			fmt.Printf("| %s |", r.what)
			for _, c := range list {
				f, err := r.measure(c)
				switch {
				case err != nil:
					fmt.Fprintf(os.Stderr, "peers: %s, %s: %v\n", c.name, r.name, err)
					fmt.Print(" – |")
				case f.Others > 0.1:
					fmt.Printf(" %s* |", r.show(f))
				default:
					fmt.Printf(" %s |", r.show(f))
				}
			}
			fmt.Println()
		}
	}
	return nil
}

// rates are how many edits a second each writer makes where the most is looked for.
var rates = []int{40, 60, 80, 100, 120, 150, 180, 220}

// measure measures a server. Of more and more edits, the figures are the last for which 99 of
// 100 were with the others within 100 ms, and nine of ten were made in time.
func (r row) measure(c contender) (f figures, err error) {
	if !r.most {
		return measure(c, r)
	}
	for _, rate := range rates {
		at := r
		at.args = append([]string{"-every", (time.Second / time.Duration(rate)).String()}, r.args...)
		next, err := measure(c, at)
		if err != nil || next.P99 >= 100 || next.Rate < 0.9*next.Offered {
			if f.Rate == 0 {
				return f, cmp.Or(err, fmt.Errorf("%.0f edits a second are too many", next.Offered))
			}
			break
		}
		f = next
	}
	return f, nil
}

// measure starts a server, types into it, and stops it.
func measure(c contender, r row) (f figures, err error) {
	dir, err := os.MkdirTemp("", "corust-peers-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	port, err := freePort()
	if err != nil {
		return f, err
	}
	server := c.command(port, dir)
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		return f, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Wait()
	}()
	defer func() {
		_ = server.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = server.Process.Kill()
			<-ended
		}
	}()
	if err := await("127.0.0.1:"+port, ended); err != nil {
		return f, fmt.Errorf("%w: %s", err, log.Bytes())
	}
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	// rustpad makes its sessions one at a time: several at once kept it busy for minutes.
	together := "8"
	if c.proto == "rustpad" {
		together = "1"
	}
	args := slices.Concat([]string{"-drive", "-together", together, "-proto", c.proto, "-url", "http://127.0.0.1:" + port, "-pid", strconv.Itoa(server.Process.Pid)}, r.args)
	out, err := exec.Command(self, args...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return f, fmt.Errorf("driver: %s", bytes.TrimSpace(exit.Stderr))
	} else if err != nil {
		return f, err
	}
	if err := json.Unmarshal(out, &f); err != nil {
		return f, err
	}
	if f.Lost > 0 {
		return f, fmt.Errorf("%d connections were lost, the first by %s", f.Lost, f.Error)
	}
	return f, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// await waits until a server listens, and then for a second, in which it comes to rest.
func await(addr string, ended <-chan struct{}) error {
	for range 600 {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			conn.Close()
			time.Sleep(time.Second)
			return nil
		}
		select {
		case <-ended:
			return errors.New("the server ended")
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New("the server does not listen")
}
