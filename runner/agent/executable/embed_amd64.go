//go:build corust_agent

package executable

import _ "embed"

//go:embed corust-agent-amd64
var text string
