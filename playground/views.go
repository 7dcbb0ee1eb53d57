package playground

import (
	"net/http"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/view"
)

type compileRequest struct {
	Target           string  `json:"target"`
	AssemblyFlavor   *string `json:"assemblyFlavor" absent:"ok"`
	DemangleAssembly *string `json:"demangleAssembly" absent:"ok"`
	ProcessAssembly  *string `json:"processAssembly" absent:"ok"`
	Channel          string  `json:"channel"`
	Mode             string  `json:"mode"`
	Edition          string  `json:"edition" absent:"ok"`
	CrateType        string  `json:"crateType"`
	Tests            bool    `json:"tests"`                 // has no effect, as with the original
	Backtrace        bool    `json:"backtrace" absent:"ok"` // the same
	Code             Code    `json:"code"`
}

type compileResponse struct {
	Success    bool   `json:"success"`
	ExitDetail string `json:"exitDetail"`
	Code       string `json:"code"`
	Stdout     string `json:"stdout"`
	Stderr     string `json:"stderr"`
}

// targetsOfCompile are the values of compileRequest.Target. They are also the runner's
// actions.
var targetsOfCompile = []string{"asm", "llvm-ir", "mir", "hir", "wasm"}

func (q compileRequest) job() (job, error) {
	err := check("target", q.Target, targetsOfCompile)
	if err == nil && q.Target == "asm" {
		err = first(
			check("assembly flavor", text(q.AssemblyFlavor, "att"), runner.AsmSyntaxes),
			check("demangle option", text(q.DemangleAssembly, "demangle"), []string{"demangle", "mangle"}),
			check("assembly processing option", text(q.ProcessAssembly, "filter"), []string{"filter", "raw"}),
		)
	}
	j := job{
		verb: verbBuild, action: runner.Action(q.Target), syntax: runner.AsmSyntax(text(q.AssemblyFlavor, "att")),
		channel: q.Channel, mode: q.Mode, edition: q.Edition, library: libraryType(q.CrateType), code: q.Code,
	}
	return j, first(
		err, check("channel", q.Channel, channels), check("crate type", q.CrateType, runner.CrateTypes),
		check("mode", q.Mode, runner.Modes), check("edition", q.Edition, runner.Editions),
	)
}

// listing returns the text of a view as the request wants it.
func (q compileRequest) listing(product []byte) string {
	filter, names := text(q.ProcessAssembly, "filter") == "filter", view.Mangled
	if text(q.DemangleAssembly, "demangle") == "demangle" {
		names = view.Short
	}
	if q.Target != "asm" || !filter && names == view.Mangled {
		return new(repair).all(product)
	}
	return view.Assembly(product, view.AssemblyOptions{Names: names, Playground: filter}).Text()
}

func (h *Handler) compile(w http.ResponseWriter, r *http.Request) {
	var q compileRequest
	out, err := h.answer(w, r, "compile", &q)
	if err != nil {
		h.refuse(w, err)
		return
	}
	a := compileResponse{out.exit.success(), out.exit.detail(), "", out.stdout, out.stderr}
	if out.exit.success() {
		a.Code = q.listing(out.product)
	}
	h.reply(w, http.StatusOK, a)
}

type miriRequest struct {
	Edition       string  `json:"edition" absent:"ok"`
	Tests         bool    `json:"tests" absent:"ok"`
	AliasingModel *string `json:"aliasingModel" absent:"ok"`
	Code          Code    `json:"code"`
}

func (q miriRequest) job() (job, error) {
	j := job{verb: verbMiri, mode: "debug", edition: q.Edition, code: q.Code}
	j.miri = runner.Miri{Tests: q.Tests, TreeBorrows: text(q.AliasingModel, "stacked") == "tree"}
	if q.Tests {
		j.verb, j.action = verbTest, runner.ActionMiri
	}
	return j, first(
		check("aliasing model", text(q.AliasingModel, "stacked"), []string{"stacked", "tree"}),
		check("edition", q.Edition, runner.Editions),
	)
}

func (h *Handler) miri(w http.ResponseWriter, r *http.Request) {
	var q miriRequest
	out, err := h.answer(w, r, "Miri", &q)
	h.tool(w, out, err)
}

type expandRequest struct {
	Edition string `json:"edition" absent:"ok"`
	Code    Code   `json:"code"`
}

func (q expandRequest) job() (job, error) {
	return job{verb: verbBuild, action: runner.ActionExpanded, mode: "debug", edition: q.Edition, code: q.Code}, check("edition", q.Edition, runner.Editions)
}

func (h *Handler) expand(w http.ResponseWriter, r *http.Request) {
	var q expandRequest
	out, err := h.answer(w, r, "macro expansion", &q)
	if out.exit.success() {
		out.stdout += new(repair).all(out.product)
	}
	h.tool(w, out, err)
}
