"""What is known of files, of which the bytes lie in the uploads folder, and which of them articles use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, cast, delete, insert, or_, select, update

from crm_store.faq_rows import article_versions, faq_copies, faq_import_rows
from crm_store.rows import articles, files
from desk.errors import NotFound

_AT_ONCE = 20  # files that are looked for in all articles


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    name: str
    media_type: str
    size: int


class Files:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, file: StoredFile, now: datetime, kept_until: datetime | None = None) -> None:
        """`kept_until`: from then on it may go, if no article uses it."""
        self._db.execute(insert(files).values(
            id=file.id, name=file.name, media_type=file.media_type, size=file.size, created_at=now,
            kept_until=kept_until,
        ))

    def get(self, file_id: str) -> StoredFile:
        row = self._db.execute(select(files).where(files.c.id == file_id)).one_or_none()
        if row is None:
            raise NotFound("no such file")
        return StoredFile(row.id, row.name, row.media_type, row.size)

    def list_unused(self, now: datetime) -> list[str]:
        """Files whose time is over and that no article uses, some at a time; those that one uses stay for good."""
        over = select(files.c.id).where(files.c.kept_until <= now).order_by(files.c.kept_until).limit(_AT_ONCE)
        due = list(self._db.scalars(over))
        used = self.used_by_articles(due)
        if used:
            self._db.execute(update(files).where(files.c.id.in_(used)).values(kept_until=None))
        return [file_id for file_id in due if file_id not in used]

    def remove(self, file_ids: Collection[str]) -> None:
        self._db.execute(delete(files).where(files.c.id.in_(file_ids)))

    def used_by_articles(self, file_ids: Sequence[str]) -> set[str]:
        """Those that are pictures of an article (removed ones can come back), an earlier version, a working copy or an
        import under way."""
        found: set[str] = set()
        for start in range(0, len(file_ids), _AT_ONCE):
            some = file_ids[start : start + _AT_ONCE]
            for column in (articles.c.answers, article_versions.c.answers, faq_import_rows.c.answers,
                           faq_copies.c.fields):
                written = cast(column, Text)
                naming = or_(*(written.contains(file_id, autoescape=True) for file_id in some))
                for text in self._db.scalars(select(written).where(naming)):
                    found.update(file_id for file_id in some if file_id in text)
        return found
