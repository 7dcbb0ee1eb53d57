package store

// Folding has commits fold tails as soon as these take more than so many bytes.
func (o Options) Folding(above int) Options {
	o.foldAbove = above
	return o
}
