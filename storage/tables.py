"""The tables. Nothing stands here in the clear but counts, padded sizes, case states, purge days and times of what
passes through.

What can be looked up is a blind index (16 bytes, `Keyring.index`); what can be read is sealed and bound to its table,
column, row and revision. No column leads from a person to a case. Levels, roles, languages, names and addresses are
never in the clear, not even as small numbers. What waits to be decided or said bears its urgency until it was.

Times are milliseconds since 1970 (`due`, `lease_until`, `expires`), whole hours (`touched`), or whole days
(`purge_on`). The ids of inbox, outbox and messages hold milliseconds too (`storage.serial`): such rows go within two
days, but for messages of the team that may still be changed, and timers, whose ids name no more than an hour. What
stays for long tells no time: parts are numbered (`seq`), other ids are random.
"""

from enum import IntEnum

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnClause,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    literal_column,
    text,
)

_NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
_ID = String(22)
_SERIAL = BigInteger().with_variant(Integer, "sqlite")  # SQLite's row id, and no second index

metadata = MetaData(naming_convention=_NAMES)


class Waiting(IntEnum):
    """What has become of an inbox row."""

    READY = 0
    ASIDE = 1
    DONE = 2


class Delivery(IntEnum):
    """What has become of an outbox row; a delivered one is deleted. `HELD`: of an advisory that is paused."""

    READY = 0
    LEASED = 1
    ASIDE = 2
    HELD = 3


def literally(state: IntEnum) -> ColumnClause[int]:
    """A state written into the statement: with a bound one, a partial index is not used."""
    return literal_column(str(state.value), Integer)


class Lane(IntEnum):
    """Words to people, and errands for ourselves: a slow download never delays a message."""

    WORDS = 0
    ERRANDS = 1


meta = Table(
    "meta",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""The audit chain's lock (empty); whose the database is (a blind index); sealed: the desk's public key and how far its
last change has come, the team's group, the export that waits, the day of the last restore."""

conversations = Table(
    "conversations",
    metadata,
    Column("chat", LargeBinary, primary_key=True),
    Column("body", LargeBinary),
    Column("revision", Integer, nullable=False),
    Column("touched", Integer, nullable=False),
    Index("conversations_touched", "touched"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=False),
    Column("mark", LargeBinary, nullable=False, unique=True),
    Column("chat", LargeBinary, ForeignKey("conversations.chat")),
    Column("due", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("urgent", SmallInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("body", LargeBinary),
    Index("inbox_due", "due", "id", "chat", sqlite_where=text("state = 0"), postgresql_where=text("state = 0")),
    Index(
        "inbox_urgent",
        "due",
        "id",
        sqlite_where=text("state = 0 AND urgent = 1"),
        postgresql_where=text("state = 0 AND urgent = 1"),
    ),
    Index(
        "inbox_chat",
        "chat",
        "state",
        "due",
        "id",
        sqlite_where=text("chat IS NOT NULL"),
        postgresql_where=text("chat IS NOT NULL"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=False),
    Column("ref", LargeBinary, nullable=False, unique=True),
    Column("chat", LargeBinary, nullable=False),
    Column("slot", LargeBinary),
    Column("body", LargeBinary, nullable=False),
    Index("messages_chat", "chat", "slot", "id"),
)

members = Table(
    "members",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("chat", LargeBinary, nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("secret", LargeBinary, primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("invitations_expires", "expires"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("ref", LargeBinary, nullable=False, unique=True),
    Column("state", String(8), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("purge_on", Integer),
    Index(
        "cases_open",
        "id",
        "revision",
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index(
        "cases_purge",
        "purge_on",
        sqlite_where=text("purge_on IS NOT NULL"),
        postgresql_where=text("purge_on IS NOT NULL"),
    ),
)

parts = Table(
    "parts",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("case_id", _ID, ForeignKey("cases.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("parts_case", "case_id", "seq"),
)

grants = Table(
    "grants",
    metadata,
    Column("object", LargeBinary, primary_key=True),
    Column("holder", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Index("grants_holder", "holder"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("case_id", _ID, ForeignKey("cases.id"), nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Index("secrets_case", "case_id"),
)
"""Tokens and codes by their hash. `proof` ties a hash to its case: a row that was pointed elsewhere is refused."""

bans = Table(
    "bans",
    metadata,
    Column("chat", LargeBinary, primary_key=True),
    Column("until", Integer, nullable=False),
)
"""Chats whose reports are set aside, until a day."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("secret", LargeBinary, primary_key=True),
    Column("bucket", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("subscriptions_bucket", "bucket", "secret"),
)

departures = Table(
    "departures",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""Of those who want no advisories any more, until the desk's key is open and their subscriptions can be found."""

statistics = Table(
    "statistics",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What is counted of cases that are gone (`storage.figures`). Rows lie in the order of their random ids: SQLite would
number them as they come, and so tell which line of the audit chain belongs to which."""

releases = Table(
    "releases",
    metadata,
    Column("quarter", String(6), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""What was said of a quarter (`storage.releases`), never to be changed."""

advisories = Table(
    "advisories",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("number", Integer, unique=True),
    Column("corrects", _ID),
    Column("turn", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("cursor", LargeBinary, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("blocked", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("advisories_corrects", "corrects"),
)
"""`corrects`: the one whose copies this changes; `turn`: its place among all that did."""

advised = Table(
    "advised",
    metadata,
    Column("advisory", _ID, ForeignKey("advisories.id"), primary_key=True),
    Column("chat", LargeBinary, primary_key=True),
)
"""Who has an advisory already, under an index that differs for each advisory; emptied when it is done."""

delivered = Table(
    "delivered",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("advisory", _ID, ForeignKey("advisories.id"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("delivered_advisory", "advisory", "turn", "id"),
    Index("delivered_until", "until"),
)
"""Which messages of an advisory stand in whose chat, until that hour; sealed to the desk (`storage.recall`). `turn`: of
the last correction that has looked at it."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=False),
    Column("lane", SmallInteger, nullable=False),
    Column("chat", LargeBinary),
    Column("priority", SmallInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("lease_until", BigInteger),
    Column("lease_by", String(64)),
    Column("attempts", SmallInteger, nullable=False),
    Column("pages", SmallInteger, nullable=False),
    Column("advisory", _ID),
    Column("bundle", LargeBinary),
    Column("patient", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(
        "outbox_ready",
        "lane",
        "priority",
        "id",
        sqlite_where=text("state = 0"),
        postgresql_where=text("state = 0"),
    ),
    Index(
        "outbox_hurry",
        "lane",
        "priority",
        "id",
        sqlite_where=text("state = 0 AND patient = 0"),
        postgresql_where=text("state = 0 AND patient = 0"),
    ),
    Index("outbox_chat", "chat", "lane", "priority", "id"),
    Index("outbox_lease", "lease_until", sqlite_where=text("state = 1"), postgresql_where=text("state = 1")),
    Index(
        "outbox_advisory",
        "advisory",
        sqlite_where=text("advisory IS NOT NULL"),
        postgresql_where=text("advisory IS NOT NULL"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("number", _SERIAL, primary_key=True, autoincrement=False),
    Column("body", LargeBinary),
    Column("commitment", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
