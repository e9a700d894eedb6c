"""Passwords of the staff: argon2id, slow on purpose, so off the event loop and two at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from desk.errors import Invalid

SHORTEST = 10
LONGEST = 128

_LOOKED_AT = 72
_STRONG = 3  # of 4: more than 10^8 guesses
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# Each hash takes 64 MiB: two threads bound what a flood of sign-ins can make us spend.
_BENCH = ThreadPoolExecutor(2, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """The hash to store. Raises Invalid when the password has not the right length."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", f"a password has {SHORTEST} to {LONGEST} characters")
    return _HASHER.hash(password)


def require_good_password(password: str, *about: str) -> None:
    """Raises Invalid("password") when it is too short, too long, common, or easily guessed.

    `about` are words that stand for the person: a password made of them is easily guessed. The lists of common
    passwords and names, and how guesses are counted, are those of zxcvbn, which asks nobody.
    """
    from zxcvbn import zxcvbn  # its lists take a while to load, and few requests need them

    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", f"a password has {SHORTEST} to {LONGEST} characters")
    guess = zxcvbn(password[:_LOOKED_AT], user_inputs=["frontdesk", *about])
    if guess["score"] < _STRONG:
        raise Invalid("password", "this password is common or easily guessed")


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind `stored`; None (no such account) costs the same time."""
    return await asyncio.get_running_loop().run_in_executor(_BENCH, _verify, password[: LONGEST + 1], stored)


def _verify(password: str, stored: str | None) -> bool:
    if not stored:
        _HASHER.hash(password)
        return False
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
