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

// SetText reads what an image says of the set of that key that it holds: its
// externs.json. An image that was built elsewhere is all that this machine knows
// of its set. Nothing of the image is executed.
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
