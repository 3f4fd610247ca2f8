"""What is wrong with a text that is no YAML: where, what, and the mend."""

from __future__ import annotations

import yaml

_MENDS = (
    ("'\\t'", "indent with spaces, not with a tab"),
    ("mapping values are not allowed", "a text that holds a colon goes into quotes, and a field's name ends with a colon"),
    ("found unexpected end of stream", "close the quotes"),
    ("expected ',' or", "put a comma between the parts, and close the bracket"),
    ("expected the node content", "write what is missing before the bracket, or leave the bracket out"),
    ("expected <block end>", "indent the fields of one object alike"),
    ("could not find expected ':'", "write a colon and a space after the field's name"),
    ("cannot start any token", "put the text into quotes"),
    ("undefined alias", "put the text into quotes"),
    ("could not determine a constructor", "leave out the tag, or put the text into quotes"),
    ("unknown escape character", "write two backslashes for one, or take single quotes"),
)
_ELSE = "put texts with signs of YAML into quotes"


def fault_of(error: yaml.YAMLError) -> str:
    """Return the fault in one line: line and column, what is there, and the mend."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "it holds a character that cannot be printed; leave it out"
    mark, problem = error.problem_mark, " ".join(str(error.problem).split())
    mend = next((mend for sign, mend in _MENDS if sign in problem), _ELSE)
    opened = error.context_mark
    since = f" (it begins in line {opened.line + 1})" if opened is not None and opened.line != mark.line else ""
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}{since}; {mend}"
