package playground

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/corust-dev/corust/runner"
)

type formatRequest struct {
	Channel *string `json:"channel" absent:"ok"`
	Edition string  `json:"edition" absent:"ok"`
	Code    Code    `json:"code"`
}

type formatResponse struct {
	Success    bool   `json:"success"`
	ExitDetail string `json:"exitDetail"`
	Code       Code   `json:"code"`
	Stdout     string `json:"stdout"`
	Stderr     string `json:"stderr"`
}

// text returns the text of an optional field, or or.
func text(field *string, or string) string {
	if field == nil {
		return or
	}
	return *field
}

// channelOf checks an optional channel.
func channelOf(field *string) (string, error) {
	if field == nil {
		return "", nil
	}
	return *field, check("channel", *field, channels)
}

// format formats each file by itself.
func (h *Handler) format(w http.ResponseWriter, r *http.Request) {
	var q formatRequest
	err := h.readBody(w, r, &q)
	var channel string
	if err == nil {
		channel, err = channelOf(q.Channel)
		err = first(err, check("edition", q.Edition, runner.Editions))
	}
	if err != nil {
		h.refuse(w, err)
		return
	}
	var last outcome
	var stderr strings.Builder
	err = h.bounded(r, "format", func(ctx context.Context) error {
		if err := checkFiles(q.Code); err != nil {
			return err
		}
		for i, f := range q.Code.Files {
			if !q.Code.Single && !strings.HasSuffix(f.Name, ".rs") {
				continue
			}
			out, err := h.once(ctx, job{verb: verbFormat, channel: channel, edition: q.Edition, code: Code{Files: []CodeFile{f}, Single: q.Code.Single}, fresh: wantsFresh(r.Header)})
			if err != nil {
				return err
			}
			stderr.WriteString(out.stderr)
			if out.exit.success() {
				q.Code.Files[i].Content = string(out.product)
			} else {
				last = out
			}
		}
		return nil
	})
	if err != nil {
		h.refuse(w, err)
		return
	}
	h.reply(w, http.StatusOK, formatResponse{last.exit.success(), last.exit.detail(), q.Code, "", stderr.String()})
}

// checkFiles returns an error for names that files of a request cannot have.
func checkFiles(c Code) error {
	if c.Single {
		return nil
	}
	if len(c.Files) > runner.MaxFiles {
		return &runner.InvalidError{Field: "files", Reason: fmt.Sprintf("more than %d files", runner.MaxFiles)}
	}
	seen := map[string]bool{}
	for _, f := range c.Files {
		if err := runner.ValidFileName(f.Name); err != nil {
			return &runner.InvalidError{Field: "files", Reason: err.Error()}
		}
		if seen[f.Name] {
			return &runner.InvalidError{Field: "files", Reason: fmt.Sprintf("%q is there twice", f.Name)}
		}
		seen[f.Name] = true
	}
	return nil
}

type clippyRequest struct {
	Channel   *string `json:"channel" absent:"ok"`
	CrateType *string `json:"crateType" absent:"ok"`
	Edition   string  `json:"edition" absent:"ok"`
	Code      Code    `json:"code"`
}

// toolResponse is the answer of Clippy, Miri and macro expansion, whose exit detail has
// another name than elsewhere.
type toolResponse struct {
	Success    bool   `json:"success"`
	ExitDetail string `json:"exit_detail"`
	Stdout     string `json:"stdout"`
	Stderr     string `json:"stderr"`
}

func (q clippyRequest) job() (job, error) {
	channel, err := channelOf(q.Channel)
	crateType := text(q.CrateType, "bin")
	return job{verb: verbCheck, channel: channel, mode: "debug", edition: q.Edition, library: libraryType(crateType), code: q.Code},
		first(err, check("crate type", crateType, runner.CrateTypes), check("edition", q.Edition, runner.Editions))
}

func (h *Handler) clippy(w http.ResponseWriter, r *http.Request) {
	var q clippyRequest
	out, err := h.answer(w, r, "Clippy", &q)
	h.tool(w, out, err)
}

// tool answers with the outcome of a tool.
func (h *Handler) tool(w http.ResponseWriter, out outcome, err error) {
	if err != nil {
		h.refuse(w, err)
		return
	}
	h.reply(w, http.StatusOK, toolResponse{out.exit.success(), out.exit.detail(), out.stdout, out.stderr})
}
