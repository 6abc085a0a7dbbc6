"""What the server's keepers do at its console, and the team hears of: a backup that was restored."""

from datetime import datetime

from handlers.model import Entry, Message, Moment, Outcome, Send, Team

SYSTEM = "system"


def restored(made: datetime) -> Outcome:
    """The server stands again as it was when a backup was made."""
    told = Send(to=Team(), message=Message("restored.told", {"at": Moment(made)}))
    return Outcome(None, (told,), audit=(Entry("restore", SYSTEM, detail=f"{made:%Y-%m-%d}"),))
