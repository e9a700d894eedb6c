"""What a survey itself says around its questions, in each language."""

from desk.wording import Wording

say = Wording({
    # name: (simplified, traditional, English)
    "how": (
        "（回复“跳过”略过本题，“返回”回上一题，“结束”退出；回复“退订”不再收到调查。）",
        "（回覆「跳過」略過本題，「返回」回上一題，「結束」離開；回覆「退訂」不再收到調查。）",
        "(Say \"skip\" to skip, \"back\" to go back, \"quit\" to leave; \"STOP\" ends all surveys.)",
    ),
    "reask_scale": (
        "不好意思，我没看懂。请回复 {low} 到 {high} 之间的一个数字（{high} 最好）；不想答就说“跳过”。",
        "不好意思，我沒看懂。請回覆 {low} 到 {high} 之間的一個數字（{high} 最好）；不想答就說「跳過」。",
        "Sorry, I did not get that. Please answer with a number from {low} to {high} ({high} is best), or say "
        "\"skip\".",
    ),
    "reask_single": (
        "不好意思，我没看懂。请回复选项的序号，或者说“跳过”。",
        "不好意思，我沒看懂。請回覆選項的編號，或者說「跳過」。",
        "Sorry, I did not get that. Please answer with the number of a choice, or say \"skip\".",
    ),
    "reask_multiple": (
        "不好意思，我没看懂。请回复一个或几个选项的序号，例如“1 3”，或者说“跳过”。",
        "不好意思，我沒看懂。請回覆一個或幾個選項的編號，例如「1 3」，或者說「跳過」。",
        "Sorry, I did not get that. Please answer with the numbers of one or more choices, such as \"1 3\", or say "
        "\"skip\".",
    ),
    "reask_yes_no": (
        "不好意思，我没看懂。请回复“是”或“否”，或者说“跳过”。",
        "不好意思，我沒看懂。請回覆「是」或「否」，或者說「跳過」。",
        "Sorry, I did not get that. Please answer \"yes\" or \"no\", or say \"skip\".",
    ),
    "required": (
        "这一题需要您的回答才能继续；不想继续可以说“结束”。",
        "這一題需要您的回答才能繼續；不想繼續可以說「結束」。",
        "We need your answer to this one to go on. Say \"quit\" if you would rather stop.",
    ),
    "kept_as_text": ("好的，我原样记下了。", "好的，我原樣記下了。", "All right, I noted it just as you wrote it."),
    "several": ("（可以选几项，例如“1 3”）", "（可以選幾項，例如「1 3」）", "(Choose one or more, such as \"1 3\")"),
    "picked": (
        "已选：{chosen}。还有吗？选好了请点“完成”。",
        "已選：{chosen}。還有嗎？選好了請點「完成」。",
        "Chosen: {chosen}. Anything else? Tap \"Done\" when you are finished.",
    ),
    "done": ("完成", "完成", "Done"),
    "yes": ("是", "是", "Yes"),
    "no": ("否", "否", "No"),
    "come_back": (
        "顺便接着刚才的小问卷：",
        "順便接著剛才的小問卷：",
        "By the way, back to our short survey:",
    ),
    "remind": (
        "您好，前几天想请教您一个小问题，方便的话回复一下就好：",
        "您好，前幾天想請教您一個小問題，方便的話回覆一下就好：",
        "Hello again! A few days ago we asked you a short question. If you have a moment:",
    ),
    "left": (
        "好的，问卷到这里结束，您前面的回答已经记下了。谢谢！",
        "好的，問卷到這裡結束，您前面的回答已經記下了。謝謝！",
        "All right, we stop here. What you answered so far is kept. Thank you!",
    ),
    "finished": ("问卷到这里就结束了，谢谢您！", "問卷到這裡就結束了，謝謝您！", "That was all. Thank you very much!"),
    "offer_complaint": (
        "很抱歉让您失望了。要我们为您登记一个投诉工单，请专人跟进吗？",
        "很抱歉讓您失望了。要我們為您登記一張客訴單，請專人跟進嗎？",
        "We are sorry to have let you down. Shall we open a complaint ticket, so that a colleague follows it up?",
    ),
    "complaint_yes": ("好，请跟进", "好，請跟進", "Yes, please"),
    "complaint_no": ("不用了", "不用了", "No, thanks"),
    "complaint_opened": (
        "已为您登记投诉工单 {number}，会有专人跟进。",
        "已為您登記客訴單 {number}，會有專人跟進。",
        "We opened complaint ticket {number} for you; a colleague will follow it up.",
    ),
    "over": (
        "这份问卷已经结束了，谢谢您。",
        "這份問卷已經結束了，謝謝您。",
        "This survey is already over. Thank you all the same.",
    ),
    "complaint_subject": (
        "问卷低分：{survey}（{score} 分）",
        "問卷低分：{survey}（{score} 分）",
        "Low survey score: {survey} ({score})",
    ),
})
"""The text of this name, in this language, with its values filled in."""
