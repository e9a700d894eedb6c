"""How accounts prove who they are: second step, one-time links, more about sessions and API tokens."""

import sqlalchemy as sa
from alembic import op

revision = "b7d21f0e9a53"
down_revision = "144cd69a9aab"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_security",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("is_service", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("totp_secret", sa.Text(), server_default="", nullable=False),
        sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("recovery_codes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_account_security_agent_id_agents")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_account_security")),
    )
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_one_time_links_agent_id_agents")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_links")),
    )
    op.create_index(op.f("ix_one_time_links_agent_id"), "one_time_links", ["agent_id"])
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("address", sa.String(length=60), server_default="", nullable=False))
        batch.add_column(sa.Column("browser", sa.String(length=200), server_default="", nullable=False))
    with op.batch_alter_table("api_tokens") as batch:
        batch.add_column(sa.Column("role", sa.String(length=20), server_default="", nullable=False))
        batch.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("api_tokens") as batch:
        for name in ("used_at", "expires_at", "role"):
            batch.drop_column(name)
    with op.batch_alter_table("sessions") as batch:
        for name in ("browser", "address"):
            batch.drop_column(name)
    op.drop_table("one_time_links")
    op.drop_table("account_security")
