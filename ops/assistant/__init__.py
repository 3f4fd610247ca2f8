"""Questions about what happened, answered over the case store: each figure comes of a tool."""
