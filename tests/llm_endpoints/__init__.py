"""OpenAI-compatible endpoints as they are met in the field, played over real HTTP.

Each has its own refusals, limits and ways to answer, and counts by itself.
`python -m tests.llm_endpoints` asks them through the real job.
"""
