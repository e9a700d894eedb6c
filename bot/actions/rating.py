"""A rating that comes outside the rating question."""

import re

from bot.actions.turn import PERSON, Choice, DeskAction, Events, Heard, Reply, Words, command
from desk.effects import GiveRating
from desk.ratings import read_score

WHICH = Words("您给这次服务打几分？1 分是很不满意，5 分是非常满意。",
              "How would you rate our service, from 1 (poor) to 5 (excellent)?")
GOOD = Words("谢谢您的 {score} 分！能帮到您真好。", "Thank you for the {score}! Glad we could help.")
FAIR = Words("谢谢您的 {score} 分，我们会继续改进。", "Thank you for the {score}. We’ll keep working on it.")
POOR = Words(
    "谢谢您直说，{score} 分说明我们没有做好，很抱歉。愿意的话，可以告诉同事哪里不好，或者提交投诉，我们会跟进。",
    "Thank you for being frank. A {score} means we let you down, and I’m sorry. "
    "If you like, tell a colleague what went wrong, or make a complaint and we’ll follow it up.",
)
COMPLAIN = Choice(Words("提交投诉", "Make a complaint"), "/file_complaint")

_INSIDE = re.compile(
    r"([1-5]|[一二两兩三四五]|one|two|three|four|five)\s*(?:分|星|颗星|顆星|stars?\b|points?\b|/\s*5)", re.IGNORECASE
)
_MORE_THAN_A_SCORE = 8  # characters; below this a text is the score and nothing else


class Rate(DeskAction):
    """Take the score out of what was said, or ask for it."""

    called = "action_give_rating"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        score = score_in(heard)
        if score is None:
            reply.say(WHICH, *(Choice(str(n), command("give_rating", rating=str(n))) for n in range(5, 0, -1)))
            return []
        comment = heard.text if not heard.is_command and len(heard.text) > _MORE_THAN_A_SCORE else ""
        reply.change(GiveRating(score, comment))
        if score <= 2:
            reply.say(POOR, PERSON, COMPLAIN, score=score)
        else:
            reply.say(GOOD if score >= 4 else FAIR, score=score)
        return []


def score_in(heard: Heard) -> int | None:
    """The score named: by a button, as the whole text, or inside a sentence ("我给四分")."""
    whole = read_score(heard.entities.get("rating", "")) if heard.is_command else read_score(heard.text)
    if whole is not None:
        return whole
    found = _INSIDE.search(heard.text)
    if found:
        return read_score(found.group(1))
    return read_score(heard.entities.get("rating", ""))
