"""Every limit of the Bot API that the sandbox enforces, in one place.

Lengths of texts are counted in UTF-16 code units, the unit in which Telegram counts entity offsets. Where Telegram's
own count is by code points (texts of many emoji), the sandbox is therefore the stricter of the two. Lengths of
callback data are bytes. Source: the Bot API manual and the server's published source.
"""

TEXT = 4096
CAPTION = 1024
CALLBACK_DATA_BYTES = 64
CALLBACK_ANSWER = 200
BUTTONS = 100
BUTTONS_IN_A_ROW = 8
START_PAYLOAD = 64
COMMAND = 32
COMMAND_DESCRIPTION = 256
COMMANDS = 100
BOT_NAME = 64
BOT_DESCRIPTION = 512
BOT_SHORT_DESCRIPTION = 120
DELETE_AT_ONCE = 100
UPDATES_AT_ONCE = 100
WEBHOOK_SECRET = 256

DOWNLOAD_BYTES = 20 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024

DELETABLE_SECONDS = 48 * 3600
UPDATE_WAITS_SECONDS = 24 * 3600
CALLBACK_WAITS_SECONDS = 150
LONG_POLL_SECONDS = 50

MESSAGES_PER_SECOND = 30
IN_A_CHAT = (1.0, 3.0)
IN_A_GROUP = (20 / 60, 20.0)
"""Messages a second, and how many may come at once."""
