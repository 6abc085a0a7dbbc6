"""An admin: inviting and approving, the team, the audit, figures, exports, bans, the group, panic, advisories."""

from handlers import wants
from handlers.desk import bans, exports, group, second
from handlers.measures import Measure
from handlers.model import Choice, Command, InGroup, Step, Text, Timer
from handlers.office import (
    advisories,
    approvals,
    audience,
    audit,
    broadcast,
    corrections,
    figures,
    invitations,
    measures,
    panic,
    people,
    progress,
    team,
)
from handlers.permissions import Action
from handlers.routes.route import ANY, Route, at, both, of_case

WRITING = at(Step.ADVISE, Step.PREVIEW, Step.REFUSE, Step.INVITE, Step.PANIC, Step.EXPORT)

ROUTES: tuple[Route, ...] = (
    # --- The team ---
    *both("invite", invitations.invite, Action.INVITE, wants.invitations),
    *(
        Route(Choice, verb, handler, Action.INVITE, at(Step.INVITE), wants.invitations)
        for verb, handler in (
            (invitations.LANGUAGES, invitations.choose_language),
            (invitations.COUNTRIES, invitations.choose_country),
            (invitations.LIFE, invitations.choose_life),
        )
    ),
    Route(Text, ANY, invitations.name_country, Action.INVITE, at(Step.INVITE), wants.invitations),
    Route(Choice, "uninvite", invitations.withdraw, Action.INVITE, wants=wants.invitations),
    Route(Choice, "approve", people.approve, Action.APPROVE, wants=wants.team),
    Route(Choice, "refuse", people.refuse, Action.APPROVE, wants=wants.team),
    *both("team", team.team, Action.TEAM, wants.queue),
    Route(Choice, "member", team.member, Action.TEAM, wants=wants.queue),
    *(Route(Choice, measure, measures.ask, Action.MANAGE, wants=wants.team) for measure in Measure),
    Route(Choice, "suspend.yes", measures.suspend, Action.MANAGE, wants=wants.absent),
    Route(Choice, "reinstate.yes", measures.reinstate, Action.MANAGE, wants=wants.team),
    Route(Choice, "promote.yes", measures.change_role, Action.MANAGE, wants=wants.team),
    Route(Choice, "demote.yes", measures.change_role, Action.MANAGE, wants=wants.team),
    Route(Choice, "readmit.yes", measures.readmit, Action.MANAGE, wants=wants.departed),
    Route(Choice, "revoke.yes", measures.revoke, Action.MANAGE, wants=wants.departed),
    Route(Timer, measures.PROGRESS, measures.progress, Action.TEAM),
    # --- What was done, and figures ---
    *both("audit", audit.show, Action.AUDIT, audit.wanted),
    Route(Choice, "auditwho", audit.choose_member, Action.AUDIT, wants=audit.wanted),
    Route(Choice, "auditwhat", audit.choose_action, Action.AUDIT, wants=audit.wanted),
    Route(Choice, "auditday", audit.choose_day, Action.AUDIT, wants=audit.wanted),
    Route(Choice, "auditcase", audit.show, Action.AUDIT, wants=audit.wanted),
    *both("stats", figures.show, Action.FIGURES, figures.wanted),
    Route(Timer, "witness", people.witness, Action.TEAM),
    # --- Exports ---
    *both("export", exports.begin, Action.EXPORT, exports.waiting),
    Route(Choice, "expto", exports.ask_what, Action.EXPORT),
    Route(Choice, "expwhat", exports.ask_when, Action.EXPORT),
    Route(Choice, "expshow", exports.show, Action.EXPORT, wants=exports.wanted),
    Route(Text, ANY, exports.show, Action.EXPORT, at(Step.EXPORT), exports.wanted),
    Route(Choice, "expask", second.ask, Action.EXPORT, wants=exports.wanted),
    Route(Choice, "explook", second.look, Action.EXPORT, wants=exports.wanted),
    Route(Choice, "expyes", second.agree, Action.EXPORT, wants=exports.wanted),
    Route(Choice, "expno", second.refuse, Action.EXPORT, wants=exports.waiting),
    Route(Choice, "expget", second.fetch, Action.EXPORT, wants=exports.wanted),
    # --- Bans, and the team's group ---
    *of_case("ban", bans.ask, Action.BAN, parts=True, team=True),
    Route(Choice, "ban.yes", bans.ban, Action.BAN, wants=wants.case(wants.arg_id, parts=True, team=True)),
    *of_case("unban", bans.unban, Action.BAN, parts=True, team=True),
    *both("desk", group.show, Action.BOARD),
    Route(InGroup, "desk", group.asked, Action.BOARD),
    Route(Choice, "boardyes", group.agreed, Action.BOARD, at(Step.BOARD), wants.queue),
    Route(Choice, "boardend", group.ended, Action.BOARD),
    # --- The end of all keys ---
    Route(Command, "panic", panic.ask, Action.PANIC),
    Route(Text, ANY, panic.typed, Action.PANIC, at(Step.PANIC)),
    # --- Advisories ---
    *both("advise", advisories.begin, Action.ADVISE, wants.advisory_written),
    Route(Choice, "advfor", audience.choose_part, Action.ADVISE),
    Route(Choice, "advpick", audience.pick, Action.ADVISE, at(Step.ADVISE)),
    Route(Choice, "advlang", advisories.choose_language, Action.ADVISE, wants=wants.advisory_written),
    Route(Text, ANY, advisories.write, Action.ADVISE, at(Step.ADVISE), wants.advisory_written),
    Route(Text, ANY, advisories.type_time, Action.ADVISE, at(Step.PREVIEW), wants.advisory_written),
    Route(Choice, "preview", advisories.preview, Action.ADVISE, at(Step.ADVISE), wants.advisory_written),
    Route(Choice, "advwhen", advisories.choose_time, Action.ADVISE, at(Step.PREVIEW), wants.advisory_written),
    Route(Choice, "advrest", corrections.choose_rest, Action.ADVISE, at(Step.PREVIEW), wants.advisory_written),
    Route(Choice, "advsend", approvals.ask, Action.ADVISE, at(Step.PREVIEW), wants.advisory_written),
    Route(Choice, "advyes", approvals.approve, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advno", approvals.ask_reason, Action.ADVISE, wants=wants.advisory),
    Route(Text, ANY, approvals.refuse, Action.ADVISE, at(Step.REFUSE), wants.advisory_in_focus),
    Route(Choice, "advedit", approvals.change, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advlist", progress.listing, Action.ADVISE, wants=wants.advisories),
    Route(Choice, "advshow", progress.show, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advhold", broadcast.hold, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advgo", broadcast.go_on, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advstop", broadcast.ask_stop, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advback", broadcast.ask_recall, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advwipe", broadcast.recall, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advfix", corrections.begin, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advdrop", broadcast.drop, Action.ADVISE, wants=wants.advisory),
    Route(Choice, "advend", broadcast.end, Action.ADVISE, wants=wants.advisory),
)
