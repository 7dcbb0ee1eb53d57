package runner

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// asked plans as words does, and remembers what it was asked for.
type asked struct {
	words
	req *Request
}

func (asked) Check(Request, Toolchain) error { return nil }

func (a asked) Plan(req Request, tc Toolchain) (Plan, error) {
	*a.req = req
	return a.words.Plan(req, tc)
}

// anyChannel has the same toolchain under every name.
type anyChannel struct{ *fakeBackend }

func (anyChannel) Toolchain(context.Context, Channel) (Toolchain, error) {
	return Toolchain{Rustc: "/rustc"}, nil
}

// What a request leaves open is the configuration's, and what that leaves open is
// corust's own.
func TestOptionsTakeTheirDefaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                      string
		request, configured, want Options
	}{
		{"nothing said", Options{}, Options{}, DefaultOptions},
		{"configured", Options{}, Options{Action: "check", Mode: ModeDebug, Edition: "2018", Channel: "nightly"}, Options{Action: "check", Mode: ModeDebug, Edition: "2018", Channel: "nightly"}},
		{"asked for", Options{Action: "test", Mode: ModeRelease, Edition: "2021", Channel: "beta"}, Options{Action: "check", Mode: ModeDebug, Edition: "2018", Channel: "nightly"}, Options{Action: "test", Mode: ModeRelease, Edition: "2021", Channel: "beta"}},
		{"in part", Options{Mode: ModeDebug}, Options{Edition: "2018"}, Options{Action: ActionRun, Mode: ModeDebug, Edition: "2018"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var req Request
				r, err := New(Config{Backend: anyChannel{&fakeBackend{}}, Planner: asked{req: &req}, Defaults: tt.configured})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close(context.Background())
				o := tt.request
				ask := program("out:x")
				ask.Action, ask.Mode, ask.Edition, ask.Channel = o.Action, o.Mode, o.Edition, o.Channel
				if _, err := r.Run(t.Context(), ask, nil, nil); err != nil {
					t.Fatal(err)
				}
				if got := req.options(); got != tt.want {
					t.Errorf("%+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

func TestDefaultOptionsThatNoRunCanHave(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{
		`default invalid mode: "fast" (want one of debug, release)`:               {Mode: "fast"},
		`default invalid edition: "1999" (want one of 2015, 2018, 2021, 2024)`:    {Edition: "1999"},
		`default invalid channel: invalid toolchain name "../x" (want something `: {Channel: "../x"},
	} {
		if r, err := New(Config{Backend: &fakeBackend{}, Planner: words{}, Defaults: o}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: error %q, want %q", o, err, want)
			if err == nil {
				r.Close(t.Context())
			}
		}
	}
}

// The planner rejects a request before it enters the queue.
func TestRefusedBeforeTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 1, MaxQueue: 1})
		defer finish(t, r)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { _, _ = r.Run(ctx, program("sleep:5s"), nil, nil) })
		}
		synctest.Wait()
		req := program("out:x")
		req.Action = "dance"
		var invalid *InvalidError
		if _, err := r.Run(t.Context(), req, nil, nil); !errors.As(err, &invalid) || invalid.Field != "action" {
			t.Errorf("an action that is not known, with the queue full: %v", err)
		}
		cancel()
		wg.Wait()
	})
}
