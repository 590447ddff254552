"""Lists and mappings as a steward writes them: YAML, or one entry per line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

LONGEST = 100_000
_DEEPEST = 20
# What people look for first; PostgreSQL does not keep the order in which names were written.
_FIRST = ("id", "name", "type", "title", "label", "de", "en", "url", "key")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class WrittenError(ValueError):
    """A text that cannot be read; the message says in which line and what to do."""


class _Loader(yaml.SafeLoader):
    """Safe, without dates (they stay texts) and without keys that silently hide others."""

    yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] != _TIMESTAMP]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """The mapping; a key that stands twice is an error."""
        seen: set[str] = set()
        for key, _value in node.value:
            if str(key.value) in seen:
                raise yaml.MarkedYAMLError(problem="duplicate key", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key and never writes an anchor."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """The dashes of a list stand further in than its key."""
        return super().increase_indent(flow, False)


def shown(value: Any) -> str:
    """A value as its field shows it: texts one per line, everything else as YAML, "" for nothing."""
    if value in (None, "", [], (), {}):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(one, str) and _is_line(one) for one in value):
        return "\n".join(value)
    text: str = yaml.dump(_plain(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text.rstrip("\n")


def mapping(text: str) -> dict[str, Any]:
    """What "key: value" lines mean.  Raises WrittenError."""
    found = _load(text)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise WrittenError(tk._("Line 1: Please write “key: value” in each line."))
    return found


def listed(text: str) -> list[Any]:
    """One entry per line; YAML where the text begins like a list of it.  Raises WrittenError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or not lines[0].startswith(("- ", "[", "#")):
        return list(lines)
    found = _load(text)
    if found is None:
        return []
    if not isinstance(found, list):
        raise WrittenError(tk._("Line 1: Please begin every entry with “- ”."))
    return found


def _is_line(text: str) -> bool:
    return bool(text) and text == text.strip() and "\n" not in text and not text.startswith(("- ", "[", "#"))


def _load(text: str) -> Any:
    if len(text) > LONGEST:
        raise WrittenError(tk._("The text is too long: shorten it to {number} characters.").format(number=LONGEST))
    try:
        _refuse_traps(text)
        return _checked(yaml.load(text, _Loader))  # noqa: S506, a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise WrittenError(_said(mark.line + 1 if mark else 1, error.problem or "")) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise WrittenError(_at(line, tk._("There is a character that cannot be read. Delete it."))) from error
    except ValueError as error:
        raise WrittenError(str(error)) from error


def _refuse_traps(text: str) -> None:
    """References make a short text endless, and nesting without end breaks whoever reads it."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent):
            raise _trap("alias", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _trap("depth", event)


def _trap(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def _checked(value: Any) -> Any:
    """The same with texts as keys.  Raises ValueError for what JSON cannot hold."""
    if isinstance(value, dict):
        return {str(key): _checked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_checked(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        text = tk._("“{value}” is not a number. Write it in quotation marks if it is a text.")
        raise ValueError(text.format(value=value))
    if value is not None and not isinstance(value, str | int | float | bool):
        raise ValueError(tk._("“{value}” is neither text nor number.").format(value=value))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value, key=_place)}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _place(key: Any) -> tuple[int, str]:
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), str(key))


def _at(line: int, text: str) -> str:
    return tk._("Line {line}: {problem}").format(line=line, problem=text)


def _said(line: int, problem: str) -> str:
    """The parser's English sentence in words for people who write no YAML all day."""
    known = {
        "mapping values": tk._("There is a colon too many, or the line is indented differently from its neighbours."),
        "could not find expected ':'": tk._("There is a colon missing after the name."),
        "found character '\\t'": tk._("There is a tab. Please indent with spaces."),
        "expected <block end>": tk._("The line is indented differently from its neighbours."),
        "found unexpected end": tk._("A quotation mark is not closed."),
        "expected ',' or": tk._("A bracket is not closed, or a comma is missing."),
        "duplicate key": tk._("This name stands here twice. Please delete one of them."),
        "alias": tk._("References with * are not allowed. Please write the values out."),
        "depth": tk._("The entries are nested too deeply."),
    }
    words = next((text for start, text in known.items() if problem.startswith(start)), None)
    return _at(line, words or tk._("This line cannot be read. Put the value in quotation marks."))
