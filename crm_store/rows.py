"""The tables of the CRM. Private to crm_store: others meet values of the desk, never rows."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    false,
    text,
    true,
)

from crm_store.columns import Instant, Personal

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite counts rows only in INTEGER primary keys.
RowId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON()

def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, postgresql_where=condition, sqlite_where=condition)

customers = Table(
    "customers", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Personal, nullable=False, server_default=""),
    Column("language", String(10)),
    Column("tier", String(40), nullable=False, server_default=""),
    Column("points", Integer, nullable=False, server_default="0"),
    Column("time_zone", String(60), nullable=False, server_default=""),  # IANA; empty: as the business
    Column("phone", Personal, nullable=False, server_default=""),
    Column("email", Personal, nullable=False, server_default=""),
    Column("consent", Boolean, nullable=False, server_default=true()),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
)

identities = Table(
    "identities", metadata,
    Column("address", String(300), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("person", String(200), nullable=False, index=True),
    Column("display_name", Personal, nullable=False, server_default=""),
    Column("reachable", Boolean, nullable=False, server_default=true()),
    Column("last_seen_at", Instant, nullable=False),
)

consent_log = Table(
    "consent_log", metadata,
    Column("id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("allowed", Boolean, nullable=False),
    Column("purpose", String(20), nullable=False, server_default=""),  # empty: everything unasked
    Column("words", Text, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("source_key", String(400), unique=True),
)

orders = Table(
    "orders", metadata,
    Column("number", String(60), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("title", String(300), nullable=False),
    Column("title_en", String(300), nullable=False, server_default=""),
    Column("status", String(30), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("starts_on", String(10), nullable=False, server_default=""),
    Column("ends_on", String(10), nullable=False, server_default=""),
)

conversations = Table(
    "conversations", metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("address", String(300), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("holder", String(10), nullable=False),
    Column("agent_id", String(40)),
    Column("language", String(10), nullable=False),
    Column("handoff_reason", String(20)),
    Column("handoff_note", Text, nullable=False, server_default=""),
    Column("queued_at", Instant),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("last_message_at", Instant, nullable=False),
    Column("last_text", String(200), nullable=False, server_default=""),
    Column("unread", Integer, nullable=False, server_default="0"),
    Column("priority", SmallInteger, nullable=False, server_default="0"),
    Column("team_id", String(40)),
    Column("topic", String(40), nullable=False, server_default=""),
    Column("misses", SmallInteger, nullable=False, server_default="0"),
    Column("unanswered_since", Instant),
    Column("acknowledged_at", Instant),
    # One open conversation per address, whatever runs at the same time.
    partial("uq_conversations_open_address", "address", where="holder <> 'nobody'", unique=True),
    Index("ix_conversations_holder_last", "holder", "last_message_at"),
    partial("ix_conversations_agent_last", "agent_id", "last_message_at", where="holder = 'agent'"),
    partial("ix_conversations_waiting", "priority", "queued_at", where="holder = 'queue'"),
    partial("ix_conversations_open_last", "last_message_at", where="holder <> 'nobody'"),
    partial("ix_conversations_unanswered", "unanswered_since", where="unanswered_since is not null"),
    # For the reports.
    Index("ix_conversations_opened", "opened_at", "channel", "language", "holder", "id"),
    partial("ix_conversations_closed_at", "closed_at", where="closed_at is not null"),
    Index("ix_conversations_address_opened_at", "address", "opened_at"),
)

messages = Table(
    "messages", metadata,
    Column("id", RowId, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("author", String(10), nullable=False),
    Column("agent_id", String(40)),
    Column("text", Text, nullable=False),
    Column("buttons", Json, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("edited", Boolean, nullable=False, server_default=false()),
    Column("source_key", String(400), unique=True),  # inbound key, or the console's own key: a repeat adds nothing
    Column("created_at", Instant, nullable=False),
)

tickets = Table(
    "tickets", metadata,
    Column("id", String(40), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("conversation_id", String(40), nullable=False, index=True),
    Column("subject", String(300), nullable=False),
    Column("detail", Text, nullable=False),
    Column("order_number", String(60), nullable=False, server_default=""),
    Column("wished_remedy", Text, nullable=False, server_default=""),
    Column("contact", Personal, nullable=False, server_default=""),
    Column("promised_by", Instant),
    Column("owner_id", String(40)),
    Column("source_key", String(420), unique=True),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("step", String(20)),  # of a complaint
    Column("priority", SmallInteger, nullable=False, server_default="1"),
    Column("category_id", String(40), index=True),
    Column("cause_id", String(40), index=True),
    Column("due_at", Instant),
    Column("first_response_at", Instant),
    Column("resolved_at", Instant),
    Column("closed_at", Instant),
    Column("reopened", SmallInteger, nullable=False, server_default="0"),
    Column("merged_into", String(40)),
    Index("ix_tickets_status_created", "status", "created_at"),
    Index("ix_tickets_created_at", "created_at"),  # this and the next: for the reports
    partial("ix_tickets_resolved_at", "resolved_at", where="resolved_at is not null"),
)

ratings = Table(
    "ratings", metadata,
    Column("id", RowId, primary_key=True),
    Column("conversation_id", String(40), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("address", String(300), nullable=False, index=True),
    Column("agent_id", String(40)),
    Column("state", String(10), nullable=False),
    Column("score", SmallInteger),
    Column("comment", Text, nullable=False, server_default=""),
    Column("reminded", Boolean, nullable=False, server_default=false()),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    partial("ix_ratings_answered_at", "answered_at", where="answered_at is not null"),
)

gaps = Table(
    "gaps", metadata,
    Column("id", RowId, primary_key=True),
    Column("question", Text, nullable=False),
    Column("language", String(10), nullable=False),
    Column("conversation_id", String(40), nullable=False, index=True),
    Column("best_article", String(80), nullable=False, server_default=""),
    Column("best_score", Float, nullable=False, server_default="0"),
    Column("source_key", String(420), unique=True),
    Column("created_at", Instant, nullable=False, index=True),
    Column("kind", String(20), nullable=False, server_default="refused"),
    Column("state", String(20), nullable=False, server_default="open"),
    Column("customer_id", String(40), nullable=False, server_default="", index=True),
    Column("article_id", String(80), nullable=False, server_default="", index=True),  # the draft that is to answer it
    Column("told_at", Instant),  # when the customer got the answer after all
)

articles = Table(
    "articles", metadata,
    Column("id", String(80), primary_key=True),
    Column("category", String(120), nullable=False, server_default=""),
    Column("tags", Json, nullable=False),
    Column("status", String(20), nullable=False),
    Column("phrasings", Json, nullable=False),
    Column("answers", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),  # the FAQ's revision at this article's last change
    Column("deleted", Boolean, nullable=False, server_default=false()),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("updated_at", Instant, nullable=False),
    Column("owner", String(200), nullable=False, server_default=""),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("review_by", Date),
    Column("position", BigInteger, nullable=False, server_default="0"),  # articles stand in the order they came in
    Column("search_text", Text, nullable=False, server_default=""),  # what the editor's own search looks at
)

counters = Table(
    "counters", metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

agents = Table(
    "agents", metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(200), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("locale", String(10), nullable=False, server_default="zh-Hans"),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("seen_at", Instant),
    Column("created_at", Instant, nullable=False),
)

sessions = Table(
    "sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", ForeignKey("agents.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("address", String(60), nullable=False, server_default=""),
    Column("browser", String(200), nullable=False, server_default=""),
)

api_tokens = Table(
    "api_tokens", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", ForeignKey("agents.id"), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False, server_default=""),  # at most this role; empty: the account's
    Column("expires_at", Instant),
    Column("used_at", Instant),
    Column("created_at", Instant, nullable=False),
)

sign_in_failures = Table(
    "sign_in_failures", metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", String(200), nullable=False, index=True),
    Column("at", Instant, nullable=False),
)

events = Table(
    "events", metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("conversation_id", String(40)),
    Column("ticket_id", String(40)),
    Column("at", Instant, nullable=False),
)

files = Table(
    "files", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("kept_until", Instant, index=True),  # then it goes, unless an article uses it; NULL: it stays
)
