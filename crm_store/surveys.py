"""Surveys: the draft that is edited, and the versions that were published."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from campaigns.survey_json import survey_from_json, survey_to_json
from campaigns.surveys import StoredSurvey, Survey, SurveyState
from crm_store.campaign_rows import survey_versions, surveys
from desk.errors import Conflict, NotFound


class Surveys:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._contents: dict[tuple[str, int], Survey] = {}

    def add(self, name: str, draft: Survey, owner_id: str | None, now: datetime) -> StoredSurvey:
        made = StoredSurvey(uuid4().hex, name, SurveyState.DRAFT, draft, 0, owner_id, now, now)
        self._db.execute(insert(surveys).values(
            id=made.id, name=name, state=made.state, draft=survey_to_json(draft), version=0, owner_id=owner_id,
            created_at=now, updated_at=now,
        ))
        return made

    def get(self, survey_id: str) -> StoredSurvey:
        row = self._db.execute(select(surveys).where(surveys.c.id == survey_id).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("no such survey")
        return _survey(row)

    def list_page(self, before: str = "", limit: int = 50, *, archived: bool = False) -> list[StoredSurvey]:
        """Changed last first; `before` is the id of the last survey of the page before."""
        query = select(surveys)
        if not archived:
            query = query.where(surveys.c.state != SurveyState.ARCHIVED)
        if before:
            last = self.get(before)
            later = surveys.c.updated_at < last.updated_at
            query = query.where(later | ((surveys.c.updated_at == last.updated_at) & (surveys.c.id > last.id)))
        rows = self._db.execute(query.order_by(surveys.c.updated_at.desc(), surveys.c.id).limit(limit))
        return [_survey(row) for row in rows]

    def content(self, survey_id: str, version: int) -> Survey:
        """What one published version asks; version 0 is the draft. Raises NotFound."""
        known = self._contents.get((survey_id, version))
        if known is None:
            known = self._load(survey_id, version)
            self._contents[survey_id, version] = known
        return known

    def edit(self, survey_id: str, name: str, draft: Survey, seen_at: datetime | None, now: datetime) -> StoredSurvey:
        """Change the draft. Raises Conflict when it was changed after `seen_at`, the change that the editor saw."""
        stored = self.get(survey_id)
        if seen_at is not None and stored.updated_at != seen_at:
            raise Conflict("somebody else changed this survey meanwhile")
        self._db.execute(update(surveys).where(surveys.c.id == survey_id).values(
            name=name, draft=survey_to_json(draft), updated_at=now,
        ))
        self._contents.pop((survey_id, 0), None)
        return self.get(survey_id)

    def publish(self, survey_id: str, by: str | None, now: datetime) -> StoredSurvey:
        """The draft as the next version; the same content again makes none."""
        stored = self.get(survey_id)
        if stored.version and self.content(survey_id, stored.version) == stored.draft:
            return stored
        version = stored.version + 1
        self._db.execute(insert(survey_versions).values(
            survey_id=survey_id, version=version, content=survey_to_json(stored.draft), published_at=now,
            published_by=by,
        ))
        self._db.execute(update(surveys).where(surveys.c.id == survey_id).values(
            version=version, state=SurveyState.PUBLISHED, updated_at=now,
        ))
        return self.get(survey_id)

    def set_state(self, survey_id: str, state: SurveyState, now: datetime) -> StoredSurvey:
        self._db.execute(update(surveys).where(surveys.c.id == survey_id).values(state=state, updated_at=now))
        return self.get(survey_id)

    def names(self) -> dict[str, str]:
        return {row.id: row.name for row in self._db.execute(select(surveys.c.id, surveys.c.name))}

    def _load(self, survey_id: str, version: int) -> Survey:
        if version == 0:
            return self.get(survey_id).draft
        content = self._db.scalar(select(survey_versions.c.content).where(
            survey_versions.c.survey_id == survey_id, survey_versions.c.version == version,
        ))
        if content is None:
            raise NotFound("this survey has no such version")
        return survey_from_json(content)


def _survey(row: Row[Any]) -> StoredSurvey:
    return StoredSurvey(
        row.id, row.name, SurveyState(row.state), survey_from_json(row.draft), row.version, row.owner_id,
        row.created_at, row.updated_at,
    )
