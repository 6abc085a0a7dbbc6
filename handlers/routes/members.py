"""A member of the team: joining, locking and unlocking, their hours; and what is left when no other row fits."""

from handlers import wants
from handlers.desk import group, home, joining, languages, renewal, roster, unasked, unlocking
from handlers.model import (
    Attachment,
    Choice,
    Command,
    Edited,
    Enrolled,
    InGroup,
    Location,
    Rewrapped,
    Step,
    Text,
    Timer,
    Undelivered,
    Unlocked,
    Unreadable,
)
from handlers.permissions import Action
from handlers.routes.route import ANY, Route, at, both

SPOKEN = (Command, Choice, Text, Attachment, Location, Unreadable)
"""What somebody does, and waits for an answer to."""

FIRST: tuple[Route, ...] = (
    # --- Joining ---
    Route(Command, "join", joining.join, Action.JOIN, wants=wants.invitation),
    Route(Enrolled, ANY, joining.enrolled, Action.ENROL),
    Route(Choice, "noted", joining.noted, Action.ENROL),
    Route(Command, "passphrase", joining.enrol_again, Action.ENROL),
    Route(Undelivered, "lost", joining.enrol_again, Action.ENROL),
    Route(Unreadable, "lost", joining.enrol_again, Action.ENROL),
    Route(Choice, "lang", languages.language, Action.BELONG),
    *both("language", languages.choose_language, Action.BELONG),
    *(Route(kind, ANY, joining.waiting, Action.ENROL) for kind in SPOKEN),
    # --- Suspended ---
    *(Route(kind, ANY, unasked.suspended, Action.SUSPENDED) for kind in SPOKEN),
    # --- Locking and unlocking ---
    Route(Command, "unlock", unlocking.unlock, Action.UNLOCK),
    Route(Choice, "unlock", unlocking.ask_passphrase, Action.UNLOCK),
    Route(Text, ANY, unlocking.passphrase, Action.UNLOCK, at(Step.PASSPHRASE)),
    Route(Unlocked, ANY, unlocking.unlocked, Action.UNLOCK, wants=wants.queue),
    Route(InGroup, "unlock", group.leaked, Action.BELONG),
    *both("lock", unlocking.lock, Action.UNLOCK),
    Route(Timer, "locked", unlocking.idle, Action.UNLOCK),
    *both("passphrase", renewal.ask, Action.RENEW, wants.team),
    Route(Choice, "rewrap", renewal.change, Action.RENEW),
    Route(Rewrapped, ANY, renewal.rewrapped, Action.RENEW),
    Route(Choice, "noted", renewal.noted, Action.RENEW),
    Route(Choice, "newkey", renewal.new_key, Action.RENEW, wants=wants.absent),
    # --- Hours ---
    *both("oncall", roster.on_call, Action.DUTY),
    *both("roster", roster.show, Action.DUTY),
    Route(Choice, "rday", roster.toggle_day, Action.DUTY),
    Route(Choice, "rbegin", roster.begin, Action.DUTY),
    Route(Choice, "rend", roster.end, Action.DUTY),
    Route(Choice, "rquiet", roster.quiet, Action.DUTY),
    Route(Choice, "rzone", roster.choose_zone, Action.DUTY),
    Route(Text, ANY, roster.zone_typed, Action.DUTY, at(Step.ZONE)),
    Route(Choice, "rdrop", roster.drop, Action.DUTY),
)
"""Before everything else that a member may do."""

OTHERWISE: tuple[Route, ...] = (
    Route(Command, "start", home.help, Action.DUTY),
    *both("help", home.help, Action.DUTY),
    Route(Choice, "topic", home.topic, Action.DUTY),
    Route(Choice, "settings", home.settings, Action.DUTY),
    Route(Unreadable, "lost", unlocking.lost, Action.DUTY),
    Route(Unreadable, "fault", unasked.fault, Action.DUTY),
    Route(Command, ANY, home.unknown, Action.DUTY),
    Route(Choice, ANY, unasked.stale, Action.DUTY),
    Route(Text, ANY, unasked.unasked, Action.DUTY),
    Route(Attachment, ANY, unasked.unasked, Action.DUTY),
    Route(Location, ANY, unasked.unasked, Action.DUTY),
    Route(Edited, ANY, unasked.edited, Action.DUTY),
    Route(Unreadable, ANY, unasked.unasked, Action.DUTY),
)
"""After everything else that a member may do."""

STRANGERS: tuple[Route, ...] = (Route(Command, ANY, unasked.stranger, Action.JOIN),)
"""Somebody at the desk's own bot who is nobody of the team."""
