"""Passwords of the staff: argon2id, slow on purpose, so off the event loop and two at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from desk.errors import Invalid

SHORTEST = 8
LONGEST = 128

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# Each hash takes 64 MiB: two threads bound what a flood of sign-ins can make us spend.
_BENCH = ThreadPoolExecutor(2, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """The hash to store. Raises Invalid when the password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", f"a password has {SHORTEST} to {LONGEST} characters")
    return _HASHER.hash(password)


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind `stored`; None (no such account) costs the same time."""
    return await asyncio.get_running_loop().run_in_executor(_BENCH, _verify, password[: LONGEST + 1], stored)


def _verify(password: str, stored: str | None) -> bool:
    if stored is None:
        _HASHER.hash(password)
        return False
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
