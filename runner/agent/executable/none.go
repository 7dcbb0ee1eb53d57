//go:build !corust_agent || (!amd64 && !arm64)

package executable

const text = ""
