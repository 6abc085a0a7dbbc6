"""The program: what is asked, how urgent an answer is, and what is said at once, as data.

`parse` reads the TOML files of `handlers/data` (or of a folder that replaces them) into one frozen `Program`, or names
every fault at once. A program's `version` is a digest of its files, so a case can say by which program it was judged.

What may enter: the text of the files. What never does: a person's answer kept in a value, a finished sentence (texts
are message ids, see `Program.messages`), and anything of the model, which knows the program and not the reverse.
"""

from handlers.program.facts import REST, UNANSWERED, Condition, Facts, facts, holds
from handlers.program.parse import ProgramFaults, parse
from handlers.program.shape import READ, Answer, Block, Bullet, Circle, Clock, Floor, Kind, Program, Question

__all__ = [
    "READ",
    "REST",
    "UNANSWERED",
    "Answer",
    "Block",
    "Bullet",
    "Circle",
    "Clock",
    "Condition",
    "Facts",
    "Floor",
    "Kind",
    "Program",
    "ProgramFaults",
    "Question",
    "facts",
    "holds",
    "parse",
]
