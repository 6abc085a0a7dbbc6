"""The first minute: a language, what this is and isn't, consent."""

from msgspec.structs import replace

from handlers import consent, guidance, menus
from handlers.model import (
    Choice,
    Command,
    ConsentId,
    Context,
    Conversation,
    Event,
    Message,
    Outcome,
    Role,
    SetMenu,
    Step,
)
from handlers.reporter import chat, form, screens, subscribe
from handlers.speech import below, first, screen, tell, with_effects

AMID = frozenset({Step.FOLLOW, Step.CODE, Step.CHECKIN, Step.CLOCK, Step.PLAN, Step.SAFE, Step.SUBSCRIBE, Step.ERASE})
"""Steps that ask for something of their own: another language asks for the same again."""


def start(event: Event, context: Context) -> Outcome:
    """/start: on from where this chat stands, so that nothing is asked twice."""
    return _onward(event, context, context.conversation)


def _onward(event: Event, context: Context, conversation: Conversation) -> Outcome:
    return _here(event, context, replace(conversation, step=step_of(conversation)))


def _here(event: Event, context: Context, stands: Conversation) -> Outcome:
    if stands.step is Step.LANGUAGE and isinstance(event, Command):
        return screen(event, context, screens.language(context, event.tongue), stands)
    return screen(event, context, screens.current(context, stands), stands)


def step_of(conversation: Conversation) -> Step:
    """Where a chat stands that is in the middle of nothing."""
    if not conversation.language:
        return Step.LANGUAGE
    if conversation.consent is None and not conversation.tokens:
        return Step.CONSENT
    if conversation.draft is None:
        return Step.HOME
    return Step.FORM if conversation.draft.question else Step.REVIEW


def danger(event: Command, context: Context) -> Outcome:
    """/danger, from anywhere: the first question is answered by it. Who has not agreed yet is asked that first."""
    conversation = context.conversation
    if conversation.language and conversation.consent:
        return form.alarm(event, context, conversation)
    step = Step.CONSENT if conversation.language else Step.LANGUAGE
    return _here(event, context, replace(conversation, alarmed=True, step=step))


def choose_language(event: Event, context: Context) -> Outcome:
    """The picker, at any time."""
    return screen(event, context, screens.language(context), context.conversation)


def language(event: Event, context: Context) -> Outcome:
    """A language was chosen: the menu follows, and the chat goes on where it was."""
    code = getattr(event, "arg", "")
    if code not in context.desk.languages:
        return choose_language(event, context)
    conversation = replace(context.conversation, language=code)
    onward = _here if conversation.step in AMID else _onward
    outcome = subscribe.followed(onward(event, context, conversation), context)
    return with_effects(outcome, SetMenu(context.person.address, context.person.role, code))


def agree(event: Event, context: Context) -> Outcome:
    """Consent, with its text version, language and day. The form begins."""
    shown = screens.consent(context, replace(context.conversation, held=()))
    agreed = consent.recorded(ConsentId.STORE, True, shown, context)
    return form.begin(event, context, replace(context.conversation, consent=agreed))


def decline(event: Event, context: Context) -> Outcome:
    """No consent: nothing is kept, and that is said."""
    outcome = screen(event, context, Message("consent.declined"), context.conversation)
    return replace(outcome, conversation=context.conversation.hushed)


def privacy(event: Event, context: Context) -> Outcome:
    """Who can read what."""
    agreed = context.conversation.consent is not None
    return screen(event, context, screens.privacy(context, agreed), context.conversation)


def home(event: Event, context: Context) -> Outcome:
    """Back to the menu; what was being typed is left, the draft stays."""
    if step_of(context.conversation) in {Step.LANGUAGE, Step.CONSENT}:
        return start(event, context)
    resting = replace(context.conversation, step=Step.HOME, focus="")
    return screen(event, context, screens.home(resting), resting)


def finish(event: Event, context: Context) -> Outcome:
    """Done adding: back to the menu, and the chat is cleared if its person wishes that."""
    return chat.tidied(home(event, context), context)


def advice(event: Choice, context: Context) -> Outcome:
    """Guidance at any time: about what, then the advice itself. Nothing is stored."""
    if event.arg not in context.program.categories:
        return screen(event, context, screens.advice(context.program), context.conversation)
    said = guidance.guidance_for(context.program, {"category": (event.arg,)})
    outcome = below(context, screens.home(context.conversation), context.conversation)
    return first(outcome, *(tell(context, message) for message in said))


def again(event: Event, context: Context) -> Outcome:
    """A press on a screen that is out of date: the present one, below a word of explanation."""
    here = below(context, screens.current(context, context.conversation), context.conversation)
    return first(here, tell(context, Message("screen.old")))


def help(event: Command, context: Context) -> Outcome:
    """What this bot can do."""
    if step_of(context.conversation) in {Step.LANGUAGE, Step.CONSENT}:
        return start(event, context)
    resting = replace(context.conversation, step=Step.HOME, focus="")
    lines = menus.help_lines(Role.REPORTER, event.args)
    return screen(event, context, replace(screens.home(resting), id="help.reporter", lines=lines), resting)
