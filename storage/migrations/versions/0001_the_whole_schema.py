"""The whole schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "advisories",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("corrects", sa.String(length=22), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("cursor", sa.LargeBinary(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("advisories_pkey")),
        sa.UniqueConstraint("number", name=op.f("advisories_number_key")),
    )
    op.create_index("advisories_corrects", "advisories", ["corrects"], unique=False)
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("audit_pkey")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("ref", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("purge_on", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("cases_pkey")),
        sa.UniqueConstraint("ref", name=op.f("cases_ref_key")),
    )
    op.create_index(
        "cases_purge",
        "cases",
        ["purge_on"],
        unique=False,
        sqlite_where=sa.text("purge_on IS NOT NULL"),
        postgresql_where=sa.text("purge_on IS NOT NULL"),
    )
    op.create_index(
        "cases_open",
        "cases",
        ["id", "revision"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )

    op.create_table(
        "conversations",
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat", name=op.f("conversations_pkey")),
    )
    op.create_index("conversations_touched", "conversations", ["touched"], unique=False)

    op.create_table(
        "grants",
        sa.Column("object", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("object", "holder", name=op.f("grants_pkey")),
    )
    op.create_index("grants_holder", "grants", ["holder"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("secret", name=op.f("invitations_pkey")),
    )
    op.create_index("invitations_expires", "invitations", ["expires"], unique=False)

    op.create_table(
        "members",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("members_pkey")),
        sa.UniqueConstraint("chat", name=op.f("members_chat_key")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("ref", sa.LargeBinary(), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("slot", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("messages_pkey")),
        sa.UniqueConstraint("ref", name=op.f("messages_ref_key")),
    )
    op.create_index("messages_chat", "messages", ["chat", "slot", "id"], unique=False)

    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("meta_pkey")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("lease_by", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=False),
        sa.Column("advisory", sa.String(length=22), nullable=True),
        sa.Column("bundle", sa.LargeBinary(), nullable=True),
        sa.Column("patient", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
    )
    op.create_index(
        "outbox_advisory",
        "outbox",
        ["advisory"],
        unique=False,
        sqlite_where=sa.text("advisory IS NOT NULL"),
        postgresql_where=sa.text("advisory IS NOT NULL"),
    )
    op.create_index("outbox_chat", "outbox", ["chat", "lane", "priority", "id"], unique=False)
    op.create_index(
        "outbox_hurry",
        "outbox",
        ["lane", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("state = 0 AND patient = 0"),
        postgresql_where=sa.text("state = 0 AND patient = 0"),
    )
    op.create_index(
        "outbox_lease",
        "outbox",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "outbox_ready",
        "outbox",
        ["lane", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )

    op.create_table(
        "subscriptions",
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("secret", name=op.f("subscriptions_pkey")),
    )
    op.create_index("subscriptions_bucket", "subscriptions", ["bucket", "secret"], unique=False)

    op.create_table(
        "bans",
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat", name=op.f("bans_pkey")),
    )
    op.create_table(
        "departures",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("departures_pkey")),
    )
    op.create_table(
        "releases",
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("releases_pkey")),
    )
    op.create_table(
        "statistics",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("statistics_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "advised",
        sa.Column("advisory", sa.String(length=22), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["advisory"], ["advisories.id"], name=op.f("advised_advisory_fkey")),
        sa.PrimaryKeyConstraint("advisory", "chat", name=op.f("advised_pkey")),
    )
    op.create_table(
        "delivered",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("advisory", sa.String(length=22), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["advisory"], ["advisories.id"], name=op.f("delivered_advisory_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("delivered_pkey")),
    )
    op.create_index("delivered_advisory", "delivered", ["advisory", "turn", "id"], unique=False)
    op.create_index("delivered_until", "delivered", ["until"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("urgent", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["chat"], ["conversations.chat"], name=op.f("inbox_chat_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("inbox_pkey")),
        sa.UniqueConstraint("mark", name=op.f("inbox_mark_key")),
    )
    op.create_index(
        "inbox_chat",
        "inbox",
        ["chat", "state", "due", "id"],
        unique=False,
        sqlite_where=sa.text("chat IS NOT NULL"),
        postgresql_where=sa.text("chat IS NOT NULL"),
    )
    op.create_index(
        "inbox_due",
        "inbox",
        ["due", "id", "chat"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "inbox_urgent",
        "inbox",
        ["due", "id"],
        unique=False,
        sqlite_where=sa.text("state = 0 AND urgent = 1"),
        postgresql_where=sa.text("state = 0 AND urgent = 1"),
    )

    op.create_table(
        "parts",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("case_id", sa.String(length=22), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("parts_case_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("parts_pkey")),
    )
    op.create_index("parts_case", "parts", ["case_id", "seq"], unique=False)

    op.create_table(
        "secrets",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.String(length=22), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("secrets_case_id_fkey")),
        sa.PrimaryKeyConstraint("hash", name=op.f("secrets_pkey")),
    )
    op.create_index("secrets_case", "secrets", ["case_id"], unique=False)
    op.bulk_insert(
        sa.table("meta", sa.column("key", sa.String), sa.column("value", sa.LargeBinary)),
        [{"key": "audit", "value": b""}],
    )
    _guard_audit()


def _guard_audit() -> None:
    """A line of the chain is never changed or dropped; only its entry may be emptied."""
    if op.get_bind().dialect.name == "sqlite":
        for name, event in _SQLITE_GUARDS.items():
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, 'the chain stays'); END")
        return
    op.execute(_POSTGRESQL_GUARD)
    op.execute(
        "CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION panah_audit_guard()"
    )


_SQLITE_GUARDS = {
    "audit_no_delete": "DELETE ON audit",
    "audit_no_update": "UPDATE ON audit WHEN NEW.body IS NOT NULL OR NEW.number IS NOT OLD.number "
    "OR NEW.commitment IS NOT OLD.commitment OR NEW.mac IS NOT OLD.mac",
}
_POSTGRESQL_GUARD = """
CREATE FUNCTION panah_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.body IS NULL
        AND (NEW.number, NEW.commitment, NEW.mac) = (OLD.number, OLD.commitment, OLD.mac) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the chain stays';
END $$
"""
