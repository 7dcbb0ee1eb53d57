package postgres

import "time"

// At has the store's clock run ahead of the machine's.
func (c Config) At(ahead time.Duration) Config {
	c.now = func() time.Time { return time.Now().Add(ahead) }
	return c
}
