"""Where in a text a field is, for a fault that names its path."""

from __future__ import annotations

import re
from contextlib import suppress

import yaml

from ops.rules.yaml_text import Loader

_PART = re.compile(r"[^.\[\]]+|\[\d+\]")
_SAID = re.compile(r"line (\d+), column \d+")


def line_of(text: str, path: str, reason: str = "") -> int | None:
    """Return the line, from 1 on, of a field such as `when.all[1].feature`, or of the nearest part above it
    that is there; None where the text says neither. `reason` may name the line itself, of what is no YAML.
    """
    said = _SAID.findall(reason)
    if path == "line":
        return int(said[-1]) if said else None
    with suppress(yaml.YAMLError, RecursionError, ValueError):
        node, line = yaml.compose(text, Loader), None
        for part in _PART.findall(path):
            found = _child(node, part)
            if found is None:
                break
            node, line = found
        return line
    return None


def _child(node: yaml.Node | None, part: str) -> tuple[yaml.Node, int] | None:
    """Return the part of a node with the line where it begins, by its name or number in brackets."""
    if isinstance(node, yaml.MappingNode):
        return next(((value, key.start_mark.line + 1) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and part.startswith("[") and int(part[1:-1]) < len(node.value):
        return node.value[int(part[1:-1])], node.value[int(part[1:-1])].start_mark.line + 1
    return None
