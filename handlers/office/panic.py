"""`/panic`: an admin with open keys destroys the server's own keys from the chat (docs/decisions/010).

Asked once more by a number that must be typed, so that no press, no repeated message and no habit does it. Nothing is
answered afterwards but what the process that ends says out of its memory (`Panic`).
"""

import hashlib
from datetime import timedelta

from msgspec.structs import replace

from handlers.model import Command, Context, Entry, Message, Outcome, Panic, PanicAsked, Param, Span, Step, Text
from handlers.speech import audited, button, rows, say, screen, with_effects

WITHIN = timedelta(minutes=2)
"""For reading what it does and typing four digits. A number that lies in a chat for longer is a trap for its owner."""
DIGITS = 4


def ask(event: Command, context: Context) -> Outcome:
    """What is destroyed, and the number that does it."""
    number = _number(context)
    asking = replace(context.conversation, step=Step.PANIC, focus="", panic=PanicAsked(number, context.now + WITHIN))
    facts: dict[str, Param] = {"number": number, "time": Span(WITHIN // timedelta(minutes=1))}
    question = Message("panic.ask", facts, choices=rows(button("cancel", "stop", "panic")))
    return audited(screen(event, context, question, asking), Entry("panic.asked", context.me.id))


def typed(event: Text, context: Context) -> Outcome:
    """The right number in time: the keys are destroyed and nothing is answered. Anything else: nothing is."""
    asked = context.conversation.panic
    resting = replace(context.conversation, step=Step.HOME, panic=None)
    if asked is None or context.now > asked.until:
        return say(context, Message("panic.over"), conversation=resting)
    if "".join(event.text.split()) != asked.number:
        return say(context, Message("panic.other"), conversation=resting)
    by: dict[str, Param] = {"by": context.me.name}
    order = Panic(done=Message("panic.told", by), left=Message("panic.left", by))
    return audited(with_effects(say(context, conversation=resting), order), Entry("panic", context.me.id))


def _number(context: Context) -> str:
    """Another one each time, so that one from an earlier screen does nothing. It keeps nobody out: the keys do."""
    drawn = hashlib.sha256(context.new_id().encode()).digest()
    return f"{int.from_bytes(drawn) % 10**DIGITS:0{DIGITS}}"
