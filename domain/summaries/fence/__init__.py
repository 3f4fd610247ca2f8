"""The fence around what a language model writes: what no fact says does not pass; code renders the rest."""
