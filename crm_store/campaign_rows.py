"""The tables of surveys, campaigns, their recipients and answers, and of consent. Private to crm_store."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata, partial

surveys = Table(
    "surveys", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("state", String(20), nullable=False),
    Column("draft", Json, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("owner_id", String(40)),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

survey_versions = Table(
    "survey_versions", metadata,
    Column("survey_id", ForeignKey("surveys.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", Json, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(40)),
)

campaigns = Table(
    "campaigns", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("trigger", String(30), nullable=False),
    Column("purpose", String(20), nullable=False, server_default="survey"),
    Column("survey_id", ForeignKey("surveys.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("plan", Json, nullable=False),
    Column("owner_id", String(40), nullable=False),
    Column("wave", Integer, nullable=False, server_default="0"),
    Column("planned", Boolean, nullable=False, server_default=false()),
    Column("cursor", String(40), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("next_wave_at", Instant),
)

campaign_lists = Table(  # the uploaded audience
    "campaign_lists", metadata,
    Column("campaign_id", ForeignKey("campaigns.id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
)

recipients = Table(
    "recipients", metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey("campaigns.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("occasion", String(120), nullable=False, server_default=""),
    Column("survey_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("address", String(300)),
    Column("channel", String(20)),
    Column("account", String(120)),  # channel:account, the unit of rate limits
    Column("language", String(10), nullable=False),
    Column("arm", SmallInteger, nullable=False, server_default="0"),
    Column("progress", Json),
    Column("outbound_key", String(420), unique=True),  # of the message that asks; null while it is not made
    Column("conversation_id", String(40)),
    Column("agent_id", String(40)),  # who served, where a conversation or ticket is the occasion
    Column("ticket_id", String(40), nullable=False, server_default=""),  # the complaint that came of a low answer
    Column("is_test", Boolean, nullable=False, server_default=false()),
    Column("due_at", Instant),
    Column("asked_at", Instant),
    Column("touched_at", Instant),
    Column("answered_at", Instant),
    Column("finished_at", Instant),
    Column("reminded_at", Instant),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("campaign_id", "customer_id", "occasion"),
    Index("ix_recipients_campaign_id_stage", "campaign_id", "stage"),
    partial("ix_recipients_due", "campaign_id", "account", "due_at", "id", where="stage = 'waiting'"),
    partial("ix_recipients_talking", "address", where="stage in ('asked', 'answering')"),
)

survey_answers = Table(
    "survey_answers", metadata,
    Column("recipient_id", ForeignKey("recipients.id"), primary_key=True),
    Column("question_id", String(40), primary_key=True),
    Column("campaign_id", String(40), nullable=False),
    Column("survey_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("number", SmallInteger),  # of a scale
    Column("options", Json, nullable=False),  # ids, also "yes" or "no"
    Column("text", Text, nullable=False, server_default=""),  # what was said, word for word
    Column("skipped", Boolean, nullable=False, server_default=false()),
    Column("is_test", Boolean, nullable=False, server_default=false()),
    Column("answered_at", Instant, nullable=False),
    Index("ix_survey_answers_survey_id_question_id", "survey_id", "question_id"),
    Index("ix_survey_answers_campaign_id", "campaign_id"),
)

consents = Table(  # what a customer said about one purpose; no row: nothing yet
    "consents", metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("purpose", String(20), primary_key=True),
    Column("allowed", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)

campaign_rates = Table(  # how many campaign messages a second an account sends, where less than the most is wanted
    "campaign_rates", metadata,
    Column("account", String(120), primary_key=True),
    Column("per_second", Float, nullable=False),
)
