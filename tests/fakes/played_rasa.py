"""Rasa's server as the gateway sees it: the frontdesk channel, trackers, parse, status. Speaks over HTTP only.

`python -m tests.fakes.played_rasa --port N` runs it as a process of its own.
"""

import argparse
import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KINDS = {
    "slow": "think for `seconds` before answering",
    "lost_answer": "answer into the tracker, then give 502 instead of the answer",
    "error": "give `code` and do nothing",
    "empty": "do nothing and give []",
    "unrecorded": "say nothing in the response, although the tracker holds the answer",
}


@dataclass(slots=True)
class Fault:
    """`count` None: until cleared; `share`: how many of the messages are hit; `text`: only messages that hold it."""

    kind: str
    count: int | None = 1
    seconds: float = 0.0
    code: int = 500
    share: float = 1.0
    text: str = ""


@dataclass
class PlayedRasa:
    """One turn at a time in a conversation, as Rasa's lock store has it; a turn is in the tracker once it is over."""

    think: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    trackers: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    asked: Counter[str] = field(default_factory=Counter)  # turns that were really carried out, by the message's key
    _locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/webhooks/frontdesk/webhook", self._message, methods=["POST"]),
            Route("/conversations/{id}/tracker", self._tracker),
            Route("/conversations/{id}/tracker/events", self._note, methods=["POST"]),
            Route("/model/parse", self._parse, methods=["POST"]),
            Route("/status", self._status),
            Route("/version", self._version),
            Route("/played/faults", self._set_fault, methods=["POST", "DELETE"]),
            Route("/played/asked", self._asked),
        ])

    async def _message(self, request: Request) -> Response:
        body = await request.json()
        sender, key, text = body["sender"], body["metadata"]["key"], body["message"]
        if fault := self._take(text, "error", "empty"):
            return JSONResponse([]) if fault.kind == "empty" else Response(status_code=fault.code)
        async with self._locks[sender]:
            fault = self._take(text, "slow")
            await asyncio.sleep(fault.seconds if fault else self.think)
            said = {"recipient_id": sender, "text": f"Answer to {text}"}
            self.trackers[sender] += [
                {"event": "user", "text": text, "metadata": {"key": key}},
                {"event": "bot", "text": said["text"], "data": {}},
            ]
            self.asked[key] += 1
        if fault := self._take(text, "lost_answer", "unrecorded"):
            return JSONResponse([]) if fault.kind == "unrecorded" else Response(status_code=502)
        return JSONResponse([said])

    async def _tracker(self, request: Request) -> Response:
        return JSONResponse({"events": self.trackers[request.path_params["id"]]})

    async def _note(self, request: Request) -> Response:
        self.trackers[request.path_params["id"]] += await request.json()
        return JSONResponse({})

    async def _parse(self, _: Request) -> Response:
        return JSONResponse({"intent": {"name": "small_talk", "confidence": 0.9}})

    async def _status(self, _: Request) -> Response:
        return JSONResponse({"model_file": "models/played.tar.gz"})

    async def _version(self, _: Request) -> Response:
        return JSONResponse({"version": "3.6.21"})

    async def _set_fault(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        else:
            self.faults.append(Fault(**await request.json()))
        return JSONResponse(KINDS)

    async def _asked(self, _: Request) -> Response:
        return JSONResponse(dict(self.asked))

    def _take(self, text: str, *kinds: str) -> Fault | None:
        for fault in self.faults:
            if fault.kind in kinds and fault.text in text and self._random.random() < fault.share:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.faults.remove(fault)
                return fault
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--think", type=float, default=0.05)
    options = parser.parse_args()
    uvicorn.run(PlayedRasa(options.think).app, host="127.0.0.1", port=options.port, log_level="error")


if __name__ == "__main__":
    main()
