"""YAML as JSON means it: 22:00 and 2026-12-31 are texts, a key is not given twice, `on` is no truth."""

from __future__ import annotations

import re
from typing import Any

import yaml

from domain.events.event import Rejected
from domain.events.json_object import distinct_keys

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|nan)", re.IGNORECASE)
_WIDTH = 100


class Loader(yaml.SafeLoader):
    """A reader of this YAML."""


class _Dumper(yaml.SafeDumper):
    """A writer of what `Loader` reads: a text that would be read as a number is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return True: called by PyYAML; what is there twice is written twice."""
        return True


Loader.yaml_implicit_resolvers = {}
_Dumper.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("int", _INTEGER, "-+0123456789"),
    ("float", _DECIMAL, "-+.0123456789"),
    ("bool", re.compile("true|false"), "tf"),
    ("null", re.compile("null|~|"), ["n", "~", ""]),
):
    for _kind in (Loader, _Dumper):
        _whole = re.compile(f"^(?:{_pattern.pattern})$", _pattern.flags)
        _kind.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _whole, list(_first))


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    names = [key for key, _ in pairs]
    if not all(isinstance(name, str) for name in names):
        raise Rejected("line", "a name is wanted before each colon")
    return distinct_keys(pairs)


_JSON_TAGS = ("str", "int", "float", "bool", "null", "seq", None)
Loader.yaml_constructors = {
    tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if (tag and tag.removeprefix("tag:yaml.org,2002:")) in _JSON_TAGS
}
Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def written(document: dict[str, Any]) -> str:
    """Return a document as YAML that `Loader` reads as the same: fields in order, a condition a line."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=None, allow_unicode=True, width=_WIDTH))
