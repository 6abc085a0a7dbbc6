"""Which message ids the source can utter, read from its syntax trees without running it."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

ROOMS = ("handlers", "bot")
"""The packages that speak."""

_SPEAKERS = {"Message": "{}", "text": "{}", "button": "button.{}"}
"""Callables whose first argument is a message id or, for `button`, the end of one."""
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)*")


class Uttered(NamedTuple):
    """`required` ids stand in the source as they are; others must fit one of `patterns` or be `mentioned`."""

    required: frozenset[str]
    patterns: frozenset[str]
    mentioned: frozenset[str]

    def knows(self, id: str) -> bool:
        """Whether something can utter this id."""
        return id in self.required or id in self.mentioned or any(re.fullmatch(p, id) for p in self.patterns)


def uttered(root: Path, more: Iterable[str] = ()) -> Uttered:
    """The ids of every room below `root`, and `more` required ones: those that the program's data leads to."""
    trees = [ast.parse(path.read_bytes()) for room in ROOMS for path in sorted((root / room).rglob("*.py"))]
    first = [words for tree in trees for _, words, _ in _calls(tree)]
    mentioned = (text for tree in trees for text in _constants(tree) if "." in text and _ID.fullmatch(text))
    required = {id for template, node in first for id in _ids(node, template)}
    patterns = {pattern for template, node in first for pattern in _patterns(node, template)}
    return Uttered(frozenset(required.union(more)), frozenset(patterns), frozenset(mentioned))


def literals(
    fileobj: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str | None, str | tuple[str, str], list[str]]]:
    """An extraction method for Babel: (line, function, id, comments); an id with a count is its own plural."""
    for line, (template, node), counted in _calls(ast.parse(fileobj.read())):
        for id in _ids(node, template):
            yield (line, "ngettext", (id, id), []) if counted else (line, None, id, [])


def _calls(tree: ast.AST) -> Iterator[tuple[int, tuple[str, ast.expr], bool]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and (template := _SPEAKERS.get(_name(node.func))):
            counted = _name(node.func) == "Message" and any(word.arg == "count" for word in node.keywords)
            yield node.lineno, (template, node.args[0]), counted


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _ids(node: ast.expr, template: str) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if _ID.fullmatch(text):
            yield template.format(text)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _ids(body, template)
            yield from _ids(orelse, template)


def _patterns(node: ast.expr, template: str) -> Iterator[str]:
    match node:
        case ast.JoinedStr(values=values):
            parts = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in values)
            yield template.replace(".", r"\.").format("".join(parts))
        case ast.IfExp(body=body, orelse=orelse):
            yield from _patterns(body, template)
            yield from _patterns(orelse, template)


def _constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
