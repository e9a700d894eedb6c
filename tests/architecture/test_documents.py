"""What the documents promise and the code must keep: every setting is explained, every link leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from wiring.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
READ_BY_RASA = {
    name
    for file in (ROOT / "endpoints.yml", *ROOT.glob("bot/rasa_parts/*.py"))
    for name in re.findall(rf"{PREFIX}[A-Z_]+", file.read_text(encoding="utf-8"))
}


def settings_of_ours() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        section = next((kind for kind in get_args(field.annotation) if _is_section(kind)), None)
        inner = [f"{name}__{key}" for key in section.model_fields] if section else [name]
        yield from (f"{PREFIX}{key}".upper() for key in inner)


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def explained() -> set[str]:
    """Names that have a row of their own in a table of docs/settings.md."""
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return {name for cell in rows for name in re.findall(rf"`({PREFIX}\w+)`", cell)}


def test_every_setting_is_explained() -> None:
    missing = {*settings_of_ours(), *READ_BY_RASA} - explained()
    assert not missing


def test_the_page_explains_no_setting_that_does_not_exist() -> None:
    invented = explained() - {*settings_of_ours(), *READ_BY_RASA}
    assert not invented


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    broken = [target for target in targets if target and not (document.parent / target).exists()]
    assert not broken
