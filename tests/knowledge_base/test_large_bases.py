"""Bases too large to look at every vector: a graph, edits beside it, and its file (sizes are made small here)."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from desk.faq import ArticleStatus, Verdict
from knowledge_base import entries, nearest
from knowledge_base.embedding import BundledEncoder
from knowledge_base.graph_files import GraphFiles
from knowledge_base.service import LiveFaq
from knowledge_base.vectors import Vectors
from tests.knowledge_base.shelf import Shelf, article

_THINGS = (
    "房间", "早餐", "发票", "会员", "泳池", "停车场", "行李", "宠物", "电梯", "毛巾",
    "空调", "餐厅", "机票", "接机", "押金",
)  # fmt: skip
_WISHES = (
    "怎么预订", "多少钱", "可以取消吗", "几点开放", "在哪里", "坏了怎么办", "能送吗", "要提前说吗",
    "有折扣吗", "可以换吗",
)  # fmt: skip


def base() -> Shelf:
    return Shelf(*(article(f"{thing}{wish}", f"{thing}{wish}") for thing in _THINGS for wish in _WISHES))


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    monkeypatch.setattr(entries, "FLAT_UP_TO", 100)
    monkeypatch.setattr(entries, "SMALL", 20)
    monkeypatch.setattr(entries, "_FEW_LOOSE", 12)


async def started(shelf: Shelf, encoder: BundledEncoder, folder: Path | None = None) -> LiveFaq:
    faq = LiveFaq(shelf, encoder, vectors=folder)
    await faq.refresh()
    await faq.settled()
    return faq


async def test_a_large_base_finds_by_its_graph_what_it_found_by_looking_at_everything(encoder, monkeypatch):
    asked = ["请问游泳池什么时候开", "狗能一起住吗", "怎么开票", "车停哪儿", "行李能不能帮我送上去", "房价可以打折吗"]
    graph = await started(base(), encoder)
    monkeypatch.setattr(entries, "FLAT_UP_TO", 50_000)
    flat = await started(base(), encoder)
    for question in asked:
        found, all_of_them = await graph.search(question), await flat.search(question)
        assert [(each.article_id, each.score) for each in found.matches] == [
            (each.article_id, each.score) for each in all_of_them.matches
        ]


async def test_edits_of_a_large_base_are_live_at_once_and_stay_when_they_are_worked_in(encoder):
    shelf = base()
    faq = await started(shelf, encoder)
    shelf.put(article("sauna", "桑拿房的温度有多高"))
    shelf.put(article("房间多少钱", "总统套房的价目表"))
    shelf.delete("宠物在哪里")
    await faq.refresh()

    async def is_current() -> bool:
        new = await faq.search("桑拿房温度高吗")
        changed = await faq.search("总统套房价目表")
        gone = await faq.search("宠物在哪里")
        return (
            new.matches[0].article_id == "sauna"
            and changed.matches[0].article_id == "房间多少钱"
            and "宠物在哪里" not in {each.article_id for each in gone.matches}
        )

    assert await is_current()
    for number in range(20):  # enough to be worked in
        shelf.put(article(f"more{number}", f"第{number}号会议室可以坐多少人"))
    await faq.refresh()
    await faq.settled()
    assert faq.engine.snapshot.is_settled
    assert await is_current()
    assert (await faq.search("第7号会议室可以坐多少人")).verdict is Verdict.ANSWER


async def test_an_edit_during_the_building_of_a_graph_is_not_lost(encoder, monkeypatch):
    shelf, build = base(), nearest.Graph.build
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(vectors):
        loop.call_soon_threadsafe(begun.set)
        return build(vectors)

    monkeypatch.setattr(nearest.Graph, "build", slowly)
    faq = LiveFaq(shelf, encoder)
    await faq.refresh()
    await begun.wait()
    shelf.put(article("sauna", "桑拿房的温度有多高"))
    shelf.put(article("早餐在哪里", "早餐在哪里", status=ArticleStatus.ARCHIVED))
    await faq.refresh()
    await faq.settled()
    assert (await faq.search("桑拿房温度高吗")).matches[0].article_id == "sauna"
    assert "早餐在哪里" not in {each.article_id for each in (await faq.search("早餐在哪里")).matches}


async def test_a_graph_is_read_again_at_the_next_start(encoder, tmp_path):
    await started(base(), encoder, tmp_path)
    with capture_logs() as logs:
        faq = await started(base(), encoder, tmp_path)
    assert [each["read"] for each in logs if each["event"] == "faq_graph_ready"] == [True, True]
    assert (await faq.search("怎么开票")).matches


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def foreign(content: bytes) -> bytes:
    return b"\x00" * 64


@pytest.mark.parametrize("damage", [cut, flip, foreign, lambda _: b""])
async def test_a_damaged_graph_is_one_line_in_the_log_and_built_anew(encoder, tmp_path, damage):
    await started(base(), encoder, tmp_path)
    (file,) = tmp_path.glob("*/han-questions.graph")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    with capture_logs() as logs:
        faq = await started(base(), encoder, tmp_path)
    assert [each["file"] for each in logs if each["event"] == "faq_graph_unusable"] == [file.name]
    assert (await faq.search("早餐多少钱")).verdict is Verdict.ANSWER
    assert len(file.read_bytes()) == len(whole)


async def test_a_graph_of_other_texts_is_not_used(encoder, tmp_path):
    await started(base(), encoder, tmp_path)
    others = Shelf(*(article(f"x{number}", f"编号{number}的货物到哪儿了") for number in range(120)))
    with capture_logs() as logs:
        faq = await started(others, encoder, tmp_path)
    assert "other texts" in next(each for each in logs if each["event"] == "faq_graph_unusable")["problem"]
    assert (await faq.search("编号7的货物到哪儿了")).verdict is Verdict.ANSWER


def test_a_graph_of_another_model_or_dimension_is_built_anew(tmp_path):
    def vectors(width: int) -> list[Vectors]:
        return list(np.random.default_rng(1).standard_normal((50, width)).astype(np.float32))

    GraphFiles("model", 16, tmp_path).graph("some", vectors(16), None)
    with capture_logs() as logs:
        made = GraphFiles("model", 8, tmp_path).graph("some", vectors(8), None)
    assert "made for the model" in next(each for each in logs if each["event"] == "faq_graph_unusable")["problem"]
    assert made.search(vectors(8)[3], 1, None)[0][0] == 3


@pytest.mark.parametrize("damage", [cut, flip, foreign])
async def test_damaged_vectors_are_one_line_in_the_log_and_embedded_again(encoder, tmp_path, damage):
    shelf = Shelf(article("pets", "Can I bring my dog?"), article("pool", "When does the pool open?"))
    first = await started(shelf, encoder, tmp_path)
    (file,) = tmp_path.glob("*/*.npy")
    file.write_bytes(damage(file.read_bytes()))
    with capture_logs() as logs:
        again = await started(shelf, encoder, tmp_path)
    assert [each["file"] for each in logs if each["event"] == "faq_vectors_unusable"] == [file.name]
    asked = "is my dog welcome"
    assert (await again.search(asked)).matches == (await first.search(asked)).matches
