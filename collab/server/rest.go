package server

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

var (
	errBadRequest = errors.New("bad request")
	errReadOnly   = errors.New("this link is for watching")
)

//go:embed openapi.yaml
var openAPI []byte

func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	s.static(w, r, "application/yaml", "no-cache", openAPI)
}

// createRequest and the types below are the bodies of openapi.yaml.
type createRequest struct {
	Source   *string          `json:"source,omitempty"`
	Files    []wire.NamedFile `json:"files,omitempty"`
	Settings wire.Settings    `json:"settings,omitempty"`
}

type filesResponse struct {
	Epoch   wire.Epoch       `json:"epoch"`
	Version wire.Version     `json:"version"`
	Files   []wire.NamedFile `json:"files"`
}

type createResponse struct {
	Token   string `json:"token"`
	Session string `json:"session"`
	Edit    string `json:"edit"`
	View    string `json:"view"`
}

type sessionResponse struct {
	Session  string           `json:"session"`
	ReadOnly bool             `json:"read_only"`
	Epoch    wire.Epoch       `json:"epoch"`
	Version  wire.Version     `json:"version"`
	Settings wire.Settings    `json:"settings"`
	Members  []memberResponse `json:"members"`
}

type memberResponse struct {
	Name string `json:"name"`
}

type formatRequest struct {
	Source  string       `json:"source"`
	Edition wire.Edition `json:"edition,omitempty"`
}

type formatResponse struct {
	Source string `json:"source"`
}

type runRequest struct {
	Action  wire.Action  `json:"action,omitempty"`
	Mode    wire.Mode    `json:"mode,omitempty"`
	Edition wire.Edition `json:"edition,omitempty"`
	Channel wire.Channel `json:"channel,omitempty"`

	Views     []wire.Action `json:"views,omitempty"`
	AsmSyntax string        `json:"asm_syntax,omitempty"`
	Flags     []string      `json:"flags,omitempty"`
	CrateType string        `json:"crate_type,omitempty"`
	Args      []string      `json:"args,omitempty"`
	Env       []string      `json:"env,omitempty"`
	Cache     string        `json:"cache,omitempty"`
	// Stdin is all that the program is to read; others in the session may
	// still type.
	Stdin string `json:"stdin,omitempty"`
}

func (r *runRequest) options() wire.RunOptions {
	return wire.RunOptions{
		Action: r.Action, Mode: r.Mode, Edition: r.Edition, Channel: r.Channel,
		Views: r.Views, AsmSyntax: r.AsmSyntax, Flags: r.Flags, CrateType: r.CrateType, Args: r.Args, Env: r.Env, Cache: r.Cache,
	}
}

// decodeBody reads a JSON body strictly. An empty one leaves v as it is.
func (s *Server) decodeBody(w http.ResponseWriter, r *http.Request, v any) error {
	data, release, err := s.readBody(w, r)
	defer release()
	switch {
	case err != nil:
		return err
	case len(data) == 0:
		return nil
	case !hasType(r, "application/json"):
		return fmt.Errorf("%w: Content-Type is not application/json", errBadRequest)
	}
	if err := wire.CheckText(data); err != nil {
		return err
	}
	if wire.CountValues(data) > maxValues {
		return fmt.Errorf("%w: more than %d values", errBadRequest, maxValues)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", errBadRequest, wire.JSONError(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one value", errBadRequest)
	}
	return nil
}

// readBody reads a body into memory, within the limits of the client's address. Release ends
// its counting, also after an error.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (data []byte, release func(), err error) {
	if r.ContentLength == 0 {
		return nil, func() {}, nil
	}
	if release, err = s.quotas.body(s.addr(r)); err != nil {
		return nil, func() {}, err
	}
	data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.cfg.Limits.MessageBytes)))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, release, err
	case err != nil:
		return nil, release, fmt.Errorf("%w: the body did not arrive", errBadRequest)
	}
	return data, release, s.quotas.sent(s.addr(r), len(data))
}

// maxValues is the most values of a body. An element of a list takes 2 bytes of a body, and
// 56 bytes of memory where a list of files is expected.
const maxValues = 64 << 10

// hasType reports whether a request's body has a media type.
func hasType(r *http.Request, want string) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == want
}

// normal is a text as sessions hold it: lines end with "\n".
func (s *Server) normal(text string) (string, error) {
	text = ot.Normalize(text)
	if n := ot.Len(text); n > s.cfg.Session.Text {
		return "", wire.Exceeds("text", n, s.cfg.Session.Text, wire.UnitUTF16)
	}
	return text, nil
}

// files returns files as a session would hold them, or an error if no session of this server
// may have them.
func (s *Server) files(named []wire.NamedFile) (files.Set, error) {
	set, err := files.Named(named)
	if err != nil {
		return set, err
	}
	if n := set.Units(); n > s.cfg.Session.Text {
		return set, wire.Exceeds("text", n, s.cfg.Session.Text, wire.UnitUTF16)
	}
	return set, nil
}

// create makes a session of files, within the limits of the address.
func (s *Server) create(r *http.Request, named []wire.NamedFile) (editToken, error) {
	leave, ok := s.enter()
	if !ok {
		return "", wire.ErrResume
	}
	defer leave()
	if _, err := s.files(named); err != nil {
		return "", err
	}
	if err := s.quotas.session(s.addr(r)); err != nil {
		return "", err
	}
	token := newEditToken()
	if err := s.cfg.Hub.CreateFiles(r.Context(), token.session(), named); err != nil {
		return "", err
	}
	s.metrics.created.Inc()
	return token, nil
}

// mainFile is what a session with one text has.
func mainFile(text string) []wire.NamedFile {
	return []wire.NamedFile{{Name: wire.DefaultPath, Content: text}}
}

func (s *Server) createSession(w http.ResponseWriter, r *http.Request) {
	if hasType(r, "application/zip") {
		s.importSession(w, r)
		return
	}
	req := createRequest{}
	if err := s.decodeBody(w, r, &req); err != nil {
		s.failure(w, err)
		return
	}
	named := req.Files
	switch {
	case req.Source != nil && named != nil:
		s.failure(w, fmt.Errorf("%w: both source and files", errBadRequest))
		return
	case req.Source != nil:
		named = mainFile(*req.Source)
	case len(named) == 0:
		named = mainFile(s.cfg.Welcome)
	}
	token, err := s.createWith(r, named, req.Settings)
	if err != nil {
		s.failure(w, err)
		return
	}
	s.links(w, token)
}

// links answers with the links of a session that has just got them.
func (s *Server) links(w http.ResponseWriter, token editToken) {
	id := string(token.session())
	edit, view := s.cfg.Prefix+"/s/"+string(token), s.cfg.Prefix+"/v/"+id
	w.Header().Set("Location", s.cfg.Prefix+"/api/v1/sessions/"+string(token))
	s.reply(w, http.StatusCreated, createResponse{Token: string(token), Session: id, Edit: edit, View: view})
}

// changeRequest is the body of a change of a session.
type changeRequest struct {
	// Settings that change; an empty value removes its name.
	Settings wire.Settings `json:"settings"`
}

type settingsResponse struct {
	Settings wire.Settings `json:"settings"`
}

// changeSession changes settings of a session, such as its name. It needs the edit link.
func (s *Server) changeSession(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	var req changeRequest
	err := s.decodeBody(w, r, &req)
	if err == nil && len(req.Settings) == 0 {
		err = fmt.Errorf("%w: want settings", errBadRequest)
	}
	var id wire.SessionID
	if err == nil {
		id, err = s.mayEdit(ctx, r)
	}
	var settings wire.Settings
	if err == nil {
		settings, err = s.cfg.Hub.Set(ctx, id, authority.Caller{ID: wire.NewToolID()}, req.Settings)
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, settingsResponse{settings})
}

// deleteSession deletes a session for all members. It needs the edit link.
func (s *Server) deleteSession(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, err := s.mayEdit(ctx, r)
	if err == nil {
		err = s.cfg.Hub.Delete(ctx, id)
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// renewRequest is the body of a request for new links, which may be empty.
type renewRequest struct {
	// Token is the edit token that the session gets; absent, the server makes one.
	Token *string `json:"token"`
	// Members is what the members get who are connected.
	Members renewFor `json:"members"`
}

// renewFor is what the members get who are connected while the links of their session are
// renewed.
type renewFor string

const (
	renewForNone  renewFor = "none"  // no link: they leave; also the zero value
	renewForWatch renewFor = "watch" // the new link to watch
	renewForEdit  renewFor = "edit"  // the new link of the kind by which they came
)

// moved returns the links for a member who is connected, or nil for none.
func (f renewFor) moved(token editToken, v authority.Visitor) *wire.MovedMsg {
	m := wire.MovedMsg{View: string(token.session())}
	switch {
	case f == renewForEdit && !v.Watching:
		m.Edit = string(token)
	case f != renewForEdit && f != renewForWatch:
		return nil
	}
	return &m
}

// renewLinks gives a session new links. The old links stop working. The members who came by
// them are sent new ones, or leave. A request that names its token may be sent again when
// its answer was lost: the old link is dead then, and the answer is the same.
func (s *Server) renewLinks(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	var req renewRequest
	if err := s.decodeBody(w, r, &req); err != nil {
		s.failure(w, err)
		return
	}
	switch req.Members {
	case "", renewForNone, renewForWatch, renewForEdit:
	default:
		s.failure(w, fmt.Errorf("%w: members is %.20q, want edit, watch or none", errBadRequest, req.Members))
		return
	}
	token := newEditToken()
	if req.Token != nil {
		token = editToken(*req.Token)
		if !validToken(*req.Token) || *req.Token == r.PathValue("token") {
			s.failure(w, fmt.Errorf("%w: the token is not %d other letters and digits of base 32, in lower case", errBadRequest, tokenLen))
			return
		}
	}
	id, err := s.mayEdit(ctx, r)
	switch {
	case err == nil:
		moved := func(v authority.Visitor) *wire.MovedMsg { return req.Members.moved(token, v) }
		if err = s.cfg.Hub.Rename(ctx, id, token.session(), moved); errors.Is(err, store.ErrExists) {
			err = fmt.Errorf("%w: the token is another session's", errBadRequest)
		}
	case errors.Is(err, store.ErrNotFound) && req.Token != nil:
		var renewed bool
		if renewed, err = s.cfg.Hub.Exists(ctx, token.session()); err == nil && !renewed {
			err = store.ErrNotFound
		}
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	s.links(w, token)
}

// mayEdit finds the session of a request that needs an edit token.
func (s *Server) mayEdit(ctx context.Context, r *http.Request) (wire.SessionID, error) {
	id, readOnly, err := s.find(ctx, r.PathValue("token"))
	if err == nil && readOnly {
		err = errReadOnly
	}
	return id, err
}

// meant returns the sessions that a token in an address may mean: that with this id, for a
// read-only link, and that with this edit token. An id is a hash and comes first: a client
// may choose the token of its session, and so one that is the id of another.
func meant(token string) []wire.SessionID {
	return []wire.SessionID{wire.SessionID(token), editToken(token).session()}
}

// find resolves what stands in an address.
func (s *Server) find(ctx context.Context, token string) (id wire.SessionID, readOnly bool, err error) {
	if !validToken(token) {
		return "", false, store.ErrNotFound
	}
	for i, id := range meant(token) {
		ok, err := s.cfg.Hub.Exists(ctx, id)
		if err != nil || ok {
			return id, i == 0, err
		}
	}
	return "", false, store.ErrNotFound
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request) {
	s.read(w, r, func(id wire.SessionID, readOnly bool, v *authority.View) {
		members := []memberResponse{}
		for _, m := range v.Members {
			members = append(members, memberResponse{m.Name})
		}
		settings := v.Settings
		if settings == nil {
			settings = wire.Settings{}
		}
		s.reply(w, http.StatusOK, sessionResponse{Session: string(id), ReadOnly: readOnly, Epoch: v.Epoch, Version: v.Version, Settings: settings, Members: members})
	})
}

func (s *Server) getText(w http.ResponseWriter, r *http.Request) {
	s.read(w, r, func(_ wire.SessionID, _ bool, v *authority.View) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "private, no-cache")
		send(w, r, fmt.Sprintf("%s-%d", v.Epoch, v.Version), []byte(v.Main().String()))
	})
}

// getFiles answers with all files of a session, the one that is compiled first.
func (s *Server) getFiles(w http.ResponseWriter, r *http.Request) {
	s.read(w, r, func(_ wire.SessionID, _ bool, v *authority.View) {
		s.reply(w, http.StatusOK, filesResponse{v.Epoch, v.Version, files.NamedOf(v.Files.Wire())})
	})
}

// read answers with something of a session as it is now.
func (s *Server) read(w http.ResponseWriter, r *http.Request, show func(wire.SessionID, bool, *authority.View)) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, readOnly, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	view, err := s.cfg.Hub.Observe(ctx, id)
	if err != nil {
		s.failure(w, err)
		return
	}
	view.Close()
	show(id, readOnly, view.First())
}

// bounded is a request's context that also ends with the server, and with
// time.
func (s *Server) bounded(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

func (s *Server) format(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	var req formatRequest
	if err := s.decodeBody(w, r, &req); err != nil {
		s.failure(w, err)
		return
	}
	if _, err := s.mayRun(ctx, r); err != nil {
		s.failure(w, err)
		return
	}
	if s.cfg.Format == nil {
		s.failure(w, &FormatError{"this server has no rustfmt"})
		return
	}
	source, err := s.normal(req.Source)
	if err == nil {
		source, err = s.cfg.Format(ctx, s.visitor(r, false).Owner, source, string(req.Edition))
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, formatResponse{source})
}

// mayRun finds the session of a request that wants to run something, and takes
// one from what its address may.
func (s *Server) mayRun(ctx context.Context, r *http.Request) (wire.SessionID, error) {
	id, err := s.mayEdit(ctx, r)
	if err != nil {
		return "", err
	}
	return id, s.quotas.run(s.addr(r), 1)
}
