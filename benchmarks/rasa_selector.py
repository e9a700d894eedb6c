"""Rasa's ResponseSelector as an FAQ: run by benchmarks.faq_speed in the assistant's own virtualenv (Python 3.10).

    .venv-rasa/bin/python benchmarks/rasa_selector.py < task.json

Reads {"articles": [[phrasing, ...], ...], "questions": [[text, article], ...], "epochs": n}; trains on the articles and
asks within this process. Prints one line of JSON: times in milliseconds, the share with the right article first.
"""

import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONFIG = """recipe: default.v1
assistant_id: bench
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: ResponseSelector
  retrieval_intent: faq
  epochs: {epochs}
  constrain_similarities: true
policies: []
"""


def written(folder: Path, task: dict[str, Any]) -> None:
    """The project's files; every article is a sub-intent of its own."""
    lines, answers = ['version: "3.1"', "nlu:"], ['version: "3.1"', "intents:", "- faq", "responses:"]
    for number, phrasings in enumerate(task["articles"]):
        examples = "".join(f"    - {text}\n" for text in phrasings)
        lines.append(f"- intent: faq/a{number}\n  examples: |\n{examples}")
        answers.append(f"  utter_faq/a{number}:\n  - text: Answer {number}")
    (folder / "config.yml").write_text(CONFIG.format(epochs=task["epochs"]), encoding="utf-8")
    (folder / "nlu.yml").write_text("\n".join(lines), encoding="utf-8")
    (folder / "domain.yml").write_text("\n".join(answers), encoding="utf-8")


async def asked(agent: Any, questions: list[tuple[str, int]]) -> dict[str, float]:
    walls, owns, right = [], [], 0
    for text, article in questions:
        wall, own = time.perf_counter(), time.process_time()
        found = await agent.parse_message(text)
        walls.append((time.perf_counter() - wall) * 1000)
        owns.append((time.process_time() - own) * 1000)
        ranking = found["response_selector"]["faq"]["ranking"]
        right += ranking[0]["intent_response_key"] == f"faq/a{article}" if ranking else 0
    walls.sort()
    return {
        "p50": statistics.median(walls), "p95": walls[int(len(walls) * 0.95)], "own": statistics.median(owns),
        "top1": right / len(questions),
    }


def main() -> None:
    from rasa.core.agent import Agent
    from rasa.model_training import train

    task = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written(folder, task)
        began = time.monotonic()
        result = train(
            str(folder / "domain.yml"), str(folder / "config.yml"), [str(folder / "nlu.yml")], str(folder / "models")
        )
        took = time.monotonic() - began
        agent = Agent.load(result.model)
        found = asyncio.run(asked(agent, task["questions"]))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**found, "train_s": took, "memory_mb": memory}))


if __name__ == "__main__":
    main()
