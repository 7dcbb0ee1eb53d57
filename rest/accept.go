package rest

import (
	"mime"
	"strconv"
	"strings"
)

// The types of an answer to a run, in the order of preference for clients that have none.
const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
	typeSSE    = "text/event-stream"
)

var types = []string{typeJSON, typeNDJSON, typeSSE}

// maxRanges is how many media ranges of an Accept header are read.
const maxRanges = 32

// negotiate chooses the type of an answer by an Accept header (RFC 9110 §12.5.1): the one
// with the highest quality, and of several the first of types. Of the ranges that match a
// type, the most specific one has its quality. No header accepts every type. It returns ""
// if the client accepts none.
func negotiate(accept []string) string {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return typeJSON
	}
	best, quality := "", 0.0
	for _, t := range types {
		if q := qualityOf(t, header); q > quality {
			best, quality = t, q
		}
	}
	return best
}

// qualityOf returns the quality that a header gives to a type, 0 if it is not accepted. A
// range that cannot be parsed accepts nothing.
func qualityOf(t, header string) float64 {
	group, _, _ := strings.Cut(t, "/")
	quality, specific := 0.0, -1
	for i, item := range strings.Split(header, ",") {
		if i == maxRanges {
			break
		}
		r, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		rank := map[string]int{"*/*": 0, group + "/*": 1, t: 2}
		at, matches := rank[r]
		if !matches || at <= specific {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		quality, specific = q, at
	}
	return quality
}
