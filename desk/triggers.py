"""When a person is fetched without being asked for: anger, a bot that does not understand, a VIP."""

from collections.abc import Iterable
from dataclasses import replace

from desk.anger import mood
from desk.conversations import Conversation, HandoffReason, Priority
from desk.effects import Effect, NoteGap, NotUnderstood
from desk.staffing import StaffingRules, VipRule
from desk.store import Transaction
from desk.timeline import LEFT_LINE, Happening


def count_miss(conversation: Conversation, effects: Iterable[Effect]) -> Conversation:
    """The conversation with one more miss in a row, or none where the bot understood."""
    missed = any(isinstance(effect, NoteGap | NotUnderstood) for effect in effects)
    return replace(conversation, misses=conversation.misses + 1 if missed else 0)


def reason_for_person(tx: Transaction, conversation: Conversation, text: str) -> HandoffReason | None:
    """Why this conversation, held by the bot, goes to a person now; None where it stays.

    `text` is what the customer just wrote, `conversation.misses` counts it already. Who was promised an answer
    (`handoff_reason` is set) is not promised another one; who left the line is put back into it only when they ask, or
    are angry. What most messages are costs no question to the store.
    """
    angry, missed = mood(text).is_angry, conversation.misses > 0
    if conversation.handoff_reason is not None or not (angry or missed or conversation.priority > Priority.NORMAL):
        return None
    rules = tx.staffing.rules()
    if angry and rules.anger:
        return HandoffReason.ANGER
    reason = HandoffReason.LOW_CONFIDENCE if 0 < rules.misses <= conversation.misses else None
    if _is_vip(tx, conversation, rules) and (
        rules.vip_rule is VipRule.AT_ONCE or (missed and rules.vip_rule is VipRule.FIRST_MISS)
    ):
        reason = HandoffReason.VIP
    return reason if reason is not None and not _left_line(tx, conversation) else None


def priority_of(tx: Transaction, tier: str) -> Priority:
    """The priority that a customer's tier gives to their conversations."""
    return Priority.HIGH if tier and tx.staffing.rules().is_vip(tier) else Priority.NORMAL


def _left_line(tx: Transaction, conversation: Conversation) -> bool:
    latest = tx.timeline.find_latest(conversation.id, Happening.QUEUED, Happening.RELEASED)
    return latest is not None and latest.reason == LEFT_LINE


def _is_vip(tx: Transaction, conversation: Conversation, rules: StaffingRules) -> bool:
    return bool(rules.vip_tiers) and rules.is_vip(tx.customers.get(conversation.customer_id).tier)
