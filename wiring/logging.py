"""Structured logs: JSON lines to standard error, secrets blotted out, customers' texts never in them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = re.compile(r"token|secret|password|authorization|signature|cookie|aes_key|csrf", re.IGNORECASE)
_SECRET_SHAPES = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}|xox[abp]-[A-Za-z0-9-]+|access_token=[^&\s]+")


def configure_logging(level: str = "INFO", *, plain: bool = False) -> None:
    """Set up this process's logs. `plain`: one readable line each, for a terminal."""
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            blot_out,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    for noisy in ("httpx", "httpcore", "uvicorn.access", "sentence_transformers", "telegram", "slack_bolt"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def blot_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what looks like a secret, by the field's name or by its shape."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = "[hidden]"
        elif isinstance(value, str):
            event[name] = _SECRET_SHAPES.sub("[hidden]", value)
    return event
