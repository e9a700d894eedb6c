"""What search learns from the whole base: when, by whom, and what goes on meanwhile."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from desk.faq import Verdict
from knowledge_base import lessons, teaching
from knowledge_base.embedding import BundledEncoder
from knowledge_base.service import LiveFaq
from tests.knowledge_base.shelf import Shelf, article

_THINGS = ("parcel", "invoice", "password", "refund", "account", "parking", "breakfast", "room", "ticket", "coupon",
           "card", "address")  # fmt: skip
_WISHES = ("change", "lose", "find", "share", "cancel")


def base() -> Shelf:
    """Sixty articles with three phrasings each: enough to be learned from by a process of its own."""
    return Shelf(*(
        article(f"{wish}-{thing}", f"How do I {wish} my {thing}?", f"I want to {wish} a {thing}",
                f"What if I {wish} the {thing}")
        for thing in _THINGS for wish in _WISHES
    ))  # fmt: skip


async def started(shelf: Shelf, encoder: BundledEncoder, folder: Path) -> LiveFaq:
    faq = LiveFaq(shelf, encoder, vectors=folder)
    await faq.refresh()
    await faq.settled()
    return faq


def count(logs: list[dict[str, object]], event: str) -> int:
    return sum(each["event"] == event for each in logs)


async def score(faq: LiveFaq, text: str) -> tuple[str, float]:
    first = (await faq.search(text)).matches[0]
    return first.article_id, first.score


async def test_edits_soon_after_each_other_are_live_at_once_and_learned_from_together(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(teaching, "QUIET", 1.5)
    shelf = base()
    faq = await started(shelf, encoder, tmp_path)
    with capture_logs() as logs:
        for number in range(4):
            shelf.put(article(f"sauna{number}", f"How hot is sauna {number}?"))
            await faq.refresh()
            assert (await faq.search(f"how hot is sauna {number}")).verdict is Verdict.ANSWER
            await asyncio.sleep(0.1)
        assert not faq.status().taught
        async with asyncio.timeout(20):
            while not faq.status().taught:  # noqa: ASYNC110 - waiting for it with settled() would hurry it
                await asyncio.sleep(0.05)
    assert (count(logs, "faq_taught"), count(logs, "faq_head_fitted")) == (1, 1)


async def test_edits_that_never_end_do_not_put_a_lesson_off_for_ever(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(teaching, "QUIET", 5.0)
    monkeypatch.setattr(teaching, "LONGEST", 0.5)
    shelf = Shelf(article("pool", "Where is the pool?"))
    faq = await started(shelf, encoder, tmp_path)
    with capture_logs() as logs:
        for number in range(15):
            shelf.put(article(f"sauna{number}", f"How hot is sauna {number}?"))
            await faq.refresh()
            await asyncio.sleep(0.1)
    assert 1 <= count(logs, "faq_taught") < 15


async def test_one_process_learns_for_all_and_for_the_next_start(encoder, tmp_path):
    asked = "my parcel went missing"
    with capture_logs() as logs:
        first, second = await asyncio.gather(*(started(base(), encoder, tmp_path) for _ in range(2)))
        third = await started(base(), encoder, tmp_path)
    assert count(logs, "faq_head_fitted") == 1
    assert all(faq.status().taught for faq in (first, second, third))
    assert await score(first, asked) == await score(second, asked) == await score(third, asked)


async def test_edits_in_another_order_come_to_the_same_lesson(encoder, tmp_path):
    shelf = base()
    faq = await started(shelf, encoder, tmp_path)
    changed = article("lose-room", "How do I lose my room?", "I want to lose a room", "Where did my room go?")
    shelf.put(changed)
    await faq.refresh()
    await faq.settled()
    later = base()
    later.put(changed)
    with capture_logs() as logs:
        other = await started(later, encoder, tmp_path)
    assert count(logs, "faq_head_fitted") == 0
    assert await score(other, "where is my room") == await score(faq, "where is my room")


async def test_a_damaged_lesson_is_one_line_in_the_log_and_learned_anew(encoder, tmp_path):
    first = await started(base(), encoder, tmp_path)
    (file,) = tmp_path.glob("*/*.head")
    file.write_bytes(file.read_bytes()[:-100])
    with capture_logs() as logs:
        again = await started(base(), encoder, tmp_path)
    assert [each["file"] for each in logs if each["event"] == "faq_head_unusable"] == [file.name]
    assert await score(again, "my parcel is lost") == await score(first, "my parcel is lost")


async def test_a_lesson_that_fails_stops_no_search_and_the_next_edit_tries_again(encoder, tmp_path, monkeypatch):
    shelf = base()
    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(lessons.sys, "executable", "/bin/false")
        faq = await started(shelf, encoder, tmp_path)
        assert (await faq.search("How do I lose my room?")).verdict is Verdict.ANSWER
    assert count(logs, "faq_lesson_failed") == 1
    assert not faq.status().taught
    shelf.put(article("sauna", "How hot is the sauna?"))
    await faq.refresh()
    await faq.settled()
    assert faq.status().taught


async def test_words_that_edits_bring_are_read_where_they_are_mistyped_and_those_taken_away_no_more(encoder):
    shelf = Shelf(article("pool", "Where is the pool?"), article("x", "How do I use the zorbinator?"))
    faq = LiveFaq(shelf, encoder)
    await faq.refresh()
    await faq.settled()
    assert faq.engine.reader.other("zorbinatr") == "zorbinator"
    shelf.put(article("x", "How do I use the flimmerkist?"))
    await faq.refresh()
    await faq.settled()
    assert faq.engine.reader.other("flimmerkst") == "flimmerkist"
    assert faq.engine.reader.other("zorbinatr") is None


@pytest.mark.slow
def test_a_serving_process_multiplies_matrices_by_one_thread():
    code = """if True:
        import gateway.cli, threadpoolctl
        libraries = [each for each in threadpoolctl.threadpool_info() if "scipy_openblas" in each["filepath"]]
        print(*sorted(each["num_threads"] for each in libraries))
    """
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1", "1"]  # numpy's and scipy's
