"""What the desk itself says to customers, in each language. The assistant's own texts are in domain.yml."""

from desk.wording import Wording

say = Wording({
    # name: (simplified, traditional, English)
    "queued_first": (
        "已经为您通知人工客服，您是下一位。请稍等，客服马上就来。",
        "已經為您通知真人客服，您是下一位。請稍候，客服馬上就來。",
        "I've called a colleague. You are next in line; someone will be with you shortly.",
    ),
    "queued_absent": (
        "已经为您通知人工客服，您是下一位。同事暂时不在线，上线后马上就能看到。",
        "已經為您通知真人客服，您是下一位。同事暫時不在線上，上線後馬上就會看到。",
        "I've called a colleague. You are next in line; nobody is at the desk just now, but they will see it "
        "first thing.",
    ),
    "queued_behind": (
        "已经为您通知人工客服，前面还有 {ahead} 位。您可以继续留言，客服接手后会看到全部内容。",
        "已經為您通知真人客服，前面還有 {ahead} 位。您可以繼續留言，客服接手後會看到全部內容。",
        "I've called a colleague. People before you: {ahead}. Keep writing if you like: they will see it all.",
    ),
    "usual_wait": (
        "通常约需等待 {minutes} 分钟。",
        "通常約需等待 {minutes} 分鐘。",
        "The wait is usually about {minutes} min.",
    ),
    "to_team": (
        "我为您转给负责的同事，之前的内容他们都能看到，请稍等。",
        "我為您轉給負責的同事，之前的內容他們都看得到，請稍候。",
        "I'm passing you on to the team in charge. They can see everything so far; just a moment, please.",
    ),
    "looking_for_another": (
        "让您久等了，我正在为您找另一位同事。",
        "讓您久等了，我正在為您找另一位同事。",
        "Sorry for the wait. I'm looking for another colleague for you.",
    ),
    "person_anger": (
        "非常抱歉给您带来这样的体验，我马上请同事来处理。",
        "非常抱歉讓您有這樣的體驗，我馬上請同事來處理。",
        "I'm very sorry about this. I'm getting a colleague for you right away.",
    ),
    "person_vip": (
        "您是我们的贵宾，我请专人为您服务。",
        "您是我們的貴賓，我請專人為您服務。",
        "As a valued guest you will be served by a colleague in person.",
    ),
    "person_low_confidence": (
        "抱歉，我没能弄明白您的意思。我请同事来接着帮您。",
        "抱歉，我沒能弄懂您的意思。我請同事來接著幫您。",
        "I'm sorry, I can't work out what you need. I'm asking a colleague to take over.",
    ),
    "promise": (
        "现在没有客服在线。我已为您登记工单 {number}，我们会在{when}前回复您，就在这里。",
        "目前沒有客服在線。我已為您登記工單 {number}，我們會在{when}前回覆您，就在這裡。",
        "Nobody is at the desk right now. I've opened ticket {number} for you; we will reply right here by {when}.",
    ),
    "still_waiting": (
        "让您久等了，客服暂时都在忙。我已为您登记工单 {number}，我们会在{when}前回复您，就在这里。",
        "讓您久等了，客服暫時都在忙。我已為您登記工單 {number}，我們會在{when}前回覆您，就在這裡。",
        "Sorry for the wait: everybody is busy. I've opened ticket {number}; we will reply right here by {when}.",
    ),
    "joined": (
        "{agent} 已接入，为您服务。",
        "{agent} 已接手，為您服務。",
        "You are now talking to {agent}.",
    ),
    "back_to_bot": (
        "人工服务已结束，后面由智能助手继续为您服务。需要时随时说“人工”。",
        "真人服務已結束，接下來由智慧助理繼續為您服務。需要時隨時說「真人客服」。",
        "You are back with the assistant. Say \"agent\" whenever you need a person.",
    ),
    "ask_rating": (
        "本次服务到这里结束。您对这次服务满意吗？请打 1 到 5 分（5 分最好）。",
        "本次服務到此結束。您對這次服務滿意嗎？請給 1 到 5 分（5 分最好）。",
        "This conversation is closed. How did we do? Please rate us from 1 to 5 (5 is best).",
    ),
    "ask_comment": (
        "谢谢您的 {score} 分！还有什么想告诉我们的吗？（没有可以说“跳过”）",
        "謝謝您的 {score} 分！還有什麼想告訴我們的嗎？（沒有可以說「跳過」）",
        "Thank you for the {score}! Anything you would like to add? (Say \"skip\" if not.)",
    ),
    "rating_thanks": (
        "谢谢您的反馈，祝您愉快！",
        "謝謝您的回饋，祝您愉快！",
        "Thank you for your feedback. Have a lovely day!",
    ),
    "rating_reminder": (
        "顺便问一句：您对刚才的服务打几分（1 到 5）？不想评价也没关系。",
        "順便請問：您對剛才的服務打幾分（1 到 5）？不想評價也沒關係。",
        "By the way: how would you rate our service just now (1 to 5)? No need if you would rather not.",
    ),
    "skip": ("跳过", "跳過", "Skip"),
    "stale_button": (
        "这个按钮已经过期了。请直接告诉我您需要什么。",
        "這個按鈕已經過期了。請直接告訴我您需要什麼。",
        "That button is no longer valid. Just tell me what you need.",
    ),
    "delayed": (
        "抱歉，系统暂时有点慢。您的消息已经收到，恢复后马上回复您；着急的话，客服也能看到并直接回复。",
        "抱歉，系統暫時有點慢。您的訊息已經收到，恢復後馬上回覆您；若急需協助，客服也能看到並直接回覆。",
        "Sorry, we are having a technical hiccup. Your message is safe and will be answered as soon as we are back; "
        "a colleague can see it, too.",
    ),
    "apology": (
        "非常抱歉，这条消息我没能处理好，已经转给人工客服。",
        "非常抱歉，這則訊息我沒能處理好，已經轉給真人客服。",
        "I'm sorry, I could not handle that message. I've passed it on to a colleague.",
    ),
    "stopped": (
        "好的，我们不会再主动给您发消息。您随时可以继续在这里咨询。",
        "好的，我們不會再主動傳訊息給您。您隨時可以在這裡詢問。",
        "Done: we will not write to you unasked any more. You can still ask us anything here.",
    ),
})
"""The text of this name, in this language, with its values filled in."""
