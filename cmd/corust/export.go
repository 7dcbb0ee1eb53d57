package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/wire"
)

func newExport(a *app) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export [flags] LINK",
		Short: "Save a session as a zip file",
		Long: `Save a session with its files, settings, log and last runs as a zip file. LINK is the
session's edit link. corust import reads the file.`,
		Example: `  corust export -o lesson.zip http://localhost:8080/s/0123456789abcdefghjkmnpqrs`,
		Args:    one("LINK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.export(cmd.Context(), args[0], output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "corust-session.zip", "file to write, which must not exist")
	return cmd
}

func newImport(a *app) *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:   "import [flags] FILE",
		Short: "Make a session of a zip file that corust export saved",
		Long: `Make a new session with the files, settings, log and past runs of FILE, and print its
links. The server keeps as much of the log as of other sessions (serve.history).`,
		Example: `  corust import --server https://corust.example.org lesson.zip`,
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importFile(cmd.Context(), args[0], server)
		},
	}
	cmd.Flags().StringVar(&server, "server", "http://localhost:8080", "address of the server, with its prefix")
	return cmd
}

// exportAddress returns the address of the archive of the session that an edit link names.
func exportAddress(link string) (string, error) {
	u, err := url.Parse(link)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		if prefix, token, ok := cutLast(u.Path, "/s/"); ok && token != "" && !strings.Contains(token, "/") {
			return u.Scheme + "://" + u.Host + prefix + "/api/v1/sessions/" + url.PathEscape(token) + "/export", nil
		}
	}
	return "", fmt.Errorf("%q is not an edit link (want an address that ends in /s/TOKEN)", link)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (a *app) export(ctx context.Context, link, output string) error {
	address, err := exportAddress(link)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(output); err == nil {
		return fmt.Errorf("%s: %w", output, fs.ErrExist)
	}
	res, err := call(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); kind != "application/zip" {
		return fmt.Errorf("%s does not answer as corust serve: it sent %q, want a zip file", res.Request.URL.Host, kind)
	}
	f, err := os.CreateTemp(filepath.Dir(output), ".corust-export-*")
	if err != nil {
		return err
	}
	size, err := io.Copy(f, res.Body)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), output)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("export: %w", err), os.Remove(f.Name()))
	}
	a.say("saved %s (%d bytes)", output, size)
	return nil
}

// Bounds of what corust import sends. The server has the last word on the text.
const (
	importText = 16 << 20 // UTF-16 units
	importSize = 32 << 20 // bytes, as servers take them
)

func (a *app) importFile(ctx context.Context, name, server string) error {
	at, err := url.Parse(server)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return fmt.Errorf("--server is %q (want an address such as http://localhost:8080)", server)
	}
	f, err := os.Open(name)
	if err != nil {
		return unwrapPath(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	from, err := archive.Open(f, info.Size(), wire.Limits{Text: importText})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if info.Size() > importSize {
		return fmt.Errorf("%s has %d bytes, and servers take %d", name, info.Size(), importSize)
	}
	res, err := call(ctx, http.MethodPost, strings.TrimSuffix(server, "/")+"/api/v1/sessions", io.NewSectionReader(f, 0, info.Size()))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var made struct{ Edit, View string }
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&made); err != nil || made.Edit == "" {
		return fmt.Errorf("%s does not answer as corust serve", server)
	}
	origin := at.Scheme + "://" + at.Host
	a.say("made a session of %d files; to edit: %s", len(from.Files), origin+made.Edit)
	a.say("to watch: %s", origin+made.View)
	return nil
}

// call sends a request, with an archive unless that is nil, to a server and returns its
// answer, or the problem that it has.
func call(ctx context.Context, method, address string, archive *io.SectionReader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	if archive != nil {
		req.GetBody = func() (io.ReadCloser, error) { // of a redirected request, too
			_, err := archive.Seek(0, io.SeekStart)
			return io.NopCloser(archive), err
		}
		req.Body, req.ContentLength = io.NopCloser(archive), archive.Size()
		req.Header.Set("Content-Type", "application/zip")
	}
	res, err := http.DefaultClient.Do(req)
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("the server at %s does not answer: %w", req.URL.Host, failed.Err)
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	var problem wire.Problem
	data, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if json.Unmarshal(data, &problem) != nil || problem.Detail == "" {
		problem.Detail = "it does not answer as corust serve"
	}
	return nil, fmt.Errorf("%s: the server answered %d: %s", req.URL.Host, res.StatusCode, problem.Detail)
}
