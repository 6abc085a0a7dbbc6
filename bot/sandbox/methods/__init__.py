"""What a bot may ask: every method of the Bot API that the sandbox plays.

What lives here: one function for each method under a declaration of its parameters, cut by purpose. What may enter:
a `Call` with values already read and checked by that declaration. What never does: HTTP (that is `server`).
"""

from bot.sandbox.methods import account, editing, files, hooks, profile, receiving, sending
from bot.sandbox.methods.table import METHODS, Call, Method

__all__ = ["METHODS", "Call", "Method", "account", "editing", "files", "hooks", "profile", "receiving", "sending"]
