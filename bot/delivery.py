"""What each outgoing effect means at a messenger: one function for each kind of word; none knows a database row."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import Messenger, Rejected, Screen
from bot.render import render
from handlers.model import Address, Clear, Delete, Edit, MessageRef, Send, Withdraw
from storage.dispatch import Dispatch, Done, Partly
from storage.outbox import Errand

EDITED_AWAY = frozenset({"gone", "uneditable", "textless"})
"""Refusals of an edit after which the words are said anew: they must not be lost."""


class Delivery:
    """Carries out the effects of the outbox's first lane. Everything raised is a `MessengerError`, or a bug.

    `paid`: advisories may be sent faster than what is free.
    """

    def __init__(
        self,
        messengers: Mapping[str, Messenger],
        catalogues: Mapping[str, Catalogue],
        dispatch: Dispatch,
        paid: bool = False,
    ) -> None:
        self._messengers, self._catalogues, self._dispatch = messengers, catalogues, dispatch
        self._paid = paid
        self._kinds: dict[type, Callable[[Errand, Any], Awaitable[Done | Partly]]] = {
            Send: self._send,
            Edit: self._edit,
            Delete: self._delete,
            Clear: self._clear,
            Withdraw: self._withdraw,
        }

    async def carry_out(self, errand: Errand) -> Done | Partly:
        return await self._kinds[type(errand.effect)](errand, errand.effect)

    def messenger(self, address: Address) -> Messenger:
        """The adapter that reads this address."""
        return self._messengers[address.partition(":")[0]]

    def _screens(self, errand: Errand, effect: Send | Edit) -> tuple[Screen, ...]:
        language = effect.language or errand.language
        catalogue = self._catalogues.get(language) or self._catalogues[SOURCE]
        return render(effect.message, catalogue.by_the_clock_of(errand.zone), self.messenger(errand.address).limits)

    async def _send(self, errand: Errand, effect: Send) -> Done | Partly:
        screens = self._screens(errand, effect)
        paid = self._paid and bool(errand.advisory)
        return await self._say(errand, tuple(replace(each, silent=effect.silent, paid=paid) for each in screens))

    async def _say(self, errand: Errand, screens: tuple[Screen, ...]) -> Done | Partly:
        """The next page. Each is settled by itself, so that none is said twice when a later one has to wait."""
        page = min(errand.pages, len(screens) - 1)  # worded anew in another language it may have become shorter
        message = await self.messenger(errand.address).send(errand.address, screens[page])
        return _turned(errand, screens, page, message)

    async def _edit(self, errand: Errand, effect: Edit) -> Done | Partly:
        """Change the message; what doesn't fit into it follows as new ones. A reader's copy of an advisory that is gone
        stays gone: they have deleted it.
        """
        screens = self._screens(errand, effect)
        if errand.pages:
            return await self._say(errand, screens)
        target = effect.target or await self._dispatch.slot(errand.address, effect.slot)
        if not target:
            return Done(errand.id)
        try:
            await self.messenger(errand.address).edit(errand.address, target, screens[0])
        except Rejected as refused:
            if refused.reason not in EDITED_AWAY or not effect.target or errand.advisory:
                raise
            return await self._say(errand, screens)
        return _turned(errand, screens, 0)

    async def _delete(self, errand: Errand, effect: Delete) -> Done:
        return await self._gone(errand, [message for message in effect.messages if message])

    async def _clear(self, errand: Errand, effect: Clear) -> Done:
        return await self._gone(errand, await self._dispatch.known(errand.address))

    async def _withdraw(self, errand: Errand, effect: Withdraw) -> Done:
        return await self._gone(errand, await self._dispatch.named(errand.address, effect.slot))

    async def _gone(self, errand: Errand, messages: Sequence[MessageRef]) -> Done:
        if messages:
            await self.messenger(errand.address).delete(errand.address, messages)
        return Done(errand.id, gone=tuple(messages))


def _turned(errand: Errand, screens: tuple[Screen, ...], page: int, message: MessageRef | None = None) -> Done | Partly:
    """This page is out: as a new message, or in the place of an older one."""
    if page + 1 < len(screens):
        return Partly(errand.id, message)
    return Done(errand.id, (message,) if message else ())
