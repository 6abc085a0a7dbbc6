"""Being told instead of asking: the webhook's settings."""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox import limits, parameters
from bot.sandbox.methods.receiving import ALLOWED, allow
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter, accepted
from bot.sandbox.refusals import bad_request
from bot.sandbox.webhook import Webhook

SECRET = re.compile(r"[A-Za-z0-9_-]+")
DROP = Parameter("drop_pending_updates", parameters.boolean)
CONNECTIONS = 40
MOST_CONNECTIONS = 100


@method(
    "setWebhook",
    Parameter("url", parameters.text),
    Parameter("secret_token", parameters.text),
    Parameter("max_connections", parameters.integer),
    Parameter("ip_address", parameters.text),
    ALLOWED,
    DROP,
    *accepted("certificate"),
)
async def set_webhook(call: Call) -> bool:
    """Deliver to `url` from now on; an empty one goes back to getUpdates.

    Telegram wants https on port 443, 80, 88 or 8443. As a self-hosted server in local mode does, the sandbox takes
    plain http and any port.
    """
    url, secret = call.get("url", ""), call.get("secret_token", "")
    if url:
        _check(url, secret)
    allow(call)
    await _end(call)
    if url:
        call.bot.updates.stop_polling("terminated by setWebhook request")
        connections = min(max(call.get("max_connections", CONNECTIONS), 1), MOST_CONNECTIONS)
        hook = Webhook(url, secret, connections, call.world, call.bot)
        call.bot.webhook = hook
        hook.start()
    return True


@method("deleteWebhook", DROP)
async def delete_webhook(call: Call) -> bool:
    """Go back to getUpdates; what waits is kept unless dropped."""
    await _end(call)
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Any:
    """Where updates go, how many wait, and the last failure."""
    hook, waiting = call.bot.webhook, len(call.bot.updates)
    if hook is None:
        return {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}
    return {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": waiting,
        "max_connections": hook.max_connections,
        **hook.last_error,
    }


async def _end(call: Call) -> None:
    hook, call.bot.webhook = call.bot.webhook, None
    if hook is not None:
        await hook.stop()
    if call.get("drop_pending_updates", False):
        call.bot.updates.clear()


def _check(url: str, secret: str) -> None:
    try:
        parsed = urlsplit(url)
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parsed.scheme not in ("http", "https") or not parsed.hostname:
        raise bad_request("invalid webhook URL specified")
    if len(secret) > limits.WEBHOOK_SECRET:
        raise bad_request("secret token is too long")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
