"""How far somebody is, as JSON for the database, and back."""

from typing import Any

from campaigns.answers import Answer
from campaigns.progress import Progress


def progress_to_json(progress: Progress) -> dict[str, Any]:
    return {
        "at": progress.at, "trail": list(progress.trail), "picked": list(progress.picked),
        "reasked": progress.reasked, "offered": progress.offered, "comes_back": progress.comes_back,
        "answers": {
            name: {"number": answer.number, "options": list(answer.options), "text": answer.text,
                   "skipped": answer.skipped}
            for name, answer in progress.answers.items()
        },
    }


def progress_from_json(data: dict[str, Any]) -> Progress:
    answers = {
        name: Answer(item["number"], tuple(item["options"]), item["text"], item["skipped"])
        for name, item in data["answers"].items()
    }
    return Progress(
        data["at"], answers, tuple(data["trail"]), tuple(data["picked"]), data["reasked"], data["offered"],
        data["comes_back"],
    )
