"""What a query may be: one SELECT over the tables of the lake, with table functions that only compute.

DuckDB itself is closed, too (`ops.lake.query`). But some of its table functions read memory by an address
that the query names (`arrow_scan`), or run a text as a query, so what is not known to be harmless is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from ops.lake.storage import LakeError

COMPUTING = ("range", "generate_series", "unnest", "json_each", "json_tree", "repeat_row")
"""Table functions that a query may call."""
MOST_CHARS = 100_000


class QueryError(LakeError):
    """A query that cannot be answered; the text names the mend."""


def check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise QueryError unless a query only reads the lake. It is parsed, and not run."""
    if len(sql) > MOST_CHARS:
        raise QueryError(f"the query has {len(sql):,} characters; {MOST_CHARS:,} are allowed")
    tree = _parsed(connection, sql)
    if tree.get("error"):
        raise QueryError(_refused(str(tree.get("error_message", ""))))
    if len(tree["statements"]) != 1:
        raise QueryError("write one query: there are several, or none")
    for name in _table_functions(tree):
        if name not in COMPUTING:
            raise QueryError(f"{name}() is not allowed: a query reads the tables of the lake only, and calls {', '.join(COMPUTING)}")


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    try:
        ((text,),) = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchall()
        return json.loads(text)
    except (duckdb.Error, ValueError, RecursionError, UnicodeError) as error:
        raise QueryError(_refused(str(error))) from None


def _refused(why: str) -> str:
    why = " ".join(why.split())
    if "Only SELECT" in why:
        return "a query only reads: write one SELECT, or SHOW TABLES, DESCRIBE TABLE, SUMMARIZE TABLE"
    return f"the query cannot be read: {why}"


def _table_functions(tree: Any) -> Iterator[str]:
    """Yield the names of the table functions that a query calls, at any depth."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += node
        elif isinstance(node, dict):
            left += node.values()
            if node.get("type") == "TABLE_FUNCTION":
                yield str(node.get("function", {}).get("function_name", "")).lower()
