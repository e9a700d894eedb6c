"""Messages the customer did not ask for: stopped and allowed again, with their words as proof."""

from bot.actions.complaint_draft import LEFT_UNSENT, reset
from bot.actions.turn import Choice, DeskAction, Events, Heard, Reply, Words
from desk.effects import SetConsent

STOPPED = Words(
    "好的，以后不再主动给您发通知和调查。您随时可以找我，想恢复时告诉我一声就行。",
    "Done. We won’t send you notifications or surveys any more. "
    "You can still write to us at any time, and turn them back on whenever you like.",
)
RESUMED = Words(
    "好的，已经为您恢复通知。想停止时回复“退订”即可。",
    "All right, notifications are on again. Reply “stop” whenever you want them off.",
)
RESUME = Choice(Words("恢复通知", "Turn them back on"), "/resume_messages")


class StopMessages(DeskAction):
    """No more unasked messages. A complaint in the making is left, and the customer is told so."""

    called = "action_stop_messages"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.change(SetConsent(allowed=False, words=heard.text))
        reply.say(STOPPED, RESUME)
        if heard.slots.get("complaint_open"):
            reply.say(LEFT_UNSENT)
        return reset()


class ResumeMessages(DeskAction):
    """Unasked messages are welcome again."""

    called = "action_resume_messages"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.change(SetConsent(allowed=True, words=heard.text))
        reply.say(RESUMED)
        return []
