package server

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/corust-dev/corust/internal/lru"
)

// The card of a snapshot is the picture that link previews show: the title, the first lines
// and what the snapshot was made with. It is a PNG, since what shows previews takes no SVG.

// The measures of a card, in pixels: those that previews expect.
const (
	cardWidth, cardHeight = 1200, 630
	cardMargin            = 60
	cardLines             = 13
	cardColumns           = 68
	titleSize, codeSize   = 44, 26
	lineHeight            = 33
)

var (
	cardBack  = color.RGBA{0x1e, 0x1e, 0x24, 0xff}
	cardTitle = color.RGBA{0xf4, 0xf4, 0xf6, 0xff}
	cardCode  = color.RGBA{0xc9, 0xd1, 0xd9, 0xff}
	cardAbout = color.RGBA{0xf7, 0x8c, 0x6c, 0xff}
)

// maxCards is how many bytes of cards a server keeps.
const maxCards = 4 << 20

// cards draws cards, one at a time, and keeps the last.
type cards struct {
	mu          sync.Mutex
	plain, bold font.Face                 // nil until the first card
	drawn       lru.Cache[string, []byte] // by the ID of the snapshot
}

// get returns the card of a snapshot.
func (c *cards) get(id string, snap Snapshot) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.load(); err != nil {
		return nil, err
	}
	if data := c.drawn.Get(id); data != nil {
		return data, nil
	}
	data, err := c.draw(snap)
	if err != nil {
		return nil, err
	}
	c.drawn.Put(id, "", data, int64(len(data)))
	return data, nil
}

// load loads the fonts, once.
func (c *cards) load() error {
	if c.plain != nil {
		return nil
	}
	face := func(ttf []byte, size float64) (font.Face, error) {
		f, err := opentype.Parse(ttf)
		if err != nil {
			return nil, err
		}
		return opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	}
	plain, err1 := face(gomono.TTF, codeSize)
	bold, err2 := face(gomonobold.TTF, titleSize)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	c.plain, c.bold, c.drawn = plain, bold, lru.New[string, []byte](maxCards)
	return nil
}

func (c *cards) draw(snap Snapshot) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, cardWidth, cardHeight))
	draw.Draw(img, img.Bounds(), image.NewUniform(cardBack), image.Point{}, draw.Src)
	line := func(face font.Face, c color.Color, y int, text string) {
		d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(cardMargin, y)}
		d.DrawString(text)
	}
	y := cardMargin + titleSize
	line(c.bold, cardTitle, y, cut(titleOf(snap), (cardWidth-2*cardMargin)*5/(3*titleSize)))
	y += lineHeight
	for _, text := range cardText(snap) {
		y += lineHeight
		line(c.plain, cardCode, y, text)
	}
	made := "corust"
	if a := about(snap); a != "" {
		made += " · " + a
	}
	line(c.plain, cardAbout, cardHeight-cardMargin/2, cut(made, cardColumns))
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// cardText is the first lines of a snapshot's first file as a card shows them.
func cardText(snap Snapshot) []string {
	var out []string
	for text := range strings.Lines(snap.Files[0].Content) {
		if len(out) == cardLines {
			break
		}
		// A line may be as long as a text.
		runes := make([]rune, 0, cardColumns+1)
		for _, r := range strings.TrimRight(text, "\r\n") {
			if r == '\t' {
				runes = append(runes, ' ', ' ', ' ')
				r = ' '
			}
			if runes = append(runes, r); len(runes) > cardColumns {
				break
			}
		}
		out = append(out, cut(string(runes), cardColumns))
	}
	return out
}

// card answers with the card of a snapshot.
func (s *Server) card(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	snap, err := s.cfg.Snapshots.Get(r.Context(), id)
	if err != nil {
		s.failure(w, err)
		return
	}
	data, err := s.cards.get(id, snap)
	if err != nil {
		s.failure(w, err)
		return
	}
	// Sites that show previews load it from their pages, too.
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	s.static(w, r, "image/png", "public, max-age=3600", data)
}

// origin is the origin by which the client reached the server, for addresses that others
// load: a trusted proxy says whether it speaks TLS.
func (s *Server) origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || contains(s.cfg.Proxies, parseAddr(r.RemoteAddr)) && r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
