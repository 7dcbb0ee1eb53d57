package images

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/engine"
)

// describe reads an image's labels.
func describe(i engine.Image) Image {
	img := Image{
		ID: i.ID, Tags: i.Tags, Size: i.Size, Created: i.Created,
		Hash: i.Labels[engine.LabelImage], Channel: i.Labels[engine.LabelChannel], Rustc: i.Labels[engine.LabelRustc], Toolchain: i.Labels[engine.LabelToolchain],
		Set: i.Labels[engine.LabelSet], Base: i.Labels[engine.LabelFrom], Agent: i.Labels[engine.LabelAgent],
	}
	img.Ref = engine.Repository + ":" + img.Hash
	if c := i.Labels[engine.LabelComponents]; c != "" {
		img.Components = strings.Split(c, ",")
	}
	return img
}

// List lists corust's images, the newest first.
func (b *Builder) List(ctx context.Context) ([]Image, error) {
	list, err := b.Engine.Images(ctx, engine.LabelImage)
	if err != nil {
		return nil, err
	}
	var out []Image
	for _, i := range list {
		// What the engine keeps below an image it has the same labels, but no name.
		if img := describe(i); len(img.Tags) > 0 {
			out = append(out, img)
		}
	}
	slices.SortFunc(out, func(a, b Image) int { return b.Created.Compare(a.Created) })
	return out, nil
}

// Unused lists the images that nothing needs.
type Unused struct {
	Images []Image
	Bases  []string // made here, and no image that stays was built on them
}

// Unused finds the images that no reference in keep names, and the bases that
// only they were built on. References are as in a configuration:
// "corust/box:stable".
func (b *Builder) Unused(ctx context.Context, keep []string) (Unused, error) {
	list, err := b.List(ctx)
	if err != nil {
		return Unused{}, err
	}
	var u Unused
	used := map[string]bool{} // bases
	for _, img := range list {
		if img.named(keep) {
			used[img.Base] = true
		} else {
			u.Images = append(u.Images, img)
		}
	}
	bases, err := b.Engine.Images(ctx, engine.LabelBase)
	if err != nil {
		return Unused{}, err
	}
	for _, i := range bases {
		for _, tag := range i.Tags {
			// Images inherit the label of their base, but not its name.
			if strings.HasPrefix(tag, engine.BaseRepository+":") && !used[tag] && !slices.Contains(u.Bases, tag) {
				u.Bases = append(u.Bases, tag)
			}
		}
	}
	return u, nil
}

// named reports whether one of the references is the image's.
func (i Image) named(refs []string) bool {
	for _, ref := range refs {
		if ref == i.ID || slices.Contains(i.Tags, strings.TrimPrefix(ref, "docker.io/")) {
			return true
		}
	}
	return false
}

// Remove removes what Unused found. What a container still uses stays, and is
// part of the error.
func (b *Builder) Remove(ctx context.Context, u Unused) error {
	var errs []error
	for _, img := range u.Images {
		for _, tag := range img.Tags {
			errs = append(errs, b.Engine.RemoveImage(ctx, tag))
		}
	}
	for _, base := range u.Bases {
		errs = append(errs, b.Engine.RemoveImage(ctx, base))
	}
	return errors.Join(errs...)
}
