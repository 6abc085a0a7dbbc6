"""The bot about itself and about the people it knows."""

from typing import Any

from bot.sandbox.methods.content import CHAT
from bot.sandbox.methods.table import Call, method


@method("getMe")
def get_me(call: Call) -> Any:
    """The bot about itself."""
    return {
        **call.bot.to_api(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getChat", CHAT)
def get_chat(call: Call) -> Any:
    """What a bot can learn about a person."""
    return {**call.known_chat().to_api(), "accent_color_id": 0, "max_reaction_count": 11}


@method("close")
def close(call: Call) -> bool:
    """Leave this server for another one. Nothing to close here."""
    return True


@method("logOut")
def log_out(call: Call) -> bool:
    """Leave Telegram's server for an own one. The sandbox lets the bot stay."""
    return True
