"""One table shows every conversation: which event, at which step, needs which permission, and who answers.

The first route that fits wins. A route fits when its event (and its name: a command, a verb, a timer) and its step are
those at hand and the person's role may try its action at this door: what somebody may not try does not exist for them.
docs/architecture.md is drawn from this table.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from handlers import waits, wants
from handlers.desk import (
    bans,
    checklist,
    claims,
    drafts,
    languages,
    levels,
    merging,
    originals,
    queue,
    reading,
    ready,
    renewal,
    roster,
    secrecy,
    talk,
    timeline,
    traces,
    watch,
)
from handlers.desk import people as staff
from handlers.model import (
    Attachment,
    Choice,
    Command,
    Context,
    Conversation,
    Downloaded,
    Edited,
    Enrolled,
    Level,
    Location,
    Outcome,
    Person,
    Rewrapped,
    Step,
    Stretched,
    Text,
    Timer,
    Uncleaned,
    Undelivered,
    Unlocked,
    Unreadable,
)
from handlers.office import advisories, audience, audit, invitations, measures, team
from handlers.office import people as office
from handlers.permissions import Action, Measure, granted
from handlers.reporter import (
    back,
    chat,
    checkin,
    consents,
    erase,
    files,
    follow,
    form,
    mine,
    moment,
    place,
    send,
    start,
    subscribe,
    unasked,
    words,
)
from handlers.wants import Wants, nothing

Handler = Callable[[Any, Context], Outcome]

ANY = "*"
"""Stands for every name of an event."""


class Route(Struct, frozen=True):
    """One row. `needs` has no default; `wants` says what must be at hand before `handler` is called."""

    event: type
    name: str
    handler: Handler
    needs: Action
    steps: frozenset[Step] = frozenset()
    wants: Wants = nothing

    def fits(self, person: Person, conversation: Conversation) -> bool:
        """Whether this row is for this person at this step."""
        return (not self.steps or conversation.step in self.steps) and granted(person, self.needs)


def _at(*steps: Step) -> frozenset[Step]:
    return frozenset(steps)


SPOKEN = (Command, Choice, Text, Attachment, Location, Unreadable)
"""What somebody does, and waits for an answer to."""
BEFORE = _at(Step.NEW, Step.LANGUAGE, Step.CONSENT)
WRITING = _at(Step.FORM, Step.REVIEW)
DECIDING = _at(Step.ZONE, Step.CLOSE, Step.HAND_OVER, Step.STEP_BACK, Step.LEVEL, Step.MERGE)
IN_THE_OFFICE = _at(Step.ADVISE, Step.PREVIEW, Step.INVITE)
WRITING_AT_THE_DESK = DECIDING | IN_THE_OFFICE | _at(Step.REPLY, Step.ANSWER, Step.CHECKLIST, Step.NOTE)
CASE_AND_TEAM = wants.case(wants.arg_id, team=True)
HELD_IN_FOCUS = wants.case(wants.focus, parts=True, team=True)

ROUTES: tuple[Route, ...] = (
    # --- Joining ---
    Route(Command, "join", staff.join, Action.JOIN, wants=wants.invitation),
    Route(Enrolled, ANY, staff.enrolled, Action.ENROL),
    Route(Choice, "noted", staff.noted, Action.ENROL),
    Route(Command, "passphrase", staff.enrol_again, Action.ENROL),
    Route(Undelivered, "lost", staff.enrol_again, Action.ENROL),
    Route(Unreadable, "lost", staff.enrol_again, Action.ENROL),
    Route(Choice, "lang", staff.language, Action.BELONG),
    Route(Command, "language", staff.choose_language, Action.BELONG),
    Route(Command, ANY, staff.waiting, Action.ENROL),
    Route(Choice, ANY, staff.waiting, Action.ENROL),
    Route(Text, ANY, staff.waiting, Action.ENROL),
    # --- Suspended ---
    *(Route(kind, ANY, staff.suspended, Action.SUSPENDED) for kind in SPOKEN),
    # --- Locking and unlocking ---
    Route(Command, "unlock", staff.unlock, Action.UNLOCK),
    Route(Choice, "unlock", staff.ask_passphrase, Action.UNLOCK),
    Route(Text, ANY, staff.passphrase, Action.UNLOCK, _at(Step.PASSPHRASE)),
    Route(Unlocked, ANY, staff.unlocked, Action.UNLOCK, wants=wants.queue),
    Route(Command, "lock", staff.lock, Action.UNLOCK),
    Route(Choice, "lock", staff.lock, Action.UNLOCK),
    Route(Timer, "locked", staff.idle, Action.UNLOCK),
    Route(Command, "passphrase", renewal.ask, Action.RENEW, wants=wants.team),
    Route(Choice, "rewrap", renewal.change, Action.RENEW),
    Route(Rewrapped, ANY, renewal.rewrapped, Action.RENEW),
    Route(Choice, "noted", renewal.noted, Action.RENEW),
    Route(Choice, "newkey", renewal.new_key, Action.RENEW, wants=wants.absent),
    Route(Command, "oncall", staff.on_call, Action.DUTY),
    Route(Choice, "oncall", staff.on_call, Action.DUTY),
    Route(Command, "roster", roster.show, Action.DUTY),
    Route(Choice, "roster", roster.show, Action.DUTY),
    Route(Choice, "rday", roster.toggle_day, Action.DUTY),
    Route(Choice, "rbegin", roster.begin, Action.DUTY),
    Route(Choice, "rend", roster.end, Action.DUTY),
    Route(Choice, "rquiet", roster.quiet, Action.DUTY),
    Route(Choice, "rzone", roster.choose_zone, Action.DUTY),
    Route(Text, ANY, roster.zone_typed, Action.DUTY, _at(Step.ZONE)),
    Route(Choice, "rdrop", roster.drop, Action.DUTY),
    # --- The desk ---
    Route(Command, "languages", languages.ask, Action.DUTY),
    Route(Choice, "speak", languages.toggle, Action.DUTY),
    Route(Command, "queue", queue.queue, Action.QUEUE, wants=wants.queue),
    Route(Choice, "queue", queue.turn, Action.QUEUE, wants=wants.queue),
    Route(Choice, "qnarrow", queue.narrow, Action.QUEUE, wants=wants.queue),
    Route(Choice, "qonly", queue.choose, Action.QUEUE, wants=wants.queue),
    Route(Command, "next", queue.best, Action.QUEUE, wants=wants.queue),
    Route(Command, "claim", claims.claim, Action.CLAIM, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "claim", claims.claim, Action.CLAIM, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Choice, "seen", watch.seen, Action.SEEN, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "settle", watch.settle, Action.SETTLE, wants=wants.case(wants.arg_id)),
    Route(Choice, "hold", watch.hold, Action.SETTLE, wants=wants.case(wants.arg_id)),
    Route(Command, "case", reading.open_case, Action.READ, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "open", reading.open_case, Action.READ, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Choice, "file", reading.send_copy, Action.READ, wants=wants.case(wants.focus, parts=True)),
    Route(Choice, "original", originals.ask, Action.ORIGINAL, wants=wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "vouch", originals.vouch, Action.VOUCH, wants=wants.case(wants.arg_id)),
    Route(Choice, "vouchno", originals.refuse, Action.VOUCH, wants=wants.case(wants.arg_id)),
    Route(Command, "timeline", timeline.timeline, Action.READ, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "timeline", timeline.timeline, Action.READ, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Choice, "more", reading.more, Action.READ, wants=wants.case(wants.arg_id)),
    Route(Command, "merge", merging.ask, Action.MERGE, wants=wants.two_refs(parts=True)),
    Route(Choice, "mergeyes", merging.merge, Action.MERGE, _at(Step.MERGE), wants.two_ids),
    Route(Command, "link", timeline.link, Action.NOTE, wants=wants.two_refs()),
    Route(Timer, "reading", traces.put_away, Action.DUTY),
    Route(Timer, "file", traces.put_away, Action.DUTY),
    Route(Timer, "words", traces.put_away, Action.DUTY),
    Route(Uncleaned, ANY, reading.uncleaned, Action.READ, wants=wants.case(wants.of_file)),
    Route(Command, "reply", drafts.command, Action.REPLY, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "reply", drafts.begin, Action.REPLY, wants=wants.case(wants.arg_id, parts=True)),
    Route(Text, ANY, drafts.typed, Action.REPLY, _at(Step.REPLY), wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "relay", drafts.send, Action.REPLY, _at(Step.REPLY), wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "rewrite", talk.ask_reply, Action.REPLY, _at(Step.REPLY), wants.case(wants.focus)),
    Route(Choice, "discard", drafts.discard, Action.REPLY, _at(Step.REPLY), wants.case(wants.focus)),
    Route(Command, "note", talk.note_command, Action.NOTE, wants=wants.case(wants.arg_ref)),
    Route(Command, "checklist", checklist.show, Action.READ, wants=wants.case(wants.arg_ref, parts=True)),
    Route(Choice, "checklist", checklist.show, Action.READ, wants=wants.case(wants.arg_id, parts=True)),
    Route(Choice, "tick", checklist.tick, Action.NOTE, _at(Step.CHECKLIST), wants.case(wants.focus, parts=True)),
    Route(Command, "answers", ready.offer, Action.REPLY, wants=wants.case(wants.arg_ref)),
    Route(Choice, "answers", ready.offer, Action.REPLY, wants=wants.case(wants.arg_id)),
    Route(Choice, "answer", ready.choose, Action.REPLY, _at(Step.ANSWER), wants.case(wants.focus, parts=True)),
    Route(Choice, "readit", ready.acknowledge, Action.REPLY, wants=wants.case(wants.arg_id, parts=True)),
    Route(Choice, "resend", drafts.resend, Action.REPLY, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Choice, "note", talk.ask_note, Action.NOTE, wants=wants.case(wants.arg_id)),
    Route(Text, ANY, talk.note_typed, Action.NOTE, _at(Step.NOTE), wants.case(wants.focus)),
    Route(Command, "release", claims.release, Action.RELEASE, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "release", claims.release, Action.RELEASE, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Command, "handover", claims.ask_whom, Action.HAND_OVER, wants=wants.case(wants.arg_ref, team=True)),
    Route(Choice, "handover", claims.ask_whom, Action.HAND_OVER, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "handto", claims.ask_note, Action.HAND_OVER, _at(Step.HAND_OVER), wants.case(wants.focus, team=True)),
    Route(Choice, "handbare", claims.offer, Action.HAND_OVER, _at(Step.HAND_OVER), wants.case(wants.focus, team=True)),
    Route(Text, ANY, claims.offer, Action.HAND_OVER, _at(Step.HAND_OVER), wants.case(wants.focus, team=True)),
    Route(Choice, "handback", claims.take_back, Action.HAND_OVER, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "handyes", claims.take_over, Action.TAKE_OVER, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "handno", claims.decline, Action.TAKE_OVER, wants=wants.case(wants.arg_id, team=True)),
    Route(Command, "restrict", secrecy.restrict, Action.RESTRICT, wants=wants.case(wants.arg_ref, team=True)),
    Route(Choice, "restrict", secrecy.restrict, Action.RESTRICT, wants=wants.case(wants.arg_id, team=True)),
    Route(Command, "widen", secrecy.widen, Action.RESTRICT, wants=wants.case(wants.arg_ref, team=True)),
    Route(Choice, "widen", secrecy.widen, Action.RESTRICT, wants=wants.case(wants.arg_id, team=True)),
    Route(Command, "notme", secrecy.ask, Action.STEP_BACK, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "notme", secrecy.ask, Action.STEP_BACK, wants=wants.case(wants.arg_id)),
    Route(Choice, "notmeyes", secrecy.step_back, Action.STEP_BACK, _at(Step.STEP_BACK), HELD_IN_FOCUS),
    Route(Text, ANY, secrecy.step_back, Action.STEP_BACK, _at(Step.STEP_BACK), HELD_IN_FOCUS),
    Route(Command, "level", levels.ask, Action.LEVEL, wants=wants.case(wants.arg_ref, team=True)),
    Route(Choice, "level", levels.ask, Action.LEVEL, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "setlevel", levels.chosen, Action.LEVEL, _at(Step.LEVEL), wants.case(wants.focus, team=True)),
    Route(Text, ANY, levels.why, Action.LEVEL, _at(Step.LEVEL), wants.case(wants.focus, team=True)),
    *(Route(Choice, levels.agreeing(each), levels.agree, Action.AGREE, wants=CASE_AND_TEAM) for each in Level),
    Route(Choice, "keeplevel", levels.keep, Action.AGREE, wants=wants.case(wants.arg_id, team=True)),
    Route(Command, "close", talk.ask_close, Action.CLOSE, wants=wants.case(wants.arg_ref)),
    Route(Choice, "close", talk.ask_close, Action.CLOSE, wants=wants.case(wants.arg_id)),
    Route(Choice, "outcome", talk.close, Action.CLOSE, _at(Step.CLOSE), wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "stop", talk.stop, Action.DUTY),
    Route(Command, "cancel", talk.stop, Action.DUTY),
    # --- The office ---
    Route(Command, "invite", invitations.invite, Action.INVITE, wants=wants.invitations),
    Route(Choice, "invite", invitations.invite, Action.INVITE, wants=wants.invitations),
    *(
        Route(Choice, verb, handler, Action.INVITE, _at(Step.INVITE), wants.invitations)
        for verb, handler in (
            (invitations.LANGUAGES, invitations.choose_language),
            (invitations.COUNTRIES, invitations.choose_country),
            (invitations.LIFE, invitations.choose_life),
        )
    ),
    Route(Text, ANY, invitations.name_country, Action.INVITE, _at(Step.INVITE), wants.invitations),
    Route(Choice, "uninvite", invitations.withdraw, Action.INVITE, wants=wants.invitations),
    Route(Choice, "approve", office.approve, Action.APPROVE, wants=wants.team),
    Route(Choice, "refuse", office.refuse, Action.APPROVE, wants=wants.team),
    Route(Command, "team", team.team, Action.TEAM, wants=wants.queue),
    Route(Choice, "team", team.team, Action.TEAM, wants=wants.queue),
    Route(Choice, "member", team.member, Action.TEAM, wants=wants.queue),
    *(Route(Choice, measure, measures.ask, Action.MANAGE, wants=wants.team) for measure in Measure),
    Route(Choice, "suspend.yes", measures.suspend, Action.MANAGE, wants=wants.absent),
    Route(Choice, "reinstate.yes", measures.reinstate, Action.MANAGE, wants=wants.team),
    Route(Choice, "promote.yes", measures.change_role, Action.MANAGE, wants=wants.team),
    Route(Choice, "demote.yes", measures.change_role, Action.MANAGE, wants=wants.team),
    Route(Choice, "readmit.yes", measures.readmit, Action.MANAGE, wants=wants.departed),
    Route(Choice, "revoke.yes", measures.revoke, Action.MANAGE, wants=wants.departed),
    Route(Timer, measures.PROGRESS, measures.progress, Action.TEAM),
    Route(Command, "audit", audit.show, Action.AUDIT, wants=audit.wanted),
    Route(Choice, "audit", audit.show, Action.AUDIT, wants=audit.wanted),
    Route(Choice, "auditwho", audit.choose_member, Action.AUDIT, wants=audit.wanted),
    Route(Choice, "auditwhat", audit.choose_action, Action.AUDIT, wants=audit.wanted),
    Route(Timer, "witness", office.witness, Action.TEAM),
    Route(Command, "ban", bans.ask, Action.BAN, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "ban", bans.ban, Action.BAN, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Command, "unban", bans.unban, Action.BAN, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Command, "advise", advisories.begin, Action.ADVISE),
    Route(Choice, "advise", advisories.begin, Action.ADVISE),
    Route(Choice, "advfor", audience.choose_part, Action.ADVISE),
    Route(Choice, "advpick", audience.pick, Action.ADVISE, _at(Step.ADVISE)),
    Route(Choice, "advlang", advisories.choose_language, Action.ADVISE),
    Route(Text, ANY, advisories.write, Action.ADVISE, _at(Step.ADVISE, Step.PREVIEW)),
    Route(Choice, "preview", advisories.preview, Action.ADVISE, _at(Step.ADVISE)),
    Route(Choice, "advsend", advisories.send, Action.ADVISE, _at(Step.PREVIEW)),
    Route(Timer, "progress", advisories.progress, Action.TEAM, wants=wants.advisory),
    # --- A member, otherwise ---
    Route(Command, "start", staff.help, Action.DUTY),
    Route(Command, "help", staff.help, Action.DUTY),
    Route(Unreadable, "lost", staff.lost, Action.DUTY),
    Route(Unreadable, "fault", staff.fault, Action.DUTY),
    Route(Command, ANY, staff.unknown, Action.DUTY),
    Route(Choice, ANY, staff.stale, Action.DUTY),
    Route(Text, ANY, staff.unasked, Action.DUTY),
    Route(Attachment, ANY, staff.unasked, Action.DUTY),
    Route(Location, ANY, staff.unasked, Action.DUTY),
    Route(Edited, ANY, staff.edited, Action.DUTY),
    Route(Unreadable, ANY, staff.unasked, Action.DUTY),
    # --- Before a reporter's consent ---
    Route(Choice, "lang", start.language, Action.REPORT),
    Route(Choice, "agree", start.agree, Action.REPORT, _at(Step.CONSENT)),
    Route(Choice, "decline", start.decline, Action.REPORT, _at(Step.CONSENT)),
    Route(Choice, "privacy", start.privacy, Action.REPORT),
    Route(Command, "privacy", start.privacy, Action.REPORT),
    Route(Command, "start", start.start, Action.REPORT),
    Route(Command, "danger", start.danger, Action.REPORT),
    Route(Command, "help", start.help, Action.REPORT),
    Route(Command, "language", start.choose_language, Action.REPORT),
    Route(Choice, "language", start.choose_language, Action.REPORT),
    Route(Command, "cancel", form.cancel, Action.REPORT),
    Route(Command, "x", chat.leave, Action.REPORT),
    Route(Command, "clear", erase.clear, Action.REPORT),
    Route(Choice, "tidy", chat.toggle_tidy, Action.REPORT),
    Route(Choice, "safe", chat.ask_safe_word, Action.REPORT),
    Route(Choice, "safeoff", chat.no_safe_word, Action.REPORT, wants=wants.case(wants.last_token)),
    Route(Text, ANY, chat.set_safe_word, Action.REPORT, _at(Step.SAFE), wants.case(wants.last_token)),
    Route(Choice, "clear", erase.clear, Action.REPORT),
    Route(Text, "reply", follow.said, Action.FOLLOW, wants=wants.case(wants.reply)),
    Route(Text, ANY, follow.first_words, Action.REPORT, BEFORE),
    # --- The form ---
    Route(Choice, "new", form.new, Action.REPORT, _at(Step.HOME, Step.FOLLOW, Step.CODE, Step.ERASE)),
    Route(Command, "report", form.new, Action.REPORT),
    Route(Choice, "resume", form.resume, Action.REPORT),
    Route(Choice, "stay", form.stay, Action.REPORT),
    Route(Choice, "a", form.answer, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "skip", form.skip, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "done", form.done, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "back", form.back, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "cancel", form.cancel, Action.REPORT),
    Route(Choice, "review", form.review, Action.REPORT, WRITING),
    Route(Choice, "change", form.change, Action.REPORT, _at(Step.REVIEW)),
    Route(Choice, "redo", form.redo, Action.REPORT, _at(Step.REVIEW)),
    Route(Choice, "send", send.send, Action.REPORT, WRITING, wants.case(wants.completed, team=True)),
    Route(Choice, "complete", send.complete, Action.FOLLOW, wants=wants.case(wants.arg_token)),
    Route(Choice, "unsay", words.unsay, Action.REPORT, WRITING),
    Route(Location, ANY, place.located, Action.REPORT, WRITING),
    Route(Choice, "here", place.here, Action.REPORT, WRITING),
    Route(Choice, "exact", place.exact, Action.REPORT, WRITING),
    Route(Text, ANY, words.words, Action.REPORT, WRITING),
    Route(Edited, ANY, words.edited, Action.REPORT, WRITING),
    # --- After sending ---
    Route(Choice, "add", follow.add, Action.FOLLOW, wants=wants.case(wants.arg_token)),
    Route(Choice, "status", follow.status, Action.FOLLOW, wants=wants.case(wants.arg_token)),
    Route(Choice, "mine", mine.which, Action.FOLLOW, wants=wants.mine),
    Route(Choice, "consents", consents.overview, Action.FOLLOW, wants=wants.case(wants.arg_token)),
    Route(Choice, "consent", consents.ask, Action.FOLLOW, wants=wants.case(wants.focus_token)),
    Route(Choice, consents.ALLOW, consents.change, Action.FOLLOW, wants=wants.case(wants.focus_token)),
    Route(Choice, consents.WITHDRAW, consents.change, Action.FOLLOW, wants=wants.case(wants.focus_token)),
    Route(Choice, "erase", erase.ask, Action.FOLLOW),
    Route(Command, "erase", mine.which, Action.REPORT, wants=wants.mine),
    Route(Choice, "erased", erase.erase, Action.FOLLOW, _at(Step.ERASE), wants.case(wants.arg_token)),
    Route(Choice, "code", back.ask, Action.FOLLOW),
    Route(Command, "code", back.typed, Action.FOLLOW),
    Route(Text, ANY, back.typed, Action.FOLLOW, _at(Step.CODE)),
    Route(Stretched, "kept", back.kept, Action.CONVERSE, wants=wants.case(wants.kept)),
    Route(Stretched, ANY, back.looked_up, Action.FOLLOW, wants=wants.case(wants.stretched)),
    Route(Text, ANY, follow.said, Action.FOLLOW, _at(Step.FOLLOW), wants.case(wants.focus_token)),
    Route(Edited, ANY, follow.edited, Action.FOLLOW, wants=wants.case(wants.said)),
    Route(Choice, "checkin", checkin.begin, Action.FOLLOW),
    Route(Command, "checkin", checkin.begin, Action.FOLLOW),
    Route(Choice, "more", checkin.more, Action.FOLLOW),
    Route(Choice, "wait", checkin.choose, Action.FOLLOW, _at(Step.CHECKIN)),
    Route(Choice, "later", checkin.later, Action.FOLLOW),
    Route(Choice, "clock", moment.begin, Action.FOLLOW, _at(Step.CHECKIN), wants.mine),
    Route(Choice, "zone", moment.there, Action.FOLLOW, _at(Step.CLOCK)),
    Route(Choice, "at", moment.then, Action.FOLLOW, _at(Step.CLOCK)),
    Route(Text, ANY, moment.length, Action.FOLLOW, _at(Step.CHECKIN), wants.mine),
    Route(Text, ANY, moment.typed, Action.FOLLOW, _at(Step.CLOCK)),
    Route(Text, ANY, checkin.plan, Action.FOLLOW, _at(Step.PLAN), wants.mine),
    Route(Choice, "ok", checkin.fine, Action.FOLLOW),
    Route(Command, "ok", checkin.fine, Action.FOLLOW),
    Route(Choice, "endcheck", checkin.end, Action.FOLLOW),
    Route(Timer, "checkin", checkin.passed, Action.CONVERSE, wants=wants.case(wants.of_checkin, team=True)),
    Route(Timer, "checkin-soon", checkin.soon, Action.CONVERSE),
    Route(Choice, "sub", subscribe.subscribe, Action.SUBSCRIBE),
    Route(Command, "subscribe", subscribe.subscribe, Action.SUBSCRIBE),
    Route(Choice, "wish", subscribe.change, Action.SUBSCRIBE),
    Route(Choice, "a", subscribe.choose, Action.SUBSCRIBE, _at(Step.SUBSCRIBE)),
    Route(Choice, "skip", subscribe.skip, Action.SUBSCRIBE, _at(Step.SUBSCRIBE)),
    Route(Choice, "done", subscribe.done, Action.SUBSCRIBE, _at(Step.SUBSCRIBE)),
    Route(Choice, "back", subscribe.back, Action.SUBSCRIBE, _at(Step.SUBSCRIBE)),
    Route(Text, ANY, subscribe.words, Action.SUBSCRIBE, _at(Step.SUBSCRIBE)),
    Route(Choice, "unsub", subscribe.unsubscribe, Action.SUBSCRIBE),
    Route(Command, "unsubscribe", subscribe.unsubscribe, Action.SUBSCRIBE),
    Route(Choice, "home", start.home, Action.REPORT),
    Route(Choice, "finish", start.finish, Action.REPORT),
    Route(Choice, "tips", start.advice, Action.REPORT),
    Route(Choice, "drop", follow.drop, Action.REPORT),
    # --- Files ---
    Route(Attachment, "reply", files.for_case, Action.FOLLOW, wants=wants.case(wants.reply)),
    Route(Attachment, ANY, unasked.later, Action.REPORT, BEFORE),
    Route(Attachment, ANY, files.for_draft, Action.REPORT, WRITING),
    Route(Attachment, ANY, files.for_case, Action.FOLLOW, _at(Step.FOLLOW), wants.case(wants.focus_token)),
    Route(Attachment, ANY, unasked.file, Action.REPORT),
    Route(Downloaded, ANY, files.downloaded, Action.FOLLOW, wants=wants.case(wants.of_download)),
    # --- What nobody asked for ---
    Route(Text, ANY, follow.offer, Action.REPORT),
    Route(Command, ANY, unasked.command, Action.REPORT),
    Route(Choice, ANY, unasked.press, Action.REPORT),
    Route(Location, ANY, unasked.location, Action.REPORT),
    Route(Unreadable, ANY, unasked.unreadable, Action.REPORT),
    # --- A stranger at the desk's own bot ---
    Route(Command, ANY, staff.stranger, Action.JOIN),
    # --- What time and the world send back ---
    Route(Timer, waits.TIMER, watch.due, Action.CONVERSE, wants=wants.case(wants.of_wait, team=True)),
    Route(Undelivered, ANY, talk.undelivered, Action.CONVERSE, wants=wants.case(wants.about)),
)
"""Rows of one event and name are tried in this order."""

STALE = (
    Route(Choice, ANY, staff.stale, Action.BELONG),
    Route(Choice, ANY, start.again, Action.REPORT),
)
"""For a press on a screen that is out of date."""
