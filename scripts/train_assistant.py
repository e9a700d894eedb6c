"""Train the assistant if anything it is made of has changed since the model was made.

Standard library only, any Python 3.11+; the training itself runs in the assistant's own virtualenv. The new model
replaces the old one in one step, so a running server never finds half of one. Exits 1, with the reason, on failure.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = "assistant.tar.gz"
STAMP = "assistant.stamp"
DATA = ("bot/data/nlu", "bot/data/rules", "bot/data/stories")
OTHER_INPUTS = ("config.yml", "domain.yml", "bot/rasa_parts", "bot/requirements-rasa.txt")
TIMEOUT_S = 600


def main() -> int:
    """Command line: `train_assistant.py [--out FOLDER] [--force]`."""
    home = Path(os.environ.get("FRONTDESK_HOME") or "var")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=home / "models", help="folder of the model (default: %(default)s)")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv-rasa/bin/python", help="interpreter that has rasa")
    parser.add_argument("--force", action="store_true", help="train even if nothing has changed")
    options = parser.parse_args()
    out = options.out.absolute()
    inputs = fingerprint(ROOT)
    if not options.force and is_current(out, inputs):
        print(f"The assistant is up to date: {out / MODEL}")
        return 0
    if not options.python.exists():
        print(f"No assistant's virtualenv at {options.python}: run `make setup` first.", file=sys.stderr)
        return 1
    print("Training the assistant (about 20 seconds) ...", flush=True)
    started = time.monotonic()
    problem = train(options.python.absolute(), out, inputs)
    if problem:
        print(f"Training failed: {problem}", file=sys.stderr)
        return 1
    print(f"Trained in {time.monotonic() - started:.0f} s: {out / MODEL}")
    return 0


def fingerprint(root: Path) -> str:
    """A hash of the names and contents of everything the model is made of."""
    digest = hashlib.sha256()
    for path in _input_files(root):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(out: Path, inputs: str) -> bool:
    """Whether the model in `out` was made of these inputs."""
    stamp = out / STAMP
    return (out / MODEL).is_file() and stamp.is_file() and stamp.read_text().strip() == inputs


def train(python: Path, out: Path, inputs: str) -> str:
    """Train into `out`; return what went wrong, or nothing."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=out) as scratch:
        try:
            done = subprocess.run(
                _command(python, Path(scratch)),
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "RASA_MAX_CACHE_SIZE": "0",  # its cache does not see changes in our parts
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            return f"no end after {TIMEOUT_S} s"
        model = Path(scratch) / MODEL
        if done.returncode or not model.is_file():
            return "\n".join(done.stdout.strip().splitlines()[-15:]) or f"rasa ended with code {done.returncode}"
        (out / STAMP).unlink(missing_ok=True)
        model.replace(out / MODEL)
    (out / STAMP).write_text(f"{inputs}\n")
    return ""


def _command(python: Path, scratch: Path) -> list[str]:
    data = [folder for folder in DATA if (ROOT / folder).is_dir()]
    return [
        str(python), "-m", "bot.rasa_parts.launch", "train", "--quiet", "--force", "--skip-validation",
        "--config", "config.yml", "--domain", "domain.yml", "--data", *data,
        "--out", str(scratch), "--fixed-model-name", MODEL.removesuffix(".tar.gz"),
    ]  # fmt: skip


def _input_files(root: Path) -> Iterator[Path]:
    for name in (*DATA, *OTHER_INPUTS):
        path = root / name
        if path.is_file():
            yield path
        else:
            yield from sorted(file for file in path.rglob("*") if file.suffix in {".yml", ".py"} and file.is_file())


if __name__ == "__main__":
    sys.exit(main())
