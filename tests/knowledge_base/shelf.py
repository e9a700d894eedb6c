"""A store of articles in memory that keeps revisions as the database does."""

from collections.abc import Sequence

from desk.errors import DeskError
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language

ZH, TW, EN = Language.ZH_HANS, Language.ZH_HANT, Language.EN


def article(
    identity: str, *questions: str, answers: dict[Language | None, str] | None = None,
    status: ArticleStatus = ArticleStatus.PUBLISHED,
) -> FaqArticle:  # fmt: skip
    phrasings = tuple(Phrasing(question) for question in questions)
    return FaqArticle(identity, phrasings, answers or {None: f"Answer of {identity}."}, status=status)


class Shelf:
    def __init__(self, *articles: FaqArticle) -> None:
        self._articles = {each.id: each for each in articles}
        self._edits: list[str] = [each.id for each in articles]
        self.full_loads = 0
        self.down = False

    def put(self, changed: FaqArticle) -> None:
        self._articles[changed.id] = changed
        self._edits.append(changed.id)

    def delete(self, identity: str) -> None:
        del self._articles[identity]
        self._edits.append(identity)

    async def revision(self) -> int:
        if self.down:
            raise DeskError("the store is away")
        return len(self._edits)

    async def load(self) -> Sequence[FaqArticle]:
        self.full_loads += 1
        return list(self._articles.values())

    async def changed_since(self, revision: int) -> tuple[int, Sequence[FaqArticle], Sequence[str]]:
        edited = dict.fromkeys(self._edits[revision:])
        changed = [self._articles[identity] for identity in edited if identity in self._articles]
        return len(self._edits), changed, [identity for identity in edited if identity not in self._articles]
