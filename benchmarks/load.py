"""A client that costs little: raw keep-alive connections, each sending its next request once it has its answer."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """`seconds` of wall time, and each request's own time."""

    seconds: float
    took: list[float]
    refused: int

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Status line with headers, and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return head, await reader.readexactly(int(length or 0))


class Caller:
    """Asks one server, over as many keep-alive connections as there are questions at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        """The answer's body. Raises RuntimeError unless it is a success."""
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request(path, body, headers))
        head, content = await answer(reader)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path} answered {head.partition(bytes([13]))[0].decode()}")
        self._free.append((reader, writer))
        return content

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()
        self._free.clear()


async def drive(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Measured:
    """Send as fast as answers come, until the time is over or the requests are."""
    took: list[float] = []
    refused = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for message in requests:
            started = time.perf_counter()
            if started > end:
                break
            writer.write(message)
            head, _ = await answer(reader)
            took.append(time.perf_counter() - started)
            refused += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return Measured(time.perf_counter() - started, took, refused)
