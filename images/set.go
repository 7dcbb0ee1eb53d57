package images

import (
	"context"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/internal/engine"
)

// ErrNoSet: the engine has no image with that set of crates.
var ErrNoSet = errors.New("no image has this set of crates")

const (
	setFile    = engine.SetPath + "/externs.json"
	maxSetFile = 16 << 20 // the default set's has 73 KB
)

// SetText reads the externs.json of the set with that key from an image. Of an image
// that was built elsewhere, this is all that this machine has of its set. Nothing in
// the image is executed.
func (b *Builder) SetText(ctx context.Context, key string) ([]byte, error) {
	list, err := b.Engine.Images(ctx, engine.LabelSet+"="+key)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoSet, key)
	}
	id, remove, err := b.container(ctx, "corust-read-", &engine.Config{Image: list[0].ID}, &engine.HostConfig{NetworkMode: "none"})
	if err != nil {
		return nil, err
	}
	defer remove()
	return b.Engine.ReadFile(ctx, id, setFile, maxSetFile)
}
