"""The engine of `POST /v1/score`: an event into the running job, its decision or a fallback back in time.

No HTTP."""
