"""What a person mistypes on the command line is said in a sentence, never in a traceback."""

import sys
from pathlib import Path

import pytest

from gateway.cli import main


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("FRONTDESK_HOME", str(tmp_path / "home"))
    # The log would stay bound to this test's captured stream.
    monkeypatch.setattr("gateway.jobs.configure_logging", lambda *_, **__: None)
    return tmp_path


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """What the command says as it refuses."""
    monkeypatch.setattr(sys, "argv", ["frontdesk", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    return capsys.readouterr().err.strip()


def test_an_account_needs_an_email_address(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(monkeypatch, capsys, "agents", "add", "zhou") == "write an e-mail address."


def test_a_file_that_is_too_large_is_refused_with_its_limit(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "huge.csv"
    with file.open("wb") as out:
        out.truncate(21_000_000)
    assert refused(monkeypatch, capsys, "faq", "import", file) == "files may have 20 MB at most."


@pytest.mark.parametrize(("name", "said"), [
    ("nowhere/faq.csv", "cannot be written: No such file or directory."),
    ("faq.pdf", "The file's name must end in .csv, .xlsx, .json, .yaml or .yml."),
])
def test_an_export_that_cannot_be_written_says_why(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    assert refused(monkeypatch, capsys, "faq", "export", home / name).endswith(said)


def test_a_single_fault_of_a_file_is_told_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "empty.csv"
    file.write_text("")
    said = refused(monkeypatch, capsys, "faq", "import", file)
    assert said.splitlines() == [
        "row 1: The first row must name the columns, at least id and question.",
        "Nothing was changed: the file has one fault.",
    ]


def test_a_file_that_is_measured_and_cannot_be_read_is_named_with_its_row(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, queries = home / "articles.csv", home / "queries.csv"
    articles.write_text("id,question,answer,language\n,How?,So.,en\n")
    queries.write_text("query,expected_id\nHow?,a\n")
    said = refused(monkeypatch, capsys, "faq", "eval", "--articles", articles, "--queries", queries)
    assert said == "Row 2: Every row needs the id of its article."
