"""A local Telegram Bot API server, with people to talk to: the rehearsal stage.

What lives here: a server that answers a bot as Telegram does and refuses what Telegram refuses, in Telegram's own
words; phones, which are the people at the other end; faults that can be switched on; and the same stage over HTTP,
for other processes and for the web page of the demonstration.

What may enter: bots with made-up tokens and made-up people, on a loopback address.
What never does: the rest of Panah (this package imports nothing of it), a real token, and anything on disk.

    async with Sandbox() as sandbox:
        sandbox.add_bot(token="1000001:TEST", username="panah_demo_bot", name="Panah")
        phone = sandbox.phone(name="Reporter", language_code="ru")
        await phone.start("panah_demo_bot")

Where it differs from Telegram, on purpose. Stricter: a word where a number or a yes/no belongs is refused, lengths
count UTF-16 units, a press can be answered once, a parameter that no method has is remembered as a fault of ours.
Looser: webhooks may be plain http on any port and are retried sooner, a poller in a hurry is not slowed down. Not
there: Markdown, links found in a bot's own text, compression of photos, reactions on the screen. A person who
never pressed Start gives 403 (Telegram: 400 "chat not found" unless the bot met the person elsewhere).

Reading order: `world` (who exists), `chats` and `messages` (what was said), `groups` (with several members),
`methods` (what a bot may ask, one table of
parameters for each method), `server` (HTTP for bots), `phones` (people in this process), `stage` (HTTP for everybody
else), `remote` (a client of `stage`).
"""

from bot.sandbox.groups import Group
from bot.sandbox.phones import Phone, PhoneError
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.views import Button, ChatMessage

__all__ = ["Button", "ChatMessage", "Group", "Phone", "PhoneError", "Sandbox"]
