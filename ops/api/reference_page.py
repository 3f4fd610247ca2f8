"""The page at `/docs`: the OpenAPI document as plain HTML, without scripts, so that a strict CSP holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ops.access.roles import Role
from ops.api.rights import RIGHTS, SIGNED

STYLE = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { box-sizing: border-box; margin: 0 auto; max-width: 60rem; overflow-wrap: break-word; padding: 1rem }
h2 { border-bottom: 1px solid; margin-top: 2.5rem }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { border: 1px solid #8886; overflow-x: auto; padding: .6rem }
details { border: 1px solid #8886; border-radius: .3rem; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer }
summary { align-items: baseline; display: flex; flex-wrap: wrap; gap: 0 .6rem }
summary::before { content: "▸" } details[open] > summary::before { content: "▾" }
.method { font-weight: 700; min-width: 4rem }
.roles { margin-left: auto; opacity: .8; text-align: right }
table { border-collapse: collapse; overflow-wrap: anywhere } td { vertical-align: top } td:nth-child(-n + 2) { overflow-wrap: normal }
td, th { border-bottom: 1px solid #8886; padding: .2rem .8rem .2rem 0; text-align: left }
"""


def reference_page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    subjects: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            subjects.setdefault((operation.get("tags") or ["other"])[0], []).append(_operation(document, method.upper(), path, operation))
    parts = [f"<h2>{escape(subject)}</h2>\n{''.join(operations)}" for subject, operations in subjects.items()]
    title, text = escape(document["info"]["title"]), escape(document["info"].get("description", ""))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/docs/style.css"></head>\n'
        f'<body><h1>{title}</h1><p>{text} <a href="/openapi.json">OpenAPI</a></p>\n{"".join(parts)}</body></html>\n'
    )


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> str:
    allowed = RIGHTS.get((method, path), frozenset())
    roles = ", ".join(role for role in Role if role in allowed) or SIGNED.get((method, path), "without a login")
    return (
        f'<details><summary><span class="method">{method}</span><code>{_breakable(path)}</code><span class="roles">{escape(roles)}</span>'
        f"</summary><p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
        f"{''.join(_parts(document, operation))}</details>\n"
    )


def _breakable(path: str) -> str:
    """Return a path that a narrow page breaks before a slash, not within a name."""
    return escape(path).replace("/", "<wbr>/").removeprefix("<wbr>")


def _parts(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    if parameters := operation.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td><td>{escape(one.get('description', ''))}</td></tr>"
            for one in parameters
        )
        yield f"<table><tr><th>parameter</th><th>in</th><th></th></tr>{rows}</table>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>body, <code>{escape(media)}</code></p>{_schema(document, content.get('schema', {}))}"
    for status, answer in operation["responses"].items():
        yield f"<p><b>{escape(status)}</b> {escape(answer.get('description', ''))}</p>"
        if status.startswith("2"):
            yield from (_schema(document, content.get("schema", {})) for content in answer.get("content", {}).values())


def _schema(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return a schema as JSON; what it refers to is shown in its place."""
    named = schema.get("$ref", "").rpartition("/")[2]
    shown = document["components"]["schemas"][named] if named else schema
    return f"<pre>{escape(json.dumps(shown, indent=1, ensure_ascii=False))}</pre>" if shown else ""
