package playground

import (
	"net/http"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// evaluateRequest and the types below are the bodies of requests.
type evaluateRequest struct {
	Version  string `json:"version"`
	Optimize string `json:"optimize"`
	Code     string `json:"code"`
	Edition  string `json:"edition" absent:"ok"`
	Tests    bool   `json:"tests" absent:"ok"`
}

func (q evaluateRequest) job() (job, error) {
	j := job{verb: verbRun, channel: q.Version, mode: "release", edition: q.Edition, code: Code{Files: []CodeFile{{Content: q.Code}}, Single: true}}
	if q.Optimize == "0" {
		j.mode = "debug"
	}
	if strings.TrimSpace(q.Edition) == "" {
		j.edition = "2015"
	}
	if q.Tests {
		j.verb = verbTest
	}
	return j, first(check("edition", j.edition, runner.Editions), check("channel", q.Version, channels))
}

type evaluateResponse struct {
	Result string  `json:"result"`
	Error  *string `json:"error"`
}

func (h *Handler) evaluate(w http.ResponseWriter, r *http.Request) {
	var q evaluateRequest
	out, err := h.answer(w, r, "evaluate", &q)
	switch {
	case err != nil:
		// mdBook shows the result of every answer, and fails without one.
		status, text := h.explain(err)
		h.reply(w, status, evaluateResponse{Result: text, Error: &text})
	case out.exit.success():
		h.reply(w, http.StatusOK, evaluateResponse{Result: out.stdout})
	default:
		text := out.stderr + out.stdout
		h.reply(w, http.StatusOK, evaluateResponse{Result: text, Error: &text})
	}
}

// answer reads a request into q, which points to a struct, and runs its job.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, what string, q interface{ job() (job, error) }) (outcome, error) {
	if err := h.readBody(w, r, q); err != nil {
		return outcome{}, err
	}
	j, err := q.job()
	if err != nil {
		return outcome{}, err
	}
	return h.perform(r, what, j)
}

type executeRequest struct {
	Channel   string `json:"channel"`
	Mode      string `json:"mode"`
	Edition   string `json:"edition" absent:"ok"`
	CrateType string `json:"crateType"`
	Tests     bool   `json:"tests"`
	Backtrace bool   `json:"backtrace" absent:"ok"`
	Code      Code   `json:"code"`
}

func (q executeRequest) job() (job, error) {
	j := job{verb: verbRun, channel: q.Channel, mode: q.Mode, edition: q.Edition, library: libraryType(q.CrateType), code: q.Code}
	switch {
	case q.Tests:
		j.verb = verbTest
	case j.library != "":
		j.verb = verbBuild
	}
	if q.Backtrace {
		j.env = []string{"RUST_BACKTRACE=1"}
	}
	return j, first(
		check("channel", q.Channel, channels), check("mode", q.Mode, runner.Modes),
		check("edition", q.Edition, runner.Editions), check("crate type", q.CrateType, runner.CrateTypes),
	)
}

type executeResponse struct {
	Success    bool   `json:"success"`
	ExitDetail string `json:"exitDetail"`
	Stdout     string `json:"stdout"`
	Stderr     string `json:"stderr"`
}

func (h *Handler) execute(w http.ResponseWriter, r *http.Request) {
	var q executeRequest
	out, err := h.answer(w, r, "execute", &q)
	if err != nil {
		h.refuse(w, err)
		return
	}
	h.reply(w, http.StatusOK, executeResponse{out.exit.success(), out.exit.detail(), out.stdout, out.stderr})
}
