"""What stands behind the job: Redis, the LLM endpoint, the terminal view.

Imports domain only."""
