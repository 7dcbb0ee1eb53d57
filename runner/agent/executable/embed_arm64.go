//go:build corust_agent

package executable

import _ "embed"

//go:embed corust-agent-arm64
var text string
