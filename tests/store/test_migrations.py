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
