"""What people agree to: four decisions, never bundled, each recorded with the version of the text that was shown.

The first (`ConsentId.STORE`) comes before anything; the others are questions of the form. Each can be given or taken
back later. Source: GDPR art. 7 and 9(2)(a); OHCHR Manual on Human Rights Monitoring, ch. 14 (informed consent).
"""

import hashlib
from collections.abc import Iterable

from msgspec.structs import replace

from handlers.model import Consent, ConsentId, Context, Desk, Message, Param
from handlers.program import Program

OPTIONAL = (ConsentId.SHARE, ConsentId.STATISTICS, ConsentId.REPLY)
"""Each is the id of a question of the form with the options yes and no."""
UNTIL_ASKED = (ConsentId.REPLY,)
"""What holds before somebody was asked: who wrote in haste is answered where they wrote (GDPR art. 9(2)(c))."""
VERSION_LENGTH = 12
"""Hexadecimal digits that tell one wording of a text from another."""


def recorded(id: ConsentId, given: bool, shown: Message, context: Context) -> Consent:
    """A decision on the text that was shown. Of the moment only the day is kept."""
    text = context.label(shown)
    version = hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]
    partners = tuple(each.id for each in context.desk.partners) if id is ConsentId.SHARE else ()
    return Consent(id, given, version, context.conversation.language, context.now.date().isoformat(), partners)


def asked(id: ConsentId, desk: Desk) -> Message:
    """The text of an optional consent, as the form and the menu show it."""
    return Message(f"question.{id}", names(desk), lines=(Message(f"question.{id}.why"),))


def names(desk: Desk) -> dict[str, Param]:
    """What the text of any question may name."""
    return {"organisation": desk.organisation, "partners": ", ".join(each.name for each in desk.partners)}


def in_force(before: Iterable[str], decided: Iterable[Consent]) -> tuple[str, ...]:
    """The optional consents that hold after these decisions."""
    held = {id: id in before for id in OPTIONAL}
    held |= {consent.id: consent.given for consent in decided if consent.id in held}
    return tuple(id for id, given in held.items() if given)


def offered(desk: Desk) -> tuple[ConsentId, ...]:
    """Without partners nobody is asked whether a report may be shared."""
    return tuple(id for id in OPTIONAL if id is not ConsentId.SHARE or desk.partners)


def fitted(program: Program, desk: Desk) -> Program:
    """The program without the consents that this house does not ask for."""
    left_out = set(OPTIONAL).difference(offered(desk))
    return replace(program, questions=tuple(each for each in program.questions if each.id not in left_out))
