"""What is done at the desk, as the audit chain and the timeline of a case say it."""

from handlers.measures import Measure
from handlers.model import CLOCK, REPORTER, Message

ACTIONS = (
    *("claim", "open", "file", "original", "reply", "note", "release", "close", "consent"),
    *("handover", "takeover", "decline", "restrict", "widen", "stepback", "link", "merge", "timeline"),
    *("level", "level.asked", "level.kept", "level.over", "original.asked", "vouch", "original.kept", "original.over"),
    *("handover.back", "handover.over"),
    *("share.begun", "share.look", "share.asked", "share.yes", "share.no", "share", "share.over"),
    *("export.asked", "export.yes", "export.no", "export", "export.over"),
    *("seen", "settle", "hold", "call"),
    *("report", "code", "erase", "purge", "checkin-set", "checkin-over", "checkin"),
    *(
        "found",
        "join",
        "join-refused",
        "invite",
        "uninvite",
        "approve",
        "refuse",
        "oncall",
        "roster",
        "unlock",
        "unlock-failed",
        "lock",
        "lock-all",
    ),
    *("passphrase", "new-key", *(measure.value for measure in Measure)),
    *("advise.asked", "advise.approved", "advise.refused", "advise.withdrawn", "advise.over"),
    *("advise.held", "advise.resumed", "advise.stopped", "advise.recalled", "advise.corrected", "advise.altered"),
    *("advise", "ban", "unban", "group-set", "group-ended", "leaked", "unreadable.event", "unreadable.conversation"),
    *("restore", "recover", "publish", "rekey", "recovery-key"),
    *("reopen", "keep", "letgo", "warn", "unlink", "audit"),
    *("panic.asked", "panic"),
)
"""Everything that is audited, as `Entry.action`; `named` says how it reads."""
STRANGER = "stranger"
"""Who came with an invitation that leads nowhere."""
RECOVERY = "recovery"
"""Who holds the recovery key, at the server's console."""
OTHERS = frozenset({REPORTER, STRANGER, RECOVERY, "system", CLOCK})
"""Actors who are no members."""


def named(action: str) -> Message:
    """What was done. A line that an earlier version wrote may have a name of its own."""
    return Message(f"audit.act.{action}") if action in ACTIONS else Message("plain", {"text": action})
