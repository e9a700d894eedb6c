"""Articles with history, validity and owner; answers given; gaps with a fate; imports."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "5d0fa9e4c101"
down_revision = "314b94bde27e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("articles") as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("review_by", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("position", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("search_text", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("gaps") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=20), server_default="refused", nullable=False))
        batch_op.add_column(sa.Column("state", sa.String(length=20), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("customer_id", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("article_id", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_gaps_customer_id"), ["customer_id"])
        batch_op.create_index(batch_op.f("ix_gaps_article_id"), ["article_id"])
    op.execute(
        "UPDATE gaps SET customer_id = COALESCE((SELECT customer_id FROM conversations "
        "WHERE conversations.id = gaps.conversation_id), '')"
    )
    _make_history()
    _make_answers()
    _make_imports()
    _fill()


def _make_history() -> None:
    op.create_table(
        "faq_changes",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("agent_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("undone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_faq_changes")),
    )
    op.create_index(op.f("ix_faq_changes_at"), "faq_changes", ["at"])
    op.create_table(
        "article_versions",
        sa.Column("article_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("phrasings", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("article_id", "version", name=op.f("pk_article_versions")),
    )
    op.create_index(op.f("ix_article_versions_revision"), "article_versions", ["revision"])


def _make_answers() -> None:
    op.create_table(
        "faq_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_key", sa.String(length=420), nullable=False),
        sa.Column("article_id", sa.String(length=80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=20), server_default="", nullable=False),
        sa.Column("handed_over", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("rephrased", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_answers")),
        sa.UniqueConstraint("source_key", name=op.f("uq_faq_answers_source_key")),
    )
    for column in ("at", "conversation_id", "customer_id"):
        op.create_index(op.f(f"ix_faq_answers_{column}"), "faq_answers", [column])
    op.create_index("ix_faq_answers_article_at", "faq_answers", ["article_id", "at"])


def _make_imports() -> None:
    op.create_table(
        "faq_imports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("cancel", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_imports")),
    )
    op.create_index(op.f("ix_faq_imports_made_at"), "faq_imports", ["made_at"])


def _fill() -> None:
    """Give the articles there are a place, a text to search in, and the version from which their history begins."""
    db = op.get_bind()
    articles = sa.table(
        "articles", sa.column("id"), sa.column("category"), sa.column("tags", sa.JSON()), sa.column("status"),
        sa.column("phrasings", sa.JSON()), sa.column("answers", sa.JSON()), sa.column("version"),
        sa.column("revision"), sa.column("deleted"), sa.column("position"), sa.column("search_text"),
        sa.column("updated_at"), sa.column("owner"),
    )
    for position, row in enumerate(db.execute(sa.select(articles).order_by(articles.c.id)).all(), start=1):
        texts = [row.id, *(item["text"] for item in row.phrasings), *(item["text"] for item in row.answers)]
        text = "\n".join(texts) + "".join(f"\n#{tag}\n" for tag in row.tags)
        db.execute(
            sa.update(articles).where(articles.c.id == row.id)
            .values(position=position, search_text=unicodedata.normalize("NFKC", text).casefold())
        )
    db.execute(sa.text(
        "INSERT INTO faq_changes (revision, action, articles, at) "
        "SELECT revision, 'imported', COUNT(*), MAX(updated_at) FROM articles GROUP BY revision"
    ))
    db.execute(sa.text(
        "INSERT INTO article_versions (article_id, version, revision, deleted, category, tags, status, phrasings, "
        "answers, owner) SELECT id, version, revision, deleted, category, tags, status, phrasings, answers, owner "
        "FROM articles"
    ))


def downgrade() -> None:
    for table in ("faq_imports", "faq_answers", "article_versions", "faq_changes"):
        op.drop_table(table)
    with op.batch_alter_table("gaps") as batch_op:
        batch_op.drop_index(batch_op.f("ix_gaps_article_id"))
        batch_op.drop_index(batch_op.f("ix_gaps_customer_id"))
        for column in ("told_at", "article_id", "customer_id", "state", "kind"):
            batch_op.drop_column(column)
    with op.batch_alter_table("articles") as batch_op:
        for column in ("search_text", "position", "review_by", "valid_until", "valid_from", "owner"):
            batch_op.drop_column(column)
