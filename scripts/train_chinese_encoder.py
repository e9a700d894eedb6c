"""Train the Chinese word table that ships with the product, from open data, in one command.

    python -m scripts.train_chinese_encoder --cedict cedict.gz --tatoeba tatoeba_cmn.txt --translations translations.tsv

Inputs (docs/knowledge-base.md says where they come from): CC-CEDICT; Tatoeba's English-Chinese pairs as lines
"English<TAB>Chinese<TAB>attribution"; sentences of open-source programs in the same form, as
`scripts.collect_translations` writes them. Word frequencies come from jieba's dictionary (a development dependency).
Steps: embed the dictionary's glosses with the English model, fit on the sentence pairs, rotate to the 256 directions
that matter, write bytes. About five minutes on two cores; the same inputs and seed give the same table on one machine.
"""

import argparse
import gzip
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from knowledge_base.chinese.segment import Segmenter
from knowledge_base.minilm import MiniLM
from knowledge_base.normalise import normalise
from scripts.chinese.cedict import Word, read_words
from scripts.chinese.lexicon import FUNCTION_WORDS, english_words, gloss, translations
from scripts.chinese.training import Floats, Recipe, WordSum, first_weights, fit, packed

ROOT = Path(__file__).resolve().parent.parent
RAREST = 3  # times jieba's corpus must hold a word; single characters are always kept
SENSES, GLOSS_LETTERS = 4, 120
HELD_BACK = 800  # sentence pairs that only measure


def frequencies() -> tuple[dict[str, int], int]:
    """How often jieba's corpus holds a word, and how many words it has."""
    import jieba

    jieba.setLogLevel("ERROR")
    jieba.initialize()
    return jieba.dt.FREQ, jieba.dt.total


def chosen_words(cedict: Path) -> tuple[list[Word], Floats]:
    """The words of the table, and the share of each in running text."""
    counts, total = frequencies()
    words = [
        word for word in read_words(cedict).values()
        if counts.get(word.text, 0) >= RAREST or len(word.text) == 1
    ]  # fmt: skip
    shares = [max(counts.get(word.text, 0), RAREST) / total for word in words]
    return words, np.array(shares, dtype=np.float32)


def gloss_vectors(words: Sequence[Word], english: MiniLM) -> Floats:
    texts = ["; ".join(word.senses[:SENSES])[:GLOSS_LETTERS] for word in words]
    unique = sorted(set(texts))
    vectors = english.encode(unique)
    place = {text: row for row, text in enumerate(unique)}
    found = vectors[[place[text] for text in texts]]
    return np.asarray(found - found.mean(axis=0), dtype=np.float32)


def read_pairs(file: Path) -> list[tuple[str, str]]:
    """English and Chinese of each line, normalised, none twice."""
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return list(dict.fromkeys((normalise(cells[0]), normalise(cells[1])) for cells in lines if len(cells) > 1))


def parted(pairs: Sequence[tuple[str, str]], seed: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Training pairs and kept-back pairs; no English sentence stands in both."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    held = [pairs[place] for place in order[:HELD_BACK]]
    english = {pair[0] for pair in held}
    return [pairs[place] for place in order[HELD_BACK:] if pairs[place][0] not in english], held


def rotation_of(vectors: Floats, shares: Floats, size: int) -> Floats:
    """The directions in which frequent words differ most: principal components, weighted by the root of frequency."""
    weights = np.sqrt(shares / shares.min() + 5)[:, None]
    _, directions = np.linalg.eigh((vectors * weights).T @ (vectors * weights))
    return np.asarray(directions[:, ::-1][:, :size], dtype=np.float32)


def write(folder: Path, words: Sequence[Word], shares: Floats, model: WordSum, glosses: list[str], size: int) -> None:
    vectors = model.vectors.weight.detach().numpy()
    rotation = rotation_of(vectors, shares, size)
    turned = vectors @ rotation
    scales = np.abs(turned).max(axis=1, keepdims=True) / 127 + 1e-9
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "vectors.npz").open("wb") as file:
        np.savez(
            file, rows=np.round(turned / scales).astype(np.int8), scales=scales[:, 0].astype(np.float32),
            weights=np.exp(model.log_weights.detach().numpy()).astype(np.float16),
            shares=np.log(shares).astype(np.float16), rotation=rotation.astype(np.float16),
        )  # fmt: skip
    lines = (f"{word.text}\t{word.pinyin}\t{text}\n" for word, text in zip(words, glosses, strict=True))
    with gzip.GzipFile(filename="", fileobj=(folder / "words.tsv.gz").open("wb"), mode="wb", mtime=0) as packed_file:
        packed_file.write("".join(lines).encode())
    module = {"idx": 0, "name": "0", "path": "", "type": "knowledge_base.chinese.module.ChineseWords"}
    (folder / "modules.json").write_text(json.dumps([module], indent=2) + "\n")
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"similarity_fn_name": "cosine", "prompts": {}, "default_prompt_name": None}, indent=2) + "\n"
    )


def found_first(model: WordSum, sentences: Sequence[Sequence[int]], targets: Floats) -> float:
    """Of kept-back Chinese sentences, the share whose own English one is nearest."""
    with torch.no_grad():
        found = model(*packed(sentences)).numpy()
    return float(((found @ targets.T).argmax(axis=1) == np.arange(len(sentences))).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cedict", type=Path, required=True)
    parser.add_argument("--tatoeba", type=Path, required=True)
    parser.add_argument("--translations", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "knowledge_base" / "chinese" / "model")
    parser.add_argument("--encoders", type=Path, default=ROOT / "var" / "encoders", help="where the English model lies")
    parser.add_argument("--size", type=int, default=256, help="numbers a word")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the sums are small: more threads only wait for each other
    started = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - started:5.0f} s  {text}", flush=True)

    words, shares = chosen_words(options.cedict)
    say(f"{len(words)} words; embedding their glosses")
    english = MiniLM(options.encoders)
    anchors = gloss_vectors(words, english)
    row = {word.text: place for place, word in enumerate(words)}
    segmenter = Segmenter({word.text: math.log(share) for word, share in zip(words, shares, strict=True)})

    def rows(text: str) -> list[int]:
        return [row[word] for word in segmenter.words(text) if word in row] or [0]

    pairs, held = parted(read_pairs(options.tatoeba), options.seed)
    pairs += read_pairs(options.translations)
    say(f"{len(pairs)} sentence pairs; fitting on {options.device}")
    model = WordSum(anchors, first_weights(shares, np.array([len(word.text) for word in words])))
    targets, sentences = english.encode([pair[0] for pair in pairs]), [rows(pair[1]) for pair in pairs]
    held_targets, held_rows = english.encode([pair[0] for pair in held]), [rows(pair[1]) for pair in held]
    before = found_first(model, held_rows, held_targets)
    losses = fit(model, sentences, targets, anchors, Recipe(options.epochs, seed=options.seed, device=options.device))
    after = found_first(model, held_rows, held_targets)
    say(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}; kept-back sentences found {before:.3f} -> {after:.3f}")
    translated = translations([(english_words(pair[0]), segmenter.words(pair[1])) for pair in pairs])
    glosses = [gloss(word.text, word.senses, translated) for word in words]
    say(f"{len(translated)} words translated by sentences, {len(FUNCTION_WORDS)} by hand; writing")
    write(options.out, words, shares, model, glosses, options.size)
    megabytes = sum(file.stat().st_size for file in options.out.iterdir()) / 1e6
    say(f"{options.out}: {megabytes:.1f} MB")


if __name__ == "__main__":
    main()
