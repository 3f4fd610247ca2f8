"""docs/settings.md, made from the settings' own docstrings: `python -m flink_job.settings.page >
docs/settings.md`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import yaml

from flink_job.settings.settings import PRETRAINED, Settings

INTRODUCTION = """\
# What can be set

Every setting of `config.yaml`, section by section. Made from the settings' docstrings by `make docs`.

- `--config FILE` names another file; `--set section.name=value` overrides one setting. The value is YAML.
- What is left out has its default. Unknown names are refused, and the nearest known one is named.
- Secrets never belong into the settings: they come from the [environment](operate.md#secrets).
- The unit is in the name: `_s` seconds, `_ms` milliseconds, `_days` days.
"""
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}
_WIDTH = 109


def settings_page() -> str:
    """Return the whole page as Markdown: one heading per setting."""
    sections = [item for item in fields(Settings) if section_of(_hints(Settings)[item.name])]
    plain = [item for item in fields(Settings) if item not in sections]
    parts = [INTRODUCTION, *_entries(Settings, plain, "")]
    for item in sections:
        kind = section_of(_hints(Settings)[item.name])
        assert kind is not None
        parts += [f"## {item.name}\n\n{_wrapped(class_text(kind))}\n", *_entries(kind, fields(kind), f"{item.name}.")]
    return "\n".join(parts)


def undocumented() -> list[str]:
    """Return the names of settings that have no docstring."""
    return [name for name, text in _documented(Settings, "") if not text]


def _documented(kind: type, path: str) -> Iterator[tuple[str, str]]:
    """Yield (full name, docstring) of every setting below a section."""
    hints, texts = _hints(kind), field_texts(kind)
    for item in fields(kind):
        section = section_of(hints[item.name])
        if section is None:
            yield f"{path}{item.name}", texts.get(item.name, "")
        else:
            yield from _documented(section, f"{path}{item.name}.")


def _entries(kind: type, items: Any, path: str) -> Iterator[str]:
    """Yield a heading with facts and text for each setting."""
    hints, texts = _hints(kind), field_texts(kind)
    for item in items:
        hint = hints[item.name]
        section = section_of(hint)
        if section is not None:
            yield f"### {path}{item.name}\n\n{_wrapped(class_text(section))}\n"
            yield from _entries(section, fields(section), f"{path}{item.name}.")
            continue
        facts = f"{_type(hint)}; default {_default(item)}"
        yield f"### {path}{item.name}\n\n{_wrapped(facts)}\n\n{_wrapped(texts.get(item.name, ''))}\n"
        yield from _items(hint)


def field_texts(kind: type) -> dict[str, str]:
    """Return the docstring under each field of a dataclass, by name, white space folded."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _items(hint: Any) -> Iterator[str]:
    """Yield what each mapping of a list of mappings holds, where that is documented."""
    kind = get_args(hint)[0] if get_origin(hint) is tuple else None
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return
    texts, hints = field_texts(kind), _hints(kind)
    lines = [f"`{item.name}` ({_type(hints[item.name])}): {texts[item.name]}" for item in fields(kind) if item.name in texts]
    if lines:
        yield "\n".join(_wrapped(line, "- ", "  ") for line in lines) + "\n"


def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def section_of(hint: Any) -> type | None:
    """Return the dataclass of a nested section; a list of dataclasses is a value."""
    return hint if isinstance(hint, type) and is_dataclass(hint) else None


def class_text(kind: type) -> str:
    """Return a class's docstring on one line."""
    return " ".join((kind.__doc__ or "").split())


def _type(hint: Any) -> str:
    """Return a type in words: `text or null`, `list of numbers`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(_type(part) for part in arguments)
    if origin is tuple:
        inner = arguments[0]
        return "list of " + (
            "mappings: " + ", ".join(f"`{item.name}`" for item in fields(inner)) if is_dataclass(inner) else f"{_type(inner)}s"
        )
    if origin is not None and issubclass(origin, Mapping):
        return f"mapping of {_type(arguments[0])}s to {_type(arguments[1])}s"
    return _KINDS.get(hint, str(hint))


def _default(item: Field[Any]) -> str:
    value = item.default_factory() if item.default_factory is not MISSING else item.default
    if item.name == "model" and value == str(PRETRAINED):
        return "the pretrained demo model"
    if isinstance(value, str) and Path(value).is_absolute():
        return f"`{Path(value).name}` beside the code"
    if isinstance(value, tuple):
        value = list(value)
    return f"`{yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix('...' + chr(10)).strip()}`"


def _wrapped(text: str, begin: str = "", indent: str = "") -> str:
    return "\n".join(
        textwrap.wrap(text, _WIDTH, initial_indent=begin, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    )


if __name__ == "__main__":
    print(settings_page(), end="")
