"""Effects: all that a rule may ask of the world.

They stand with what they are about: `chats`, `cases`, `team`, `advisories`; `audiences` says for whom.
"""

from handlers.model.effects.advisories import OfAdvisories
from handlers.model.effects.cases import OfCases
from handlers.model.effects.chats import InChats
from handlers.model.effects.team import OfTeam

Effect = InChats | OfCases | OfTeam | OfAdvisories
