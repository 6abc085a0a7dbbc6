"""The shapes of an answer: say something new, or turn the page on the screen that was pressed."""

from collections.abc import Iterable

from msgspec.structs import replace

from handlers.model import (
    Button,
    Choice,
    Context,
    Conversation,
    Edit,
    Effect,
    Entry,
    Event,
    Message,
    Outcome,
    Param,
    PromptId,
    Send,
)

Rows = tuple[tuple[Button, ...], ...]
"""Buttons as they stand under a message."""

PROMPT_LENGTH = 6
"""Characters of a prompt id: 36 random bits tell one chat's screens apart; it is no secret."""


def say(context: Context, *messages: Message, conversation: Conversation | None = None) -> Outcome:
    """New messages to the speaker; the conversation stays unless another is given."""
    return Outcome(
        conversation=conversation or context.conversation,
        effects=tuple(tell(context, message) for message in messages),
    )


def tell(context: Context, message: Message) -> Send:
    """One new message to the speaker, in their language."""
    return Send(to=context.person.address, message=message)


def screen(event: Event, context: Context, message: Message, conversation: Conversation) -> Outcome:
    """The next screen: in place of the one that was pressed, or below what was typed.

    Its buttons are stamped with a new prompt, so that presses on any older screen are recognised.
    """
    shown = below(context, message, conversation)
    return replace(shown, effects=tuple(turned(event, send) for send in _sends(shown)))


def turned(event: Event, send: Send) -> Send | Edit:
    """The same words in place of the pressed screen, if one was pressed.

    Only a screen is stamped with a prompt. Anything else that has buttons is kept: a code, an answer, an advisory.
    """
    if not (isinstance(event, Choice) and event.message and event.prompt):
        return send
    return Edit(send.to, send.message, target=event.message, language=send.language)


def below(context: Context, message: Message, conversation: Conversation) -> Outcome:
    """The next screen as a new message, whatever came in.

    The prompt names where the chat stands, not one message: while that stays, the buttons of earlier copies stay good.
    """
    old = context.conversation
    stays = old.prompt and _where(old) == _where(conversation)
    prompt = old.prompt if stays else PromptId(context.new_id()[:PROMPT_LENGTH])
    shown = Send(to=context.person.address, message=stamp(message, prompt), language=conversation.language)
    return Outcome(conversation=replace(conversation, prompt=prompt), effects=(shown,))


def _where(conversation: Conversation) -> tuple[str, ...]:
    draft = conversation.draft
    return (conversation.step, conversation.focus, draft.question if draft else "")


def _sends(outcome: Outcome) -> tuple[Send, ...]:
    return tuple(effect for effect in outcome.effects if isinstance(effect, Send))


def signed(message: Message, safe_word: str) -> Message:
    """The message under the person's safe word, if they chose one: what comes without it is not from us."""
    if not safe_word:
        return message
    body = replace(message, choices=(), protect=False)
    return Message("safe.sign", {"word": safe_word}, (body,), message.choices, protect=message.protect)


def stamp(message: Message, prompt: PromptId) -> Message:
    """The message with this prompt on each of its buttons."""
    rows = tuple(tuple(replace(button, prompt=prompt) for button in row) for row in message.choices)
    return replace(message, choices=rows)


def with_effects(outcome: Outcome, *effects: Effect) -> Outcome:
    """The same outcome, and these effects after it."""
    return replace(outcome, effects=(*outcome.effects, *effects))


def first(outcome: Outcome, *effects: Effect) -> Outcome:
    """The same outcome, with these effects before it."""
    return replace(outcome, effects=(*effects, *outcome.effects))


def audited(outcome: Outcome, *entries: Entry) -> Outcome:
    """The same outcome, and these lines of the audit chain."""
    return replace(outcome, audit=(*outcome.audit, *entries))


def button(id: str, verb: str, arg: str = "", **params: Param) -> Button:
    """A button whose label is the catalogue's `button.<id>`."""
    return Button(Message(f"button.{id}", params), verb, arg)


UNLOCK = button("unlock", "unlock")
"""Stands wherever a member is told that their keys are locked."""


def rows(*buttons: Button) -> Rows:
    """One button in each row."""
    return tuple((each,) for each in buttons)


def grid(buttons: tuple[Button, ...], width: int) -> Rows:
    """Buttons in rows of a width."""
    return tuple(buttons[start : start + width] for start in range(0, len(buttons), width))


def languages(codes: Iterable[str]) -> Message:
    """A choice of languages, by their own names."""
    return Message("language.ask", choices=grid(tuple(button(f"language.{code}", "lang", code) for code in codes), 2))
