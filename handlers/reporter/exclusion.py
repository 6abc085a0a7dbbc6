"""Who of the team may not see a report, as its writer said it; the rule itself is `permissions.cleared`."""

from msgspec.structs import replace

from handlers import custody, standing
from handlers.model import Answers, ById, Case, CaseState, Context, Effect, Outcome
from handlers.permissions import cleared
from handlers.program import Program

QUESTION = "community"
HOME = "home"
"""The answer "people from my country". Without a country it means all that the program names: it must not mean none."""


def hidden_from(program: Program, answers: Answers) -> tuple[str, ...]:
    """The communities (country codes) that these answers exclude."""
    home = tuple(code for code in answers.get("origin", ()) if code in program.countries) or program.origins
    chosen = answers.get(QUESTION, ())
    named = (code for each in chosen for code in (home if each == HOME else (each,)))
    return tuple(dict.fromkeys(code for code in named if code in program.countries))


def shared(outcome: Outcome, report: Case, context: Context) -> Outcome:
    """The same outcome; from whom a report is kept, a check-in that runs is kept too: its plan names the report."""
    running = context.conversation.checkin
    case = context.cases.get(ById(running.case)) if running else None
    if case is None or case.state is not CaseState.SILENT:
        return outcome
    hidden = tuple(dict.fromkeys((*case.hidden_from, *report.hidden_from)))
    return replace(outcome, cases=(*outcome.cases, replace(case, hidden_from=hidden)))


def enforced(before: Case, after: Case, context: Context) -> tuple[Case, tuple[Effect, ...]]:
    """A case whose exclusions have changed: who may not know of it loses its card, and the case if they held it.

    What they have opened leaves their chat; that they read it can't be taken back.
    """
    if after.hidden_from == before.hidden_from:
        return after, ()
    if after.state is CaseState.CLAIMED and after.holder not in cleared(after.clearance, context.team):
        after = custody.freed(after)
    return after, standing.moved(before, after, context)
