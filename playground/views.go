package playground

import (
	"net/http"
)

type miriRequest struct {
	Edition       string  `json:"edition" absent:"ok"`
	Tests         bool    `json:"tests" absent:"ok"`
	AliasingModel *string `json:"aliasingModel" absent:"ok"`
	Code          Code    `json:"code"`
}

func (q miriRequest) job() (job, error) {
	return job{verb: verbRun, action: "miri", channel: "nightly", mode: "debug", edition: q.Edition, code: q.Code}, first(
		check("aliasing model", text(q.AliasingModel, "stacked"), []string{"stacked", "tree"}),
		check("edition", q.Edition, editions),
	)
}

func (h *Handler) miri(w http.ResponseWriter, r *http.Request) {
	var q miriRequest
	out, err := h.answer(w, r, "Miri", &q, func() (job, error) { return q.job() })
	h.tool(w, out, err)
}
