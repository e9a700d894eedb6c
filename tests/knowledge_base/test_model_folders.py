"""What is kept of a model's texts goes when nobody uses it any more, and nothing else does."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.model_folders import UNUSED_AFTER, folder_of
from knowledge_base.vectors import VectorMemory


def opened(model: str, root: Path) -> VectorMemory:
    memory = VectorMemory(model, 2, root)
    memory.vectors(["hello"], lambda texts: np.ones((len(texts), 2), dtype=np.float32))
    return memory


def aged(folder: Path, seconds: float = UNUSED_AFTER + 60) -> None:
    for file in (*folder.iterdir(), folder):
        os.utime(file, (file.stat().st_mtime - seconds,) * 2)


def test_vectors_of_an_earlier_version_go_a_week_after_their_last_use(tmp_path):
    opened("model-1", tmp_path)
    gc.collect()
    old = folder_of("model-1", tmp_path)
    opened("model-2", tmp_path)
    assert old.exists()  # a version that was tried for a day can be gone back to
    aged(old)
    opened("model-2", tmp_path)
    assert not old.exists() and folder_of("model-2", tmp_path).exists()


def test_vectors_that_a_running_process_uses_stay_however_old_they_are(tmp_path):
    running = opened("model-1", tmp_path)
    aged(folder_of("model-1", tmp_path))
    opened("model-2", tmp_path)
    assert folder_of("model-1", tmp_path).exists()
    assert running.vectors(["hello"], lambda _: pytest.fail("embedded again"))


def test_a_folder_that_holds_anything_of_somebody_elses_is_left_alone(tmp_path):
    opened("model-1", tmp_path)
    gc.collect()
    for name, content in ((folder_of("model-1", tmp_path).name, "notes.txt"), ("my-backups", "some.npy")):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / content).write_text("keep me")
        aged(tmp_path / name)
    opened("model-2", tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_model_taken_up_again_after_its_folder_went_is_embedded_again(tmp_path):
    opened("model-1", tmp_path)
    gc.collect()
    aged(folder_of("model-1", tmp_path))
    opened("model-2", tmp_path)
    opened("model-1", tmp_path)
    assert list(folder_of("model-1", tmp_path).glob("*.npy"))
