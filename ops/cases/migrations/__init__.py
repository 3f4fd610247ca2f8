"""The versions of the tables (Alembic). `0001` makes them; each later file is one step.

Web, worker and tables may be one version apart while they are replaced. So a step only adds: a table, an
index, or a column that is nullable or has a default in the database. Old code does not see it, and new code
finds it, since whoever starts first makes it. What is to go away is no longer used in one version, and
dropped in the next one; that step names itself in `store_facts` as the oldest code that may open the store.
"""
