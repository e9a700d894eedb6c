"""The schema's migrations, on both engines."""

from crm_store import schema
from crm_store.database import Database


def test_the_schema_goes_up_matches_the_tables_goes_down_and_up_again(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        schema.upgrade(database)
        schema.check(database)
        with database.engine.begin() as connection:
            assert schema.is_current(connection)
        schema.downgrade(database, "base")
        with database.engine.begin() as connection:
            assert not schema.is_current(connection)
        schema.upgrade(database)
        schema.check(database)
    finally:
        database.close()


def test_conversations_of_before_get_the_topics_that_can_be_told(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        schema.upgrade(database, "2b9d5e7730c4")
        with database.engine.begin() as connection:
            for statement in _BEFORE_TOPICS:
                connection.exec_driver_sql(statement)
        schema.upgrade(database)
        with database.engine.begin() as connection:
            found = connection.exec_driver_sql("SELECT conversation_id, topic FROM conversation_topics").all()
        assert {tuple(row) for row in found} == {
            ("k1", "faq:booking"), ("k1", "complaint"), ("k1", "ticket:noise"), ("k2", "faq:booking"),
        }
    finally:
        database.close()


_NOW = "'2026-11-01 00:00:00'"
_TALK = ("INSERT INTO conversations (id, customer_id, address, channel, holder, language, opened_at, last_message_at) "
         f"VALUES ('{{0}}', 'c', 'a:{{0}}', 'wechat', 'nobody', 'en', {_NOW}, {_NOW})")
_ANSWER = ("INSERT INTO faq_answers (source_key, article_id, question, language, score, conversation_id, customer_id, "
           f"channel, at) VALUES ('{{0}}', '{{1}}', 'q', 'en', 1, '{{2}}', 'c', 'wechat', {_NOW})")
_ARTICLE = ("INSERT INTO articles (id, category, tags, status, phrasings, answers, version, revision, updated_at) "
            f"VALUES ('{{0}}', '{{1}}', '[]', 'published', '[]', '{{{{}}}}', 1, 1, {_NOW})")
_BEFORE_TOPICS = (
    f"INSERT INTO customers (id, created_at) VALUES ('c', {_NOW})",
    *(_TALK.format(talk) for talk in ("k1", "k2", "k3")),
    _ARTICLE.format("how", "booking"), _ARTICLE.format("odd", ""),
    _ANSWER.format("1", "how", "k1"), _ANSWER.format("2", "how", "k1"), _ANSWER.format("3", "how", "k2"),
    _ANSWER.format("4", "odd", "k3"),
    "INSERT INTO tickets (id, number, kind, status, customer_id, conversation_id, subject, detail, created_at, "
    f"updated_at, category_id) VALUES ('t', 'T-1', 'complaint', 'open', 'c', 'k1', 's', 'd', {_NOW}, {_NOW}, 'noise')",
)
