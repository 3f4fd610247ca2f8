"""The case store: what people see and do, in SQLite or PostgreSQL. No HTTP and no Redis.

`store` opens it; a file for each subject holds plain functions that take a session.
"""
