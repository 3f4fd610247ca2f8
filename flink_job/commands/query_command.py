"""`ringwatch query`"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.lake.query import Answer
    from ops.lake.settings import LakeSettings

EXAMPLE = 'ringwatch query "SELECT day, decision, count(*) FROM decisions GROUP BY ALL ORDER BY day" --lake run/lake'
FORMATS = ("table", "csv", "json")
_CELL_CHARS = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet reads as a formula begins so. Who sends an event chooses its id."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("sql", metavar="SQL", help="one SELECT in DuckDB's SQL, or SHOW TABLES, DESCRIBE TABLE, SUMMARIZE TABLE; - reads it from stdin")
    add("--lake", metavar="URL", help="folder of the lake, or s3://BUCKET/PREFIX (default: lake.url)")
    add("--format", choices=FORMATS, default="table", help="table for people (default), csv, or json: one object a line")
    add("--rows", type=int, metavar="N", help="most rows (default: lake.query_rows)")
    add("--within-s", type=float, metavar="S", help="longest time (default: lake.query_s)")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.lake_ways import lake_url
    from flink_job.commands.options import settings_of
    from ops.lake.query_process import run_bounded

    settings = settings_of(args, lake__url=args.lake, lake__query_rows=args.rows, lake__query_s=args.within_s)
    lake, url = settings.lake, lake_url(settings)
    sql = sys.stdin.read() if args.sql == "-" else args.sql
    return run_bounded(lambda: answer(lake, url, sql, args.format), lake.query_memory_mb, lake.query_s)


def answer(lake: LakeSettings, url: str, sql: str, form: str) -> int:
    """Print the answer to a query, or why there is none; return the exit code."""
    from ops.lake.query import Limits, ask
    from ops.lake.storage import LakeError

    try:
        found = ask(url, sql, Limits(lake.query_s, lake.query_rows, lake.query_memory_mb))
        WRITERS[form](found)
    except BrokenPipeError:  # who reads it has had enough
        return 1
    except LakeError as error:
        print(f"ringwatch query: {error}", file=sys.stderr)
        return 1
    except MemoryError:
        print(f"ringwatch query: the answer needs more than {lake.query_memory_mb} MB: ask for less at once", file=sys.stderr)
        return 1
    if found.is_cut:
        print(f"ringwatch query: there are more than these {len(found.rows):,} rows: --rows N shows more", file=sys.stderr)
    return 0


def _table(answer: Answer) -> None:
    from ops.terminal.shown_values import plain

    rows = [[plain(name) for name in answer.names], *([_cell(value) for value in row] for row in answer.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    numbers = [all(isinstance(value, int | float) or value is None for value in column) for column in zip(*answer.rows, strict=True)]
    for row in rows:
        print(
            "  ".join(
                _padded(text, width, is_number) for text, width, is_number in zip(row, widths, numbers or widths, strict=True)
            ).rstrip()
        )


def _padded(text: str, width: int, is_number: object) -> str:
    return text.rjust(width) if is_number is True else text.ljust(width)


def _cell(value: Any) -> str:
    from ops.terminal.shown_values import plain

    return "" if value is None else plain(_text(value), _CELL_CHARS)


def _csv(answer: Answer) -> None:
    writer = csv.writer(_Lines())
    writer.writerow(map(_guarded, answer.names))
    writer.writerows([["" if value is None else _guarded(value) for value in row] for row in answer.rows])


class _Lines:
    r"""Standard output with lines that end with `\n`; with `\r\n` the writer quotes either inside a text."""

    def write(self, row: str) -> None:
        sys.stdout.write(row[:-2] + "\n")


def _guarded(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula; numbers and times are none."""
    text = _text(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _json(answer: Answer) -> None:
    names = _unique(answer.names)
    for row in answer.rows:
        print(json.dumps(dict(zip(names, map(_finite, row), strict=True)), default=_as_json))


def _unique(names: Sequence[str]) -> list[str]:
    """Return names of which an object loses none: of one that comes again the second is `NAME_2`."""
    found = list[str]()
    for name in names:
        taken, number = name, 1
        while taken in found:
            taken, number = f"{name}_{number + 1}", number + 1
        found.append(taken)
    return found


def _finite(value: Any) -> Any:
    """Return a value without the numbers that JSON has not."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {_text(name): _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def _as_json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else _text(value)


def _text(value: Any) -> str:
    """Return a value as text; a time is ISO 8601 with Z for UTC, what nests is JSON."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=_text, ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    iso = getattr(value, "isoformat", None)
    return str(iso()).replace("+00:00", "Z") if iso is not None else str(value)


WRITERS = {"table": _table, "csv": _csv, "json": _json}
