"""Which screens the gallery shows, and how one comes to each. The same for every language."""

from typing import NamedTuple

REPORTER, HURRIED, DESK, ADMIN, SECOND = "reporter", "hurried", "desk", "admin", "second"
"""Who holds the phone: somebody with time, somebody in danger now, a responder, and two admins."""


class Press(NamedTuple):
    """The newest button of this verb (and arg)."""

    verb: str
    arg: str = ""


class Say(NamedTuple):
    """Words typed, the same in every language."""

    text: str


class Shot(NamedTuple):
    """One deed, and the name of the picture that is taken after it; without a name none is taken."""

    who: str
    deed: Press | Say | None
    name: str = ""


CHOSEN, CASE = "{language}", "{case}"
"""Stand in a deed for the language of the pictures, and for the newest reference on the phone."""
TRACES = "+998 90 123 45 67, someone@example.org"
"""Words that are read alike everywhere, and hold what their writer is warned of."""


OFFICE = (
    *(Shot(who, Say("/language")) for who in (ADMIN, SECOND)),
    *(Shot(who, Press("lang", CHOSEN)) for who in (ADMIN, SECOND)),
    Shot(ADMIN, Say("/help"), "office-help"),
    Shot(ADMIN, Press("topic"), "office-topic"),
    Shot(ADMIN, Press("topic", "office"), "office-commands"),
    Shot(ADMIN, Say("/roster")),
    Shot(ADMIN, Press("rzone", "Asia/Tashkent"), "office-roster"),
    Shot(ADMIN, Say("/team"), "office-team"),
    Shot(ADMIN, Press("member"), "office-member"),
    Shot(ADMIN, Say("/invite responder Falcon TJ ru 48h"), "office-invited"),
    Shot(ADMIN, Say("/invite"), "office-invitations"),
    Shot(ADMIN, Say("/advise"), "office-advise"),
    Shot(ADMIN, Press("advlang", CHOSEN)),
    Shot(ADMIN, Say("2026-11-23!"), "office-written"),
    Shot(ADMIN, Press("advfor"), "office-audience"),
    Shot(ADMIN, Press("advise")),
    Shot(ADMIN, Press("preview"), "office-preview"),
    Shot(ADMIN, Press("advwhen", "tomorrow"), "office-tomorrow"),
    Shot(ADMIN, Press("advsend"), "office-asked"),
    Shot(SECOND, None, "office-question"),
    Shot(SECOND, Press("advyes"), "office-planned"),
    Shot(ADMIN, Press("advdrop"), "office-ended"),
    Shot(ADMIN, Say("/stats"), "office-figures"),
    Shot(ADMIN, Say("/audit"), "office-audit"),
    Shot(ADMIN, Press("auditday"), "office-audit-day"),
    Shot(ADMIN, Say("/desk"), "office-group"),
    Shot(ADMIN, Say("/requests"), "office-requests"),
)
"""What admins see, while one report is being worked on."""
SHARING = (
    Shot(DESK, Say(f"/share {CASE}"), "share-whom"),
    Shot(DESK, Press("shareto"), "share-piece"),
    Shot(DESK, Press("sharekeep"), "share-summary"),
    Shot(DESK, Press("shareskip"), "share-preview"),
    Shot(DESK, Press("sharetlp", "RED")),
    Shot(DESK, Press("shareask"), "share-asked"),
    Shot(SECOND, None, "share-asks"),
    Shot(SECOND, Press("sharelook"), "share-look"),
    Shot(SECOND, Press("shareyes")),
    Shot(DESK, None, "share-ready"),
    Shot(DESK, Press("shareget"), "share-done"),
)
"""A report on its way to a partner, from the first question to the file."""


def _skipped(*questions: str) -> tuple[Shot, ...]:
    """The screens that follow when each is skipped."""
    return tuple(Shot(REPORTER, Press("skip"), f"question-{question}") for question in questions)


SHOTS = (
    Shot(REPORTER, None, "before-start"),
    Shot(REPORTER, Say("/start"), "picker"),
    Shot(REPORTER, Press("lang", CHOSEN), "consent"),
    Shot(REPORTER, Press("privacy"), "privacy-card"),
    Shot(REPORTER, Press("agree"), "danger-gate"),
    Shot(REPORTER, Press("a", "not_now"), "question-category"),
    Shot(REPORTER, Press("a", "threat"), "question-threat"),
    Shot(REPORTER, Press("a", "death")),
    Shot(REPORTER, Press("a", "relatives"), "several-chosen"),
    Shot(REPORTER, Press("done"), "question-threat_by"),
    *_skipped("named", "when", "origin", "host"),
    Shot(REPORTER, Say("qqqq"), "country-unknown"),
    Shot(REPORTER, Press("a", "PL"), "question-about"),
    Shot(REPORTER, Press("a", "relative"), "question-agreed"),
    Shot(REPORTER, Press("a", "yes"), "question-safe"),
    *_skipped("address", "worse", "also", "group", "help", "community", "reply_here"),
    Shot(REPORTER, Press("a", "yes"), "question-share"),
    Shot(REPORTER, Press("a", "yes"), "question-statistics"),
    *_skipped("words"),
    Shot(REPORTER, Say(TRACES), "words-warning"),
    Shot(REPORTER, Press("cancel"), "cancel-question"),
    Shot(REPORTER, Press("stay")),
    Shot(REPORTER, Press("done"), "review"),
    Shot(REPORTER, Press("change"), "change"),
    Shot(REPORTER, Press("review")),
    Shot(REPORTER, Press("send"), "receipt"),
    Shot(DESK, Say("/language")),
    Shot(DESK, Press("lang", CHOSEN), "desk-start"),
    Shot(DESK, Say("/queue"), "desk-queue"),
    Shot(DESK, Press("claim"), "desk-claimed"),
    Shot(REPORTER, None, "told-claimed"),
    Shot(DESK, Press("open"), "desk-case"),
    Shot(DESK, Press("reply"), "desk-reply"),
    Shot(DESK, Say("2026-11-23?"), "desk-draft"),
    Shot(DESK, Press("relay"), "desk-replied"),
    Shot(REPORTER, None, "answer"),
    Shot(REPORTER, Press("status"), "status"),
    Shot(REPORTER, Press("consents"), "consents"),
    Shot(REPORTER, Press("consent", "statistics"), "consent-statistics"),
    Shot(REPORTER, Press("allow"), "consent-given"),
    Shot(REPORTER, Say("/subscribe"), "subscription"),
    *(Shot(REPORTER, Press("skip")) for _ in range(3)),
    *OFFICE,
    *SHARING,
    Shot(REPORTER, Press("add"), "add"),
    Shot(REPORTER, Say("2026-11-22"), "added"),
    Shot(REPORTER, Press("finish"), "menu"),
    Shot(REPORTER, Press("tips"), "advice-topics"),
    Shot(REPORTER, Press("tips", "hack"), "advice"),
    Shot(REPORTER, Press("code"), "code-question"),
    Shot(REPORTER, Say("qqqq"), "refusal-code"),
    Shot(REPORTER, Press("home")),
    Shot(REPORTER, Press("safe"), "safe-word"),
    Shot(REPORTER, Press("home")),
    Shot(REPORTER, Say("qqqq"), "words-unasked"),
    Shot(REPORTER, Press("drop")),
    Shot(REPORTER, Press("tidy"), "clean-chat"),
    Shot(REPORTER, Say("/nonsense"), "refusal-command"),
    Shot(REPORTER, Press("clear"), "cleared"),
    Shot(DESK, Press("close"), "desk-close"),
    Shot(DESK, Press("outcome", "helped"), "desk-closed"),
    Shot(REPORTER, None, "told-closed"),
    Shot(REPORTER, Press("erase"), "erase-question"),
    Shot(REPORTER, Press("erased"), "erased"),
    Shot(HURRIED, Say("/start")),
    Shot(HURRIED, Press("lang", CHOSEN)),
    Shot(HURRIED, Press("agree")),
    Shot(HURRIED, Press("a", "now"), "danger-advice"),
    Shot(HURRIED, Say("2026-11-23"), "danger-ready"),
    Shot(HURRIED, Press("send"), "danger-receipt"),
    Shot(HURRIED, Press("complete"), "danger-complete"),
    Shot(HURRIED, Say("/x"), "exit"),
    Shot(HURRIED, Say("/start"), "exit-start"),
)
