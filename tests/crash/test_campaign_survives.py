"""A campaign over three platforms while its process is killed again and again: each asked at most once, nobody lost."""

import asyncio
import os
import time
from collections import Counter
from datetime import UTC, datetime
from datetime import time as clock_time
from pathlib import Path
from random import Random

import httpx
import pytest

from campaigns.campaigns import Plan, QuietHours
from campaigns.recipients import RecipientState
from campaigns.templates import CSAT
from crm_store import schema
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore, SqlTransaction
from desk.agents import Role
from desk.customers import Customer, Identity
from desk.messages import Address, ChannelName, Language
from simulators import credentials
from tests.crash.scene import Scene

RECIPIENTS = int(os.environ.get("CRASH_RECIPIENTS", "2000"))
KILLS = int(os.environ.get("CRASH_KILLS", "30"))
SHARES = {"telegram": 0.25, "slack": 0.17, "wechat": 0.58}  # so that all take about equally long
ACCOUNTS = {"telegram": credentials.TELEGRAM_BOT_TOKEN.split(":")[0], "slack": "slack",
            "wechat": credentials.WECHAT_APP_ID}
QUESTION = "How satisfied are you with our service?"
NEVER_QUIET = QuietHours(clock_time(0), clock_time(0))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


def people() -> list[tuple[str, str]]:
    """(channel, user) of everybody who is to be asked."""
    found = []
    for channel, share in SHARES.items():
        first = {"telegram": "", "slack": "U", "wechat": "o"}[channel]
        found += [(channel, f"{first}{10_000 + n}") for n in range(round(RECIPIENTS * share))]
    return found


def prepare(url: str, everybody: list[tuple[str, str]]) -> str:
    """A migrated database with the customers of Telegram and Slack, and a published survey in a draft campaign."""
    FieldCipher.install("a key for tests only")
    database = Database(url)
    schema.upgrade(database)
    store = SqlStore(database, Signals())
    now = datetime.now(UTC)

    def fill(tx: SqlTransaction) -> str:
        for channel, user in everybody:
            if channel != "wechat":  # followers of the WeChat account introduce themselves: that opens their window
                name, where = f"{channel}-{user}", Address(ChannelName(channel), ACCOUNTS[channel], user, user)
                tx.customers.add(Customer(name, name, Language.EN, "", 0, "", "", True, now))
                tx.customers.add_identity(Identity(where, name, name, True, now))
        owner = tx.agents.add(email="owner@example.com", name="Owner", role=Role.ADMIN, password_hash="x", now=now)
        survey = tx.surveys.add("How was it?", CSAT, owner.id, now)
        tx.surveys.publish(survey.id, owner.id, now)
        return tx.campaigns.add("Autumn", Plan(survey.id, quiet=NEVER_QUIET, cap_days=0), owner.id, now).id

    campaign = asyncio.run(store.transact(fill))
    database.close()
    return campaign


def break_platforms(scene: Scene) -> None:
    """Floods, lost answers, silence after delivery."""
    scene.fault("telegram", kind="flood", count=6, share=0.02, retry_after=1)
    scene.fault("telegram", kind="lost_answer", count=6, share=0.02, seconds=0.5)
    scene.fault("slack", kind="ratelimited", times=3, retry_after=1)
    scene.fault("slack", kind="timeout_after_delivery", times=3, seconds=3)


def wait_for_followers(scene: Scene, many: int) -> None:
    deadline = time.monotonic() + 60
    while scene.rows("SELECT count(*) FROM customers")[0][0] < many or scene.open_work():
        assert time.monotonic() < deadline, "the followers were never known"
        time.sleep(0.3)


def run_to_the_end(scene: Scene, campaign: str) -> None:
    """Kill now and then until nobody waits any more."""
    waiting = f"SELECT count(*) FROM recipients WHERE campaign_id = '{campaign}' AND stage = 'waiting'"
    next_kill, deadline = time.monotonic() + 1, time.monotonic() + 200
    while True:
        planned = scene.rows(f"SELECT planned FROM campaigns WHERE id = '{campaign}'")[0][0]
        if planned and not scene.rows(waiting)[0][0] and not scene.open_work() and scene.kills.total() >= KILLS:
            return
        assert time.monotonic() < deadline, f"unfinished: {scene.rows(waiting)[0][0]} wait"
        if time.monotonic() >= next_kill and scene.kills.total() < KILLS:
            scene.kill_one()
            next_kill = time.monotonic() + scene.random.uniform(0.3, 1.5)
        time.sleep(0.2)


def heard(scene: Scene, everybody: list[tuple[str, str]]) -> Counter[str]:
    """How often the question stands on each phone, by the platforms' own ledgers."""
    times: Counter[str] = Counter()
    with httpx.Client(base_url=f"http://127.0.0.1:{scene.sims_port}", trust_env=False) as http:
        for channel, user in everybody:
            lines = http.get(f"/sim/{channel}/messages", params={"user": user}).json()
            asked = [line for line in lines if line["direction"] == "out" and asks(line["text"])]
            times[f"{channel}:{user}"] = len(asked)
    return times


def asks(text: str) -> bool:
    return any(question in text for question in (QUESTION, "您对我们的服务满意吗", "您對我們的服務滿意嗎"))


def test_everybody_is_asked_at_most_once_and_nobody_is_lost(tmp_path: Path) -> None:
    everybody = people()
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    campaign = prepare(url, everybody)
    seed = int(os.environ.get("CRASH_SEED", time.time_ns() % 1_000_000))
    print(f"CRASH_SEED={seed}")  # shown when the test fails: set it to see the same choices again
    scene = Scene(tmp_path, url, ("serve worker",), Random(seed))
    with scene.playing():
        with httpx.Client(base_url=f"http://127.0.0.1:{scene.sims_port}", trust_env=False) as http:
            for channel, user in everybody:
                http.post(f"/sim/{channel}/users", json={"id": user, "name": user}).raise_for_status()
                if channel == "wechat":
                    http.post("/sim/wechat/event", json={"user": user, "event": "subscribe"}).raise_for_status()
        wait_for_followers(scene, len(everybody))
        break_platforms(scene)
        scene.command("campaigns", "start", campaign, "--by", "owner@example.com")
        began = time.monotonic()
        run_to_the_end(scene, campaign)
        took = time.monotonic() - began
        judge(scene, campaign, everybody)
        print(f"{len(everybody)} recipients in {took:.0f} s, kills {scene.kills.total()}")
    assert scene.kills.total() == KILLS


def judge(scene: Scene, campaign: str, everybody: list[tuple[str, str]]) -> None:
    """What the platforms saw against what the campaign says."""
    asked = heard(scene, everybody)
    assert [who for who, times in asked.items() if times > 1] == [], "asked twice"
    rows = scene.rows(
        "SELECT r.address, r.stage, o.status, o.id FROM recipients r LEFT JOIN outbound o ON o.key = r.outbound_key "
        f"WHERE r.campaign_id = '{campaign}'"
    )
    assert len(rows) == len(everybody), "planned twice, or lost"
    status = {f"{Address.from_key(row[0]).channel}:{Address.from_key(row[0]).user}": row[2] for row in rows}
    unasked = [who for who, times in asked.items() if not times and status.get(who) not in ("in_doubt", "parked")]
    assert unasked == [], "neither asked nor listed"
    wrong = [who for who, times in asked.items() if times and status[who] not in ("sent", "in_doubt")]
    assert wrong == [], "asked, but not counted as such"
    doubtful = {str(row[3]) for row in rows if row[2] == "in_doubt"}
    listed = scene.command("campaigns", "list")
    if doubtful:
        assert f"{RecipientState.IN_DOUBT.value} {len(doubtful)}" in listed, "in doubt, but not listed"
    print(f"in doubt {len(doubtful)}, of which arrived "
          f"{sum(1 for who, times in asked.items() if times and status[who] == 'in_doubt')}; "
          f"states {Counter(status.values())}")
