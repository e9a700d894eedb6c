"""A greeting: the first one welcomes."""

from bot.actions.turn import DeskAction, Events, Heard, Reply


class Greet(DeskAction):
    """Welcome a customer at the start of a conversation (also when they open the chat or follow the account)."""

    called = "action_greet"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.say_response("utter_welcome" if heard.is_first else "utter_greet")
        return []
