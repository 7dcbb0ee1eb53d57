package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/internal/proctime"
)

// otDir is where the vectors are, from the root of the repository.
const otDir = "collab/ot"

// peer measures map and compose on the checked-in vectors, here and in node,
// one after the other, in the same way.
func peer(ctx context.Context, _ time.Duration) error {
	if err := apply(); err != nil {
		return err
	}
	maps, composes, err := operands()
	if err != nil {
		return err
	}
	sink := 0
	ours := map[string]float64{
		"map": rate(len(maps), func() {
			for i := range maps {
				c, err := maps[i][0].Map(maps[i][1], true)
				if err != nil {
					panic(err) // the vectors are checked by tests
				}
				sink += c.Length()
			}
		}),
		"compose": rate(len(composes), func() {
			for i := range composes {
				c, err := composes[i][0].Compose(composes[i][1])
				if err != nil {
					panic(err)
				}
				sink += c.Length()
			}
		}),
	}
	if sink == 0 {
		return errors.New("nothing was measured")
	}
	theirs := map[string]float64{}
	cmd := exec.CommandContext(ctx, "node", "vectors/bench.mjs", "testdata/vectors.jsonl.gz")
	cmd.Dir = otDir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Printf("ot: map %.2f M/s, compose %.2f M/s; no peer to compare with: %v\n", ours["map"]/1e6, ours["compose"]/1e6, err)
		return nil
	}
	for line := range strings.Lines(string(out)) {
		var name string
		var n float64
		if _, err := fmt.Sscan(line, &name, &n); err != nil {
			return fmt.Errorf("bench.mjs said %q: %w", line, err)
		}
		theirs[name] = n
	}
	for _, name := range []string{"map", "compose"} {
		r := ours[name] / theirs[name]
		fmt.Printf("ot %s: %.2f M/s, @codemirror/state in node %.2f M/s, ratio %.2f (want 3.00) %s\n", name, ours[name]/1e6, theirs[name]/1e6, r, verdict(r >= 3))
	}
	return nil
}

func operands() (maps, composes [][2]ot.ChangeSet, err error) {
	f, err := os.Open(filepath.Join(otDir, "testdata", "vectors.jsonl.gz"))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, err
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v struct {
			K       string
			A, B, C json.RawMessage
			AC      json.RawMessage `json:"ac"`
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, nil, err
		}
		if v.K != "ops" {
			continue
		}
		a, err1 := ot.Decode(v.A, ot.Limits{})
		b, err2 := ot.Decode(v.B, ot.Limits{})
		if err := errors.Join(err1, err2); err != nil {
			return nil, nil, err
		}
		maps = append(maps, [2]ot.ChangeSet{a, b})
		if len(v.AC) > 0 && v.AC[0] == '[' {
			c, err := ot.Decode(v.C, ot.Limits{})
			if err != nil {
				return nil, nil, err
			}
			composes = append(composes, [2]ot.ChangeSet{a, c})
		}
	}
	return maps, composes, lines.Err()
}

// rate is how many operations a second there are, if a round makes n. The loop
// over the operands is in round, since node inlines what it calls there too.
func rate(n int, round func()) float64 {
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		round()
	}
	// As bench.mjs does: by processor time, all threads included.
	best := 0.0
	for range 8 {
		done, start := 0, proctime.Used()
		for proctime.Used()-start < 250*time.Millisecond {
			round()
			done += n
		}
		best = max(best, float64(done)/(proctime.Used()-start).Seconds())
	}
	return best
}

// apply types at random places of a text of 64 KiB.
func apply() error {
	const line = "let 値 = \"größer 🦀\"; // 0\n"
	text, err := ot.NewText(strings.Repeat(line, 64<<10/len(line)))
	if err != nil {
		return err
	}
	rng, per := rand.New(rand.NewPCG(1, 2)), ot.Len(line)
	const n = 50_000
	changes := make([]ot.ChangeSet, 0, n)
	length := text.Len()
	for range n {
		at := rng.IntN(length/per) * per
		c, err := ot.New(length, ot.Edit{From: at, To: at, Insert: "x"})
		if err != nil {
			return err
		}
		inv, err := c.Invert(text)
		if err != nil {
			return err
		}
		changes = append(changes, c, inv)
	}
	start := time.Now()
	for _, c := range changes {
		if text, err = c.Apply(text); err != nil {
			return err
		}
	}
	each := time.Since(start) / time.Duration(len(changes))
	fmt.Printf("ot apply, 64 KiB: %v (want at most 10µs) %s\n", each, verdict(each <= 10*time.Microsecond))
	return nil
}
