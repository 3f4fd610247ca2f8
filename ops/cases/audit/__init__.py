"""Who did what, as a chain of hashes: what was changed, removed, reordered or cut off shows."""
