"""What the job writes to and asks: Redis, the LLM endpoint, the terminal view.

Imports domain only."""
