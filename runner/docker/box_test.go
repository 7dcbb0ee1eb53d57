package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
)

func TestRun(t *testing.T) {
	t.Parallel()
	b := backend(t)
	got, err := run(box(t, b, spec), "to and fro", "cat")
	if err != nil {
		t.Fatal(err)
	}
	if got.stdout != "to and fro" || got.end.Exit != 0 {
		t.Errorf("cat: %+v", got)
	}
}

// A box that lives for a while after it has yielded weighs less until it is to hurry, and
// one that does not leaves nothing.
func TestBoxYields(t *testing.T) {
	t.Parallel()
	b := backend(t)
	get := asker(t, b.engine.Host())
	made := box(t, b, spec)
	made.Yield()
	made.Yield()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(makeTime)
	weighs := func(want int64) {
		for {
			var c struct{ HostConfig struct{ CPUShares int64 } }
			get("/containers/"+made.id+"/json", &c)
			if c.HostConfig.CPUShares == want {
				return
			}
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("it has %d shares, want %d", c.HostConfig.CPUShares, want)
			}
		}
	}
	weighs(yieldShares)
	made.Hurry()
	weighs(fullShares)
	if got, err := run(made, "still here", "cat"); err != nil || got.stdout != "still here" {
		t.Errorf("a program in it: %+v, %v", got, err)
	}
	gone := box(t, b, spec)
	gone.Yield()
	if err := gone.Destroy(t.Context()); err != nil {
		t.Error(err)
	}
	gone.Yield()
}

// What a program in a box can see of the box agrees with posture.go.
func TestPostureHolds(t *testing.T) {
	t.Parallel()
	b := backend(t)
	out, err := run(box(t, b, spec), "", "facts")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	if err := json.Unmarshal([]byte(out.stdout), &got); err != nil {
		t.Fatalf("%v in %+v", err, out)
	}
	const none = "0000000000000000"
	want := map[string]string{
		"CapInh": none, "CapPrm": none, "CapEff": none, "CapBnd": none, "CapAmb": none,
		"NoNewPrivs": "1", "Seccomp": "2",
		"oom_score_adj":   "1000",
		"hostname":        boxenv.Hostname,
		"interfaces":      "lo",
		"fds":             "0 1 2",
		"agent environ":   "open /proc/1/environ: permission denied",
		"statfs /work":    "size=16777216 inodes=256 flags=0x6", // nosuid, nodev
		"statfs /tmp":     "size=8388608 inodes=256 flags=0x6",
		"statfs /dev/shm": "size=16777216 flags=0xe", // noexec, too
		"write /work/f":   "<nil>", "write /tmp/f": "<nil>", "write /dev/shm/f": "<nil>",
	}
	for _, file := range []string{"/f", "/etc/f", "/opt/f", "/run/f"} {
		want["write "+file] = "open " + file + ": read-only file system"
	}
	for _, l := range spec.Rlimits() {
		want["rlimit "+l.Name] = fmt.Sprintf("%d/%d", l.Soft, l.Hard)
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %q, want %q", key, got[key], value)
		}
	}
	for _, key := range []string{"Uid", "Gid"} {
		var ids [4]int
		_, err := fmt.Sscan(got[key], &ids[0], &ids[1], &ids[2], &ids[3])
		if user := ids[0]; err != nil || ids != [4]int{user, user, user, user} || user < engine.UserBase || user >= engine.UserBase+engine.Users {
			t.Errorf("%s is %q, want one of the %d from %d, four times", key, got[key], engine.Users, engine.UserBase)
		}
	}
	for key, value := range maps.All(got) {
		if strings.HasPrefix(key, "write ") && want[key] == "" && value == "<nil>" {
			t.Errorf("%s works", key)
		}
	}
	if strings.Contains(got["cgroup"], "docker") {
		t.Errorf("the program sees where its container is: %q", got["cgroup"])
	}
}

func TestMemoryLimitHolds(t *testing.T) {
	t.Parallel()
	b := backend(t)
	bx := box(t, b, spec)
	out, err := run(bx, "", "eat")
	if err != nil {
		t.Fatal(err)
	}
	if out.end.Signal != int(syscall.SIGKILL) || out.end.OOMKills == 0 {
		t.Errorf("a program that eats memory ended so: %+v", out.end)
	}
	// The kernel charges in batches, and so may count a little more than it gives.
	if peak := out.end.PeakMemory; peak < spec.Memory*9/10 || peak > spec.Memory*21/20 {
		t.Errorf("peak is %d, the limit was %d", peak, spec.Memory)
	}
	if c, err := bx.Counters(); err != nil || c.OOMKills == 0 {
		t.Errorf("counters: %+v, %v", c, err)
	}
}

func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	b := backend(t)
	s := spec
	s.Work = 4 << 20
	for file, want := range map[string]string{
		"/tmp/f":  "no space left on device", // 8 MiB, and RLIMIT_FSIZE at 4
		"/work/f": "",
	} {
		out, err := run(box(t, b, s), "", "fill", file)
		if err != nil {
			t.Fatal(err)
		}
		sigxfsz := out.end.Signal == int(runner.SIGXFSZ) || strings.Contains(out.stderr, "file too large")
		full := strings.Contains(out.stderr, "no space left on device")
		if !sigxfsz && !full {
			t.Errorf("filling %s (%s) ended so: %+v", file, want, out)
		}
	}
}

func TestOutputEndsAtTheCap(t *testing.T) {
	t.Parallel()
	b := backend(t)
	out, err := run(box(t, b, spec), "", "flood")
	if err != nil {
		t.Fatal(err)
	}
	if len(out.stdout) != 64_000 || out.end.Killed != agent.KilledOutput {
		t.Errorf("%d bytes, %+v", len(out.stdout), out.end)
	}
}

// An engine whose output is not read does not kill (moby/moby#41827), unless the
// connection is closed first.
func TestDestroyWhileOutputIsStuck(t *testing.T) {
	t.Parallel()
	b := backendWith(t, "", "deaf-agent", Config{})
	bx := box(t, b, spec)
	if _, err := io.ReadFull(bx, make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	// The agent goes on to write, and fills what is between it and us.
	stuck := make(chan error, 1)
	go func() {
		buf := make([]byte, 1<<20)
		var err error
		for err == nil {
			_, err = bx.Write(buf) // and it never reads
		}
		stuck <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), removeTime)
	defer cancel()
	if err := bx.Destroy(ctx); err != nil {
		t.Error(err)
	}
	<-stuck
	if _, err := io.Copy(io.Discard, bx); err == nil {
		t.Error("reading a destroyed box ends without an error")
	}
	if left := ours(t, b); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestDestroyEndsTheProgram(t *testing.T) {
	t.Parallel()
	b := backend(t)
	bx := box(t, b, spec)
	ended := make(chan error, 1)
	go func() {
		_, err := run(bx, "", "sleep")
		ended <- err
	}()
	for range 3 { // from anywhere and any number of times
		go bx.Destroy(context.Background())
	}
	if err := bx.Destroy(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a run in a destroyed box ended well")
	}
	if left := ours(t, b); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestBrokenAgentSaysWhy(t *testing.T) {
	t.Parallel()
	b := backendWith(t, "", "broken-agent", Config{})
	_, err := io.ReadAll(box(t, b, spec))
	if !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "agent is broken") {
		t.Errorf("reading from a broken agent: %v", err)
	}
}

func TestNewBoxCanceled(t *testing.T) {
	t.Parallel()
	b := backend(t)
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 80 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		bx, err := b.NewBox(ctx, spec)
		cancel()
		if err == nil {
			if err := bx.Destroy(t.Context()); err != nil {
				t.Error(err)
			}
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", after, err)
		}
	}
	// backend checks that nothing is left.
}

func TestTypedErrors(t *testing.T) {
	t.Parallel()
	e := engineAt(t, "")
	ctx := t.Context()
	open := func(cfg Config) *Backend {
		b, err := Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		return b
	}
	if _, err := Open(ctx, Config{Host: "unix:///nonexistent.sock"}); !errors.Is(err, engine.ErrDown) {
		t.Errorf("no engine: %v", err)
	}
	if _, err := Open(ctx, Config{Host: "ssh://host"}); !errors.Is(err, engine.ErrHost) {
		t.Errorf("bad address: %v", err)
	}
	if _, err := Open(ctx, Config{Runtime: "no-such-runtime"}); !errors.Is(err, engine.ErrRuntime) {
		t.Errorf("no runtime: %v", err)
	}
	b := open(Config{Images: map[runner.Channel]string{DefaultChannel: "corust/none:such"}})
	if _, err := b.NewBox(ctx, spec); !errors.Is(err, engine.ErrImageMissing) {
		t.Errorf("no image: %v", err)
	}
	var invalid *runner.InvalidError
	for _, channel := range []runner.Channel{"beta-of-nobody", "Ünicode", "a:b", "../x", "-"} {
		if _, err := b.Toolchain(ctx, channel); !errors.As(err, &invalid) {
			t.Errorf("channel %q: %v", channel, err)
		}
	}

	current := "LABEL " + engine.LabelAgent + "=" + strconv.Itoa(agent.Version)
	for name, labels := range map[string][]string{
		"another agent":     {"LABEL " + engine.LabelAgent + "=0"},
		"no toolchain":      {current, "LABEL " + engine.LabelRustc + "=1.2.3"},
		"unknown toolchain": {current, "LABEL " + engine.LabelToolchain + "=0123"},
	} {
		stale := "corust/test:" + randomHex(8)
		if err := e.Import(ctx, rootFS(t), stale, labels); err != nil {
			t.Fatal(err)
		}
		defer e.RemoveImage(context.Background(), stale)
		b = open(Config{Images: map[runner.Channel]string{DefaultChannel: stale}})
		if _, err := b.NewBox(ctx, spec); !errors.Is(err, ErrImageStale) {
			t.Errorf("an image with %s: %v", name, err)
		}
	}
}

// An image that was removed between two boxes is reported at once, with its error.
func TestImageRemoved(t *testing.T) {
	t.Parallel()
	e := engineAt(t, "")
	ref := imageIn(t, e, "agent")
	b, err := Open(t.Context(), Config{Images: map[runner.Channel]string{DefaultChannel: ref}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := box(t, b, spec).Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.RemoveImage(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if _, err := b.NewBox(t.Context(), spec); !errors.Is(err, engine.ErrImageMissing) {
		t.Errorf("want ErrImageMissing, got %v", err)
	}
}

// Each image that fits this corust is a toolchain: by the channels of the configuration,
// by its tag, and by the version of its compiler. A removed one is refused, and the
// refusal names the rest.
func TestToolchainsAreImages(t *testing.T) {
	t.Parallel()
	e := engineAt(t, "")
	byDefault, mine := imageIn(t, e, "agent"), imageIn(t, e, "echo")
	channel := runner.Channel("test-" + randomHex(4))
	tag := engine.Repository + ":" + string(channel)
	labels := []string{`ENTRYPOINT ["/box", "agent", "tagged"]`, "LABEL " + engine.LabelAgent + "=" + strconv.Itoa(agent.Version), "LABEL " + engine.LabelRustc + "=7.8.9", "LABEL " + engine.LabelToolchain + "=4567"}
	if err := e.Import(t.Context(), rootFS(t), tag, labels); err != nil {
		t.Fatal(err)
	}
	defer e.RemoveImage(context.Background(), tag)
	b, err := Open(t.Context(), Config{Images: map[runner.Channel]string{DefaultChannel: byDefault, "mine": mine, "lost": "corust/test:none"}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	versions := func() map[runner.Channel]string {
		t.Helper()
		list, err := b.Toolchains(t.Context())
		if err != nil || len(list) == 0 || list[0].Channel != DefaultChannel {
			t.Fatalf("%+v, %v", list, err)
		}
		all := map[runner.Channel]string{}
		for _, tc := range list {
			all[tc.Channel] = tc.Version
		}
		return all
	}
	if got := versions(); got[DefaultChannel] != "1.2.3" || got["mine"] != "1.2.3" || got[channel] != "7.8.9" || got["lost"] != "" {
		t.Errorf("toolchains %v", got)
	}
	for _, c := range []runner.Channel{"7.8.9", "7.8"} {
		if tc, err := b.Toolchain(t.Context(), c); err != nil || tc.ID != "4567" || tc.Channel != c {
			t.Errorf("channel %s: %+v, %v", c, tc, err)
		}
	}
	if err := e.RemoveImage(t.Context(), tag); err != nil {
		t.Fatal(err)
	}
	of := spec
	of.Channel = channel
	_, err = b.NewBox(t.Context(), of)
	var invalid *runner.InvalidError
	if !errors.As(err, &invalid) || !errors.Is(err, engine.ErrImageMissing) || !strings.Contains(err.Error(), "(want one of stable") {
		t.Errorf("a box of a removed image: %v", err)
	}
	if got := versions(); got[channel] != "" {
		t.Errorf("after its image was removed, %s is still listed: %v", channel, got)
	}
}

func TestToolchain(t *testing.T) {
	t.Parallel()
	b := backend(t)
	tc, err := b.Toolchain(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := runner.Toolchain{
		Channel: "stable", Version: "1.2.3", ID: "0123",
		Rustc: "/opt/corust/toolchain/bin/rustc", Rustfmt: "/opt/corust/toolchain/bin/rustfmt",
		Image: true,
	}
	if want.System = tc.System; tc != want || !strings.HasPrefix(tc.System, "docker sha256:") {
		t.Errorf("got %+v, want %+v", tc, want)
	}
}
