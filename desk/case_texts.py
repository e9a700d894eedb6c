"""What customers are told about their cases, in each language."""

from desk.wording import Wording

say = Wording({
    # name: (simplified, traditional, English)
    "opened": (
        "我们为您登记了工单 {number}：{subject}。有进展会在这里告诉您。",
        "我們為您登記了工單 {number}：{subject}。有進展會在這裡告訴您。",
        "We have opened ticket {number} for you: {subject}. You will hear about its progress right here.",
    ),
    "acknowledged": (
        "您的投诉 {number} 由 {agent} 负责。给您带来不便，非常抱歉；我们会认真处理，有进展就在这里告诉您。",
        "您的投訴 {number} 由 {agent} 負責。造成您的不便，非常抱歉；我們會認真處理，有進展就在這裡告訴您。",
        "{agent} is now looking after your complaint {number}. We are sorry for the trouble, take it seriously, and "
        "will keep you posted right here.",
    ),
    "investigating": (
        "您的投诉 {number} 正在核实中。",
        "您的投訴 {number} 正在查證中。",
        "We are now looking into your complaint {number}.",
    ),
    "remedy_proposed": (
        "关于投诉 {number}，我们打算这样处理：{note}\n确认后会尽快办理，并在这里告诉您。",
        "關於投訴 {number}，我們打算這樣處理：{note}\n確認後會盡快辦理，並在這裡告訴您。",
        "About your complaint {number}, this is what we propose: {note}\nOnce it is approved we will carry it out and "
        "tell you here.",
    ),
    "approved": (
        "投诉 {number} 的处理方案已批准，正在办理。",
        "投訴 {number} 的處理方案已核准，正在辦理。",
        "The remedy for your complaint {number} has been approved and is being carried out.",
    ),
    "done": (
        "投诉 {number} 已处理完毕。{note}",
        "投訴 {number} 已處理完畢。{note}",
        "Your complaint {number} has been dealt with. {note}",
    ),
    "resolved": (
        "工单 {number}（{subject}）已处理完毕。{note}",
        "工單 {number}（{subject}）已處理完畢。{note}",
        "Ticket {number} ({subject}) has been dealt with. {note}",
    ),
    "is_it_settled": (
        "这样解决了吗？",
        "這樣解決了嗎？",
        "Is it settled for you?",
    ),
    "yes_settled": ("解决了", "解決了", "Yes, it is settled"),
    "not_settled": ("还没有", "還沒有", "No, not yet"),
    "accepted": (
        "谢谢您的确认，{number} 就此结案。再有问题随时告诉我们。",
        "謝謝您的確認，{number} 就此結案。再有問題隨時告訴我們。",
        "Thank you for letting us know; {number} is closed. Write to us any time if something comes up.",
    ),
    "disputed": (
        "明白了，{number} 已重新处理，同事会继续跟进。还有哪里没解决，请直接写在这里。",
        "了解，{number} 已重新處理，同事會繼續跟進。還有哪裡沒解決，請直接寫在這裡。",
        "Understood: {number} is open again and a colleague goes on with it. Please tell us here what is still wrong.",
    ),
    "enough": ("没有要补充的", "沒有要補充的", "Nothing to add"),
    "person": ("转人工", "轉真人客服", "Talk to a person"),
    "reopened": (
        "{number} 已重新处理，我们会继续跟进。",
        "{number} 已重新處理，我們會繼續跟進。",
        "We have reopened {number} and are working on it again.",
    ),
    "waiting": (
        "关于 {number}，我们在等您的回复：{note}",
        "關於 {number}，我們在等您的回覆：{note}",
        "About {number}, we are waiting for you: {note}",
    ),
    "noted": (
        "收到，已记入 {number}。",
        "收到，已記入 {number}。",
        "Thank you, that is now in {number}.",
    ),
    "already_settled": (
        "{number} 已经结案了。如有新的问题，请直接告诉我们。",
        "{number} 已經結案了。如有新的問題，請直接告訴我們。",
        "{number} is closed already. If something new has come up, just tell us.",
    ),
    "improvement_noted": (
        "关于投诉 {number}，我们已作出改进：{note} 谢谢您帮助我们做得更好。",
        "關於投訴 {number}，我們已做出改善：{note} 謝謝您幫助我們做得更好。",
        "Because of your complaint {number} we have changed something: {note} Thank you for helping us improve.",
    ),
    "merged": (
        "工单 {number} 已并入 {into}，之后请以 {into} 为准。",
        "工單 {number} 已併入 {into}，之後請以 {into} 為準。",
        "Ticket {number} continues as {into}.",
    ),
    "refund": (
        "退款 {amount} 已办理（{number}），到账时间取决于您的支付方式。",
        "退款 {amount} 已辦理（{number}），入帳時間取決於您的付款方式。",
        "Your refund of {amount} has been made ({number}); when it arrives depends on how you paid.",
    ),
    "voucher": (
        "我们送您一张价值 {amount} 的代金券（{number}）。{note}",
        "我們送您一張價值 {amount} 的抵用券（{number}）。{note}",
        "We have issued you a voucher worth {amount} ({number}). {note}",
    ),
    "points": (
        "{amount} 积分已记入您的账户（{number}）。",
        "{amount} 點已存入您的帳戶（{number}）。",
        "{amount} points have been added to your account ({number}).",
    ),
    "apology": (
        "{note}",
        "{note}",
        "{note}",
    ),
})
"""The text of this name, in this language, with its values filled in."""
