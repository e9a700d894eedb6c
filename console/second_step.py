"""The second step of signing in: codes of an authenticator app (RFC 6238), each good once, and recovery codes."""

import secrets
from datetime import datetime
from hmac import compare_digest

import pyotp
import segno

from crm_store.columns import FieldCipher
from crm_store.store import SqlTransaction
from desk.accounts import RECOVERY_CODES
from desk.agents import Agent
from desk.errors import Invalid

SECONDS = 30
_SLACK = (0, -1, 1)
"""A phone's clock may be one step off."""
_TICKET_LASTS = 300
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    return pyotp.random_base32(32)


def new_recovery_codes() -> list[str]:
    """Ten codes such as "k4f9w-p2m8q": fifty bits each, without letters that look alike."""
    return ["-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2))
            for _ in range(RECOVERY_CODES)]


def qr_code(secret: str, email: str) -> str:
    """An SVG element that an authenticator app reads."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Frontdesk")
    return segno.make(address, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True)


def step_of(code: str, secret: str, now: datetime) -> int | None:
    """Which step of time this code belongs to; None when it is wrong or too old."""
    digits = code.replace(" ", "")
    current = int(now.timestamp()) // SECONDS
    if not (digits.isascii() and digits.isdigit()):
        return None
    app = pyotp.TOTP(secret)
    return next((current + off for off in _SLACK if compare_digest(app.generate_otp(current + off), digits)), None)


def accept(tx: SqlTransaction, agent_id: str, code: str, now: datetime) -> bool:
    """Whether this code, of the app or a recovery code, opens; it does so once."""
    found = tx.accounts.find_second_step(agent_id)
    if found is None or found.since is None:
        return False
    step = step_of(code, found.secret, now)
    if step is not None:
        return tx.accounts.use_step(agent_id, step)
    if tx.accounts.use_recovery_code(agent_id, code):
        tx.audit.record(agent_id, "second-step.recovered", f"agent:{agent_id}", now, left=found.recovery_left - 1)
        return True
    return False


def confirm(tx: SqlTransaction, agent: Agent, code: str, now: datetime) -> list[str]:
    """Switch the second step on; returns the recovery codes, which are shown this once. Raises Invalid("code")."""
    found = tx.accounts.find_second_step(agent.id)
    step = step_of(code, found.secret, now) if found and found.since is None else None
    if step is None:
        raise Invalid("code", "this is not the code that the app shows now")
    codes = new_recovery_codes()
    tx.accounts.confirm_second_step(agent.id, step, codes, now)
    tx.audit.record(agent, "second-step.added", f"agent:{agent.id}", now)
    return codes


def ticket_for(agent_id: str, password_hash: str, now: datetime) -> str:
    """Proof that the password was right a moment ago; the next form brings it along."""
    moment = str(int(now.timestamp()))
    return f"{agent_id}.{moment}.{FieldCipher.sign('second step', agent_id, moment, password_hash)}"


def holder_of(ticket: str) -> str:
    """Whose ticket it claims to be; `is_good` says whether it is."""
    return ticket.split(".", 1)[0]


def is_good(ticket: str, password_hash: str, now: datetime) -> bool:
    agent_id, _, rest = ticket.partition(".")
    moment, _, _ = rest.partition(".")
    if not (moment.isascii() and moment.isdigit()) or not 0 <= int(now.timestamp()) - int(moment) <= _TICKET_LASTS:
        return False
    expected = f"{agent_id}.{moment}.{FieldCipher.sign('second step', agent_id, moment, password_hash)}"
    return compare_digest(ticket.encode(), expected.encode())
