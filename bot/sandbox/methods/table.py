"""The table of methods: names as Telegram takes them (in any case), parameters, and the function that answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.bots import BotAccount
from bot.sandbox.chats import Chat
from bot.sandbox.parameters import Parameter, read
from bot.sandbox.refusals import bad_request, forbidden
from bot.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One call: in which world, by which bot, with which values; `raw` still holds the uploads."""

    world: World
    bot: BotAccount
    values: dict[str, Any]
    raw: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter's value."""
        return self.values.get(name, default)

    def known_chat(self) -> Chat:
        """The chat of `chat_id`.

        Raises:
            Refusal: there is no such person, or the person never wrote to this bot.
        """
        chat_id = self.values["chat_id"]
        chat = self.bot.chats.get(chat_id)
        if chat is None and chat_id not in self.world.people:
            raise bad_request("chat not found")
        if chat is None or not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def open_chat(self) -> Chat:
        """A known chat whose person wants to hear from the bot.

        Raises:
            Refusal: as `known_chat`, or the person blocked the bot, or their group or its topic is closed to it.
        """
        chat = self.known_chat()
        chat.refuse(self.get("message_thread_id"))
        return chat


Run = Callable[[Call], Any | Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Bot API: parameters by name, and what it does."""

    name: str
    parameters: dict[str, Parameter]
    run: Run

    def call(self, world: World, bot: BotAccount, raw: dict[str, Any]) -> Any:
        """Check the request against the declaration and carry it out. Some methods answer an awaitable.

        Raises:
            Refusal: as Telegram would refuse.
        """
        unknown = raw.keys() - self.parameters.keys()
        if unknown:
            self._note(world, unknown, raw)
        call = Call(world, bot, read(self.parameters, raw), raw)
        world.record.sent_to(call.get("chat_id"), self.name, raw)
        return self.run(call)

    def _note(self, world: World, unknown: set[str], raw: dict[str, Any]) -> None:
        attached = {
            value.removeprefix("attach://")
            for value in raw.values()
            if isinstance(value, str) and value.startswith("attach://")
        }
        world.record.unknown_parameters(self.name, unknown - attached)


METHODS: dict[str, Method] = {}


def method(name: str, *parameters: Parameter) -> Callable[[Run], Run]:
    """Enter a function into the table under its Bot API name."""

    def enter(run: Run) -> Run:
        METHODS[name.lower()] = Method(name, {p.name: p for p in parameters}, run)
        return run

    return enter
