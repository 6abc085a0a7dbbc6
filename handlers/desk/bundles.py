"""What of a case may go to a partner: facts of these kinds, and the words that a member chose. Pure content.

The facts are a list of what is given, not of what is left out: a new question of the form stays in the house until
somebody puts it here. Never given: how to reach the reporter, codes, the chat's language, where they stay, anything of
the team, files, and any time but the month.
"""

import hashlib
import json
from datetime import UTC
from typing import Any

from handlers import cards
from handlers.desk.talk import by_time
from handlers.model import (
    Bundle,
    Case,
    Consent,
    ConsentId,
    Context,
    Message,
    Param,
    Part,
    Partner,
    Passed,
    Said,
    Story,
)

FORMAT, VERSION = "panah-bundle", 1
"""As docs/formats.md says it."""
ASKED = ("also", "attackers", "threat", "threat_by", "watched_by", "papers", "hacked", "online", "approach")
"""Questions of the form whose answers say what was done and by whom, and not who, where or when. All have options."""


def pieces(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """What the reporter wrote, message by message."""
    return tuple(text for part in by_time(parts) for text in _written(part))


def _written(part: Part) -> tuple[str, ...]:
    match part.body:
        case Story(words=words):
            return words
        case Said(text):
            return (text,)
    return ()


def partners(context: Context) -> tuple[Partner, ...]:
    """To whom the reporter of the case agrees, of those who are partners now."""
    named = consented(context.known_case, context.parts)
    return tuple(each for each in context.desk.partners if each.id in named)


def consented(case: Case, parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Whom the reporter's consent names, as long as it holds: a text that names others is another consent."""
    if ConsentId.SHARE not in case.agreed:
        return ()
    bodies = [part.body for part in by_time(parts)]
    given = [each for each in bodies if isinstance(each, Consent) and each.id is ConsentId.SHARE]
    return given[-1].partners if given and given[-1].given else ()


def partner(id: str, context: Context) -> Partner | None:
    """This one of them."""
    return next((each for each in partners(context) if each.id == id), None)


def content(case: Case, chosen: Bundle, parts: tuple[Part, ...]) -> str:
    """bundle.json."""
    return _written_out(_facts(case, chosen, parts))


def passed(case: Case, chosen: Bundle, parts: tuple[Part, ...]) -> Passed:
    """What stays of it, once it was given."""
    facts = _facts(case, chosen, parts)
    return Passed(chosen.partner, _written_out({name: facts[name] for name in facts if name != "words"}))


def _written_out(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def _facts(case: Case, chosen: Bundle, parts: tuple[Part, ...]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "tlp": f"TLP:{chosen.marking}",
        "ref": case.ref,
        "month": _month(case),
        "level": case.level.name,
        "category": case.category,
        "origin": list(case.origin),
        "host": case.host,
        "answers": {question: list(values) for question, values in _answers(parts).items()},
        "summary": chosen.summary or "",
        "words": [text for text in chosen.words if text],
    }


def summary(case: Case, chosen: Bundle, parts: tuple[Part, ...], context: Context) -> Message:
    """The same for people to read, to be worded in the partner's language."""
    marked: dict[str, Param] = {"marking": f"TLP:{chosen.marking}", "ref": case.ref}
    lines = (
        Message("bundle.from", {"organisation": context.desk.organisation, "month": _month(case)}),
        Message("card.category", {"category": cards.category(case)}),
        cards.route(case),
        Message("bundle.level", {"level": Message(f"level.{case.level.name}")}),
        *(cards.answer(question, values) for question, values in _answers(parts).items()),
        *((Message("bundle.summary", {"text": chosen.summary}),) if chosen.summary else ()),
        *(Message("bundle.words", {"text": text}) for text in chosen.words if text),
        Message("bundle.redacted"),
    )
    return Message("bundle.head", marked, lines, protect=True)


def digest(content: str, partner: Partner) -> str:
    """Names what is given, to whom and under which key; what is read in `partner.language` follows from it."""
    named = "\n".join((partner.id, partner.recipient, partner.language, content))
    return hashlib.sha256(named.encode()).hexdigest()


def _month(case: Case) -> str:
    return case.created.astimezone(UTC).strftime("%Y-%m")


def _answers(parts: tuple[Part, ...]) -> dict[str, tuple[str, ...]]:
    """The newest of each, as far as it is given at all."""
    stories = [part.body for part in by_time(parts) if isinstance(part.body, Story)]
    newest = {question: values for story in stories for question, values in story.answers.items()}
    return {question: newest[question] for question in ASKED if newest.get(question)}
