"""In whose hands a case is: what goes with a claim, a hand-over and a release."""

from msgspec.structs import replace

from handlers.model import Case, CaseState, MemberId

NOBODY = MemberId("")


def taken(case: Case, member: MemberId, second: MemberId = NOBODY) -> Case:
    """In a member's hands. `second` handed it over and goes on reading along, unless few may know of it."""
    along = NOBODY if case.restricted else second
    return replace(case, state=CaseState.CLAIMED, holder=member, second=along, offered=None, aside=False)


def reopened(case: Case) -> Case:
    """Not closed any more, and in nobody's hands."""
    return freed(replace(case, closed=None, outcome="", keeping=None))


def freed(case: Case) -> Case:
    """In nobody's hands: it waits again."""
    return replace(case, state=CaseState.OPEN, holder=NOBODY, second=NOBODY, offered=None)
