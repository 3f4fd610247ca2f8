"""One OpenAI-compatible endpoint: what it lets itself be asked, how its answers are read, what it costs."""
