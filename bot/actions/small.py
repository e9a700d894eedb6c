"""A greeting: the first one welcomes. And messages without a word in them."""

import unicodedata

from bot.actions.turn import PERSON, Choice, DeskAction, Events, Heard, Reply, Words
from desk.effects import NotUnderstood

SAD = Words("看来有不顺心的地方，很抱歉。愿意和我说说吗？",
            "That doesn’t look good, I’m sorry. Would you like to tell me what happened?")
COMPLAIN = Choice(Words("投诉或反馈", "Make a complaint"), "/file_complaint")
GLAD = Words("😊 还有什么可以帮您？", "😊 Is there anything I can help with?")
LISTENING = Words("我在的。想问什么直接写给我就行，比如“几点退房”或“我的订单”。",
                  "I’m here. Just write what you’d like to know, for example “check-out time” or “my booking”.")
_SAD = frozenset("😡🤬😠👎😤😞😔😟🙁☹😣😖😫😩😢😭😒🙄💔😾🤮🤢😰😨")


class Greet(DeskAction):
    """Welcome a customer at the start of a conversation (also when they open the chat or follow the account)."""

    called = "action_greet"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.say_response("utter_welcome" if heard.is_first else "utter_greet")
        return []


def answer_wordless(heard: Heard, reply: Reply) -> Events:
    """Faces, marks or bare numbers: a mood at best."""
    if any(char in _SAD for char in heard.text):
        reply.say(SAD, COMPLAIN, PERSON)
    elif any(unicodedata.category(char) == "So" for char in heard.text):
        reply.say(GLAD)
    elif not heard.has_words:
        reply.say(LISTENING, PERSON)
    else:
        reply.change(NotUnderstood())
        reply.say_response("utter_default")
    return []
