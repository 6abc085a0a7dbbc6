"""A responder at the desk: the queue, a case from claiming to closing, sharing it with a partner."""

from handlers import wants
from handlers.desk import (
    checklist,
    claims,
    countersign,
    drafts,
    endings,
    group,
    languages,
    levels,
    merging,
    originals,
    pairs,
    queue,
    reading,
    ready,
    requests,
    secrecy,
    sharing,
    talk,
    timeline,
    traces,
    watch,
)
from handlers.model import Choice, Command, InGroup, Level, Step, Text, Timer, Uncleaned
from handlers.permissions import Action
from handlers.routes.route import ANY, Route, at, both, of_case

DECIDING = at(
    *(Step.ZONE, Step.CLOSE, Step.HAND_OVER, Step.STEP_BACK, Step.LEVEL, Step.LINK, Step.MERGE, Step.BOARD, Step.KEEP)
)
SHARING = at(Step.SHARE, Step.SHARE_NO)
WRITING = DECIDING | SHARING | at(Step.REPLY, Step.ANSWER, Step.NOTE)
CASE_AND_TEAM = wants.case(wants.arg_id, team=True)
HELD_IN_FOCUS = wants.case(wants.focus, parts=True, team=True)
LEAVING = at(Step.HOME, Step.ADVISE, Step.PREVIEW)
MARKED = wants.case(wants.arg_marked, parts=True, team=True)

ROUTES: tuple[Route, ...] = (
    # --- The queue, and taking a case ---
    *both("languages", languages.ask, Action.DUTY),
    Route(Choice, "speak", languages.toggle, Action.DUTY),
    Route(Command, "queue", queue.queue, Action.QUEUE, wants=wants.queue),
    Route(Choice, "queue", queue.turn, Action.QUEUE, wants=wants.queue),
    Route(Choice, "qnarrow", queue.narrow, Action.QUEUE, wants=wants.queue),
    Route(Choice, "qonly", queue.choose, Action.QUEUE, wants=wants.queue),
    *both("next", queue.best, Action.QUEUE, wants.queue),
    *both("requests", requests.mine, Action.QUEUE, wants.requests),
    *of_case("claim", claims.claim, Action.CLAIM, parts=True, team=True),
    Route(InGroup, "claim", group.claimed, Action.CLAIM, wants=wants.case(wants.arg_id, parts=True, team=True)),
    *of_case("seen", watch.seen, Action.SEEN, team=True),
    *of_case("settle", watch.settle, Action.SETTLE),
    *of_case("hold", watch.hold, Action.SETTLE),
    # --- Reading ---
    Route(Command, "case", reading.open_case, Action.READ, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "open", reading.open_case, Action.READ, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(Choice, "file", reading.send_copy, Action.READ, wants=wants.case(wants.focus, parts=True)),
    Route(Choice, "original", originals.ask, Action.ORIGINAL, wants=wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "vouch", originals.vouch, Action.VOUCH, wants=wants.case(wants.arg_marked)),
    Route(Choice, "vouchno", originals.refuse, Action.VOUCH, wants=wants.case(wants.arg_id)),
    *of_case("timeline", timeline.timeline, Action.READ, parts=True, team=True),
    Route(Choice, "more", reading.more, Action.READ, wants=wants.case(wants.arg_id)),
    # --- Two cases ---
    Route(Command, "merge", merging.ask, Action.MERGE, wants=wants.two_refs(parts=True)),
    Route(Choice, "merge", pairs.which, Action.MERGE, wants=wants.among(wants.arg_id)),
    Route(Choice, "mergepage", pairs.which, Action.MERGE, at(Step.MERGE), wants.among(wants.focus)),
    Route(Choice, "mergeto", merging.ask, Action.MERGE, at(Step.MERGE), wants.other_id(parts=True)),
    Route(Choice, "mergeyes", merging.merge, Action.MERGE, at(Step.MERGE), wants.two_ids(parts=True)),
    Route(Command, "link", pairs.link, Action.NOTE, wants=wants.two_refs()),
    Route(Choice, "link", pairs.which, Action.NOTE, wants=wants.among(wants.arg_id)),
    Route(Choice, "linkpage", pairs.which, Action.NOTE, at(Step.LINK), wants.among(wants.focus)),
    Route(Choice, "linkto", pairs.ask, Action.NOTE, at(Step.LINK), wants.other_id()),
    Route(Choice, "linkyes", pairs.link, Action.NOTE, at(Step.LINK), wants.two_ids()),
    # --- What is put away again ---
    Route(Timer, "reading", traces.put_away, Action.DUTY),
    Route(Timer, "file", traces.put_away, Action.DUTY),
    Route(Timer, "words", traces.put_away, Action.DUTY),
    Route(Uncleaned, ANY, reading.uncleaned, Action.READ, wants=wants.case(wants.of_file)),
    # --- Talking to the reporter, and noting ---
    Route(Command, "reply", drafts.command, Action.REPLY, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "reply", drafts.begin, Action.REPLY, wants=wants.case(wants.arg_id, parts=True)),
    Route(Text, ANY, drafts.typed, Action.REPLY, at(Step.REPLY), wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "relay", drafts.send, Action.REPLY, at(Step.REPLY), wants.case(wants.focus, parts=True, team=True)),
    Route(Choice, "rewrite", talk.ask_reply, Action.REPLY, at(Step.REPLY), wants.case(wants.focus)),
    Route(Choice, "discard", drafts.discard, Action.REPLY, at(Step.REPLY), wants.case(wants.focus)),
    Route(Command, "note", talk.note_command, Action.NOTE, wants=wants.case(wants.arg_ref)),
    *of_case("checklist", checklist.show, Action.READ, parts=True),
    Route(Choice, "tick", checklist.tick, Action.NOTE, wants=wants.case(wants.of_line, parts=True)),
    *of_case("answers", ready.offer, Action.REPLY),
    Route(Choice, "answer", ready.choose, Action.REPLY, at(Step.ANSWER), wants.case(wants.focus, parts=True)),
    Route(Choice, "readit", ready.acknowledge, Action.REPLY, wants=wants.case(wants.arg_id, parts=True)),
    *of_case("resend", drafts.resend, Action.REPLY, parts=True, team=True),
    Route(Choice, "note", talk.ask_note, Action.NOTE, wants=wants.case(wants.arg_id)),
    Route(Text, ANY, talk.note_typed, Action.NOTE, at(Step.NOTE), wants.case(wants.focus)),
    # --- In whose hands it is, and who may know of it ---
    *of_case("release", claims.release, Action.RELEASE, parts=True, team=True),
    *of_case("handover", claims.ask_whom, Action.HAND_OVER, team=True),
    Route(Choice, "handto", claims.ask_note, Action.HAND_OVER, at(Step.HAND_OVER), wants.case(wants.focus, team=True)),
    Route(Choice, "handbare", claims.offer, Action.HAND_OVER, at(Step.HAND_OVER), wants.case(wants.focus, team=True)),
    Route(Text, ANY, claims.offer, Action.HAND_OVER, at(Step.HAND_OVER), wants.case(wants.focus, team=True)),
    Route(Choice, "handback", claims.take_back, Action.HAND_OVER, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "handyes", claims.take_over, Action.TAKE_OVER, wants=wants.case(wants.arg_id, team=True)),
    Route(Choice, "handno", claims.decline, Action.TAKE_OVER, wants=wants.case(wants.arg_id, team=True)),
    *of_case("restrict", secrecy.restrict, Action.RESTRICT, team=True),
    *of_case("widen", secrecy.widen, Action.RESTRICT, team=True),
    Route(Command, "notme", secrecy.ask, Action.STEP_BACK, wants=wants.case(wants.arg_ref, parts=True, team=True)),
    Route(Choice, "notme", secrecy.ask, Action.STEP_BACK, wants=wants.case(wants.arg_id)),
    Route(Choice, "notmeyes", secrecy.step_back, Action.STEP_BACK, at(Step.STEP_BACK), HELD_IN_FOCUS),
    Route(Text, ANY, secrecy.step_back, Action.STEP_BACK, at(Step.STEP_BACK), HELD_IN_FOCUS),
    # --- Urgency, closing, keeping ---
    *of_case("level", levels.ask, Action.LEVEL, team=True),
    Route(Choice, "setlevel", levels.chosen, Action.LEVEL, at(Step.LEVEL), wants.case(wants.focus, team=True)),
    Route(Text, ANY, levels.why, Action.LEVEL, at(Step.LEVEL), wants.case(wants.focus, team=True)),
    *(Route(Choice, levels.agreeing(each), levels.agree, Action.AGREE, wants=CASE_AND_TEAM) for each in Level),
    Route(Choice, "keeplevel", levels.keep, Action.AGREE, wants=wants.case(wants.arg_id, team=True)),
    *of_case("close", talk.ask_close, Action.CLOSE),
    Route(Choice, "outcome", talk.close, Action.CLOSE, at(Step.CLOSE), wants.case(wants.focus, parts=True, team=True)),
    *of_case("reopen", talk.reopen, Action.REOPEN, parts=True, team=True),
    *of_case("keep", endings.ask, Action.KEEP, team=True),
    Route(Choice, "keepfor", endings.chosen, Action.KEEP, at(Step.KEEP), wants.case(wants.focus, team=True)),
    Route(Text, ANY, endings.typed, Action.KEEP, at(Step.KEEP), wants.case(wants.focus, team=True)),
    Route(Choice, "letgo", endings.let_go, Action.KEEP, wants=wants.case(wants.arg_id, team=True)),
    # --- Sharing with a partner ---
    *of_case("share", sharing.begin, Action.SHARE, parts=True, team=True),
    *(
        Route(Choice, verb, handler, Action.SHARE, at(Step.SHARE), HELD_IN_FOCUS)
        for verb, handler in (
            ("shareto", sharing.chosen),
            ("sharekeep", sharing.keep),
            ("shareskip", sharing.skip),
            ("sharerest", sharing.rest),
            ("sharetlp", sharing.mark),
            ("shareask", countersign.ask),
        )
    ),
    Route(Text, ANY, sharing.typed, Action.SHARE, at(Step.SHARE), HELD_IN_FOCUS),
    Route(Choice, "shareget", countersign.fetch, Action.SHARE, wants=wants.case(wants.arg_id, parts=True, team=True)),
    Route(
        Choice, "sharelook", countersign.look, Action.COUNTERSIGN, wants=wants.case(wants.arg_id, parts=True, team=True)
    ),
    Route(Choice, "shareyes", countersign.agree, Action.COUNTERSIGN, wants=MARKED),
    Route(Choice, "shareno", countersign.ask_why, Action.COUNTERSIGN, wants=wants.case(wants.arg_id)),
    Route(Choice, "sharebare", countersign.refuse, Action.COUNTERSIGN, at(Step.SHARE_NO), HELD_IN_FOCUS),
    Route(Text, ANY, countersign.refuse, Action.COUNTERSIGN, at(Step.SHARE_NO), HELD_IN_FOCUS),
    # --- Never mind ---
    Route(Choice, "stop", talk.stop, Action.DUTY),
    Route(Command, "cancel", talk.leave, Action.DUTY, LEAVING),
    Route(Command, "cancel", talk.stop, Action.DUTY),
)
