"""Delivery: one page at a time, so that none is said twice."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bot.delivery import Delivery
from bot.i18n import catalogues
from bot.messenger import Rejected, RetryLater, Screen
from bot.telegram.calls import LIMITS
from handlers.model import Address, AdvisoryId, Edit, Message, MessageRef, Moment, Send, Withdraw
from storage.dispatch import Done, Partly
from storage.outbox import Errand

CHAT = Address("t:1")
LONG = Message("case.words", {"text": "word " * 2000})


class Chat:
    """A messenger that keeps what it is told, and is busy when told to be."""

    limits = LIMITS

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.deleted: list[MessageRef] = []
        self.busy_at, self.refuses = -1, False

    async def send(self, to: Address, screen: Screen) -> MessageRef:
        if len(self.texts) == self.busy_at:
            self.busy_at = -1
            raise RetryLater(1)
        self.texts.append(screen.text)
        return MessageRef(str(len(self.texts)))

    async def edit(self, to: Address, message: MessageRef, screen: Screen) -> None:
        if self.refuses:
            raise Rejected("gone")
        self.texts.append(screen.text)

    async def delete(self, to: Address, messages: Sequence[MessageRef]) -> None:
        self.deleted.extend(messages)


async def _delivered(chat: Chat, effect: Any) -> Sequence[Done | Partly]:
    """As the courier and the outbox do it: again after a wait, and behind the pages that are out."""
    delivery = Delivery({"t": chat}, catalogues(), SimpleNamespace())  # type: ignore[dict-item, arg-type]
    results: list[Done | Partly] = []
    while not results or isinstance(results[-1], Partly):
        errand = Errand(1, b"", CHAT, effect, "en", 1, pages=len(results))
        try:
            results.append(await delivery.carry_out(errand))
        except RetryLater:
            continue
    return results


async def test_given_a_readers_time_zone_then_times_are_worded_by_it():
    chat = Chat()
    delivery = Delivery({"t": chat}, catalogues(), SimpleNamespace())  # type: ignore[dict-item, arg-type]
    due = Send(CHAT, Message("card.due", {"at": Moment(datetime(2026, 11, 22, 21, 5, tzinfo=UTC))}))
    for language, zone in (("ru", "Asia/Tashkent"), ("en", "Asia/Tashkent"), ("ru", "UTC")):
        await delivery.carry_out(Errand(1, b"", CHAT, due, language, 1, zone=zone))
    shown = [text.partition(": ")[2] for text in chat.texts]
    assert shown == ["2026-11-23 02:05, Ташкент", "2026-11-23 02:05, Tashkent", "2026-11-22 21:05 UTC"]


@pytest.mark.parametrize(("paid", "advisory"), [(True, True), (True, False), (False, True)])
async def test_given_a_pace_that_is_paid_for_when_something_is_sent_then_only_advisories_use_it(paid, advisory):
    sent = []

    class Till(Chat):
        async def send(self, to: Address, screen: Screen) -> MessageRef:
            sent.append(screen.paid)
            return await super().send(to, screen)

    delivery = Delivery({"t": Till()}, catalogues(), SimpleNamespace(), paid)  # type: ignore[dict-item, arg-type]
    of = AdvisoryId("a" if advisory else "")
    await delivery.carry_out(Errand(1, b"", CHAT, Send(CHAT, LONG), "en", 1, of))
    assert sent == [paid and advisory]


async def test_given_a_reader_who_deleted_an_advisory_when_it_is_corrected_then_it_does_not_come_back():
    chat = Chat()
    chat.refuses = True
    delivery = Delivery({"t": chat}, catalogues(), SimpleNamespace())  # type: ignore[dict-item, arg-type]
    edit = Edit(CHAT, Message("stop.done"), target=MessageRef("9"))
    with pytest.raises(Rejected):
        await delivery.carry_out(Errand(1, b"", CHAT, edit, "en", 1, AdvisoryId("a")))
    assert chat.texts == []


@pytest.mark.parametrize(
    ("effect", "refuses"),
    [
        (Send(CHAT, LONG), False),
        (Edit(CHAT, LONG, target=MessageRef("9")), False),
        (Edit(CHAT, LONG, target=MessageRef("9")), True),
    ],
)
async def test_given_a_long_message_that_must_wait_in_the_middle_then_each_page_is_said_once(effect, refuses):
    calm, busy = Chat(), Chat()
    calm.refuses = busy.refuses = refuses
    busy.busy_at = 2
    assert len(await _delivered(calm, effect)) == 3
    await _delivered(busy, effect)
    assert busy.texts == calm.texts and len(set(busy.texts)) == 3


async def test_given_what_stands_under_a_name_when_it_is_withdrawn_then_all_of_it_is_deleted_and_forgotten():
    async def named(address: Address, slot: str) -> list[MessageRef]:
        return [MessageRef("1"), MessageRef("2")] if slot == "read:1" else []

    chat = Chat()
    delivery = Delivery({"t": chat}, catalogues(), SimpleNamespace(named=named))  # type: ignore[dict-item, arg-type]
    for slot, gone in (("read:1", ("1", "2")), ("read:2", ())):
        done = await delivery.carry_out(Errand(1, b"", CHAT, Withdraw(CHAT, slot), "", 1))
        assert isinstance(done, Done) and done.gone == gone
    assert chat.deleted == ["1", "2"]


async def test_given_a_call_in_quiet_hours_then_every_page_of_it_arrives_without_a_sound():
    heard: list[bool] = []

    class Quiet(Chat):
        async def send(self, to: Address, screen: Screen) -> MessageRef:
            heard.append(screen.silent)
            return await super().send(to, screen)

    await _delivered(Quiet(), Send(CHAT, LONG, silent=True))
    await _delivered(Quiet(), Send(CHAT, Message("stop.done")))
    assert len(heard) > 2
    assert heard == [True] * (len(heard) - 1) + [False]
