"""What a list of cases is narrowed to: by buttons, or by the words behind `/queue`.

A filter is a kind and a value: `mine`, `unclaimed`, `overdue` and `aside` have none; a language, a country and a
category have one. All of them must fit.
"""

from collections.abc import Callable, Mapping

from handlers import cards, waits
from handlers.model import Case, CaseState, Context, Message, Role

Filters = Mapping[str, str]
"""Kind -> value."""

FLAGS: dict[str, Callable[[Case, Context], bool]] = {
    "mine": lambda case, context: case.holder == context.me.id,
    "unclaimed": lambda case, context: case.state is CaseState.OPEN,
    "overdue": lambda case, context: waits.overdue(case, context.now),
    "aside": lambda case, context: case.aside,
}
KINDS: dict[str, Callable[[Case], tuple[str, ...]]] = {
    "language": lambda case: (case.language,),
    "country": lambda case: (case.host, *case.origin),
    "category": lambda case: (case.category,) if case.category else (),
}
ASIDE = "aside"
"""For admins; everybody else never meets what was set aside."""


def flags(context: Context) -> tuple[str, ...]:
    """Those that this member may choose."""
    return tuple(each for each in FLAGS if each != ASIDE or context.me.role is Role.ADMIN)


def fits(case: Case, only: Filters, context: Context) -> bool:
    """Whether a case belongs in the list. What was set aside is in no list but its own."""
    if case.aside and ASIDE not in only:
        return False
    return all(_fits(case, kind, value, context) for kind, value in only.items())


def _fits(case: Case, kind: str, value: str, context: Context) -> bool:
    return FLAGS[kind](case, context) if kind in FLAGS else value in KINDS[kind](case)


def parsed(words: str, context: Context) -> dict[str, str] | None:
    """`mine`, `ru` (a language, in small letters), `DE` (a country, in capitals), `threat`; None: an unknown word."""
    found = [_meaning(word, context) for word in words.split()]
    return dict(each for each in found if each) if all(found) else None


def _meaning(word: str, context: Context) -> tuple[str, str] | None:
    program = context.program
    known = {
        "language": word in context.desk.languages,
        "country": word in program.countries,
        "category": word in program.categories,
    }
    if word.lower() in flags(context):
        return word.lower(), ""
    return next(((kind, word) for kind, is_one in known.items() if is_one), None)


def toggled(only: Filters, kind: str, value: str) -> dict[str, str]:
    """One filter more, another value of it, or one less."""
    rest = {each: chosen for each, chosen in only.items() if each != kind}
    return rest if only.get(kind) == value else {**rest, kind: value}


def said(kind: str, value: str) -> Message:
    """One filter, in words."""
    if kind in FLAGS:
        return Message(f"filter.{kind}")
    if kind == "language":
        return Message(f"language.{value}")
    return cards.category_named(value) if kind == "category" else cards.place("host", value)
