"""Everything that can be wrong, each with its remedy: `panah check` before anybody writes, `panah doctor` at any time.

    house     the program and its texts, keys, database, team, what cleans files
    machine   permissions, disk, clock, swap, core dumps, memory
    reach     the messenger: token, webhook, what waits there, the bot's rights
    work      what the running bot tells of itself: backlog, cases, team, audit chain, backups

A look is a function that gives a finding's fault or warning, or nothing. None changes anything.
"""

from bot.checking.finding import Finding, Grade
from bot.checking.looks import before_start, everything

__all__ = ["Finding", "Grade", "before_start", "everything"]
