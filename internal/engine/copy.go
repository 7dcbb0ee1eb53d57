package engine

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
)

// ReadFile reads a regular file of at most limit bytes out of a container, which
// need not have been started.
func (e *Engine) ReadFile(ctx context.Context, id, path string, limit int64) ([]byte, error) {
	content, err := e.copyFrom(ctx, id, path)
	if err != nil {
		return nil, classify(err, "read %s from container %.12s", path, id)
	}
	defer content.Close()
	// The engine sends a tar with the file alone.
	archive := tar.NewReader(content)
	head, err := archive.Next()
	switch {
	case err != nil:
		return nil, classify(err, "read %s from container %.12s", path, id)
	case head.Typeflag != tar.TypeReg:
		return nil, fmt.Errorf("read %s from container %.12s: no regular file", path, id)
	case head.Size > limit:
		return nil, fmt.Errorf("read %s from container %.12s: %d bytes, more than %d", path, id, head.Size, limit)
	}
	text, err := io.ReadAll(archive)
	return text, classify(err, "read %s from container %.12s", path, id)
}
