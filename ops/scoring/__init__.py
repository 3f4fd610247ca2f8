"""The way of `POST /v1/score`: an event into the running job, its decision out, or a fallback in time.

No web framework is in here: the routes are in `ops/api/routes`.
"""
