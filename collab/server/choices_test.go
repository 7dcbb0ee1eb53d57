package server_test

import (
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/server"
	"github.com/google/go-cmp/cmp"
)

// The page and the REST interface offer the same choices.
func TestThePageAndTheInterfaceOfferTheSameChoices(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var meta struct {
		Run     *server.Choices `json:"run"`
		MaxText int             `json:"max_text"`
	}
	if status := f.do("GET", "/api/v1/meta", "", &meta); status != http.StatusOK || meta.Run == nil || meta.MaxText != 256<<10 {
		t.Fatalf("status %d, %+v", status, meta)
	}
	if diff := cmp.Diff(choices, *meta.Run); diff != "" {
		t.Errorf("GET /api/v1/meta (-want +got):\n%s", diff)
	}
	var page string
	f.do("GET", f.create("").Edit, "", &page)
	_, rest, _ := strings.Cut(page, `name="corust-session" content="`)
	data, _, _ := strings.Cut(rest, `"`)
	var boot struct{ Choices *server.Choices }
	if err := json.Unmarshal([]byte(html.UnescapeString(data)), &boot); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	if diff := cmp.Diff(&choices, boot.Choices); diff != "" {
		t.Errorf("the page (-want +got):\n%s", diff)
	}
}

func TestServerThatCanRunNothingOffersNothing(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Choices = nil })
	var meta map[string]any
	if f.do("GET", "/api/v1/meta", "", &meta); meta["run"] != nil {
		t.Errorf("%v", meta)
	}
	var page string
	if f.do("GET", f.create("").Edit, "", &page); !strings.Contains(html.UnescapeString(page), `"choices":null`) {
		t.Errorf("the page has choices:\n%s", page)
	}
}
