"""A campaign goes out: to whom it should, once, at its pace, and no further than the owner wants."""

from dataclasses import replace
from datetime import timedelta

from campaigns.audience import Audience, Field, Join, Op, Rule
from campaigns.campaigns import CampaignState, Purpose, QuietHours, Trigger
from campaigns.recipients import RecipientState
from campaigns.running import Step, step
from crm_store.store import SqlTransaction
from desk.channels import ReplyWindow
from desk.conversations import Author, DeliveryStatus
from desk.messages import ChannelName, Language, OutboundMessage
from desk.queue import Lane, NewMessage, Sending
from desk.tickets import TicketKind
from tests.campaigns.conftest import LANES, House, at


async def test_everybody_of_the_audience_is_asked_once_in_their_language(house: House) -> None:
    await house.customer("anna", language=Language.EN)
    wang = await house.customer("wang", language=Language.ZH_HANS)
    lin = await house.customer("lin", language=Language.ZH_HANT)
    opening = {Language.EN: "Hello!", Language.ZH_HANS: "您好！", Language.ZH_HANT: "您好！"}
    campaign = await house.starts(openings=(opening,))
    await house.runs(campaign, 2)
    assert await house.states(campaign) == {"sent": 3}
    assert sorted(lease.address.user for lease in house.sent) == ["anna", "lin", "wang"]
    (said,) = await house.heard(at("anna"))
    assert said.startswith("Hello!") and "How satisfied" in said and "STOP" in said
    assert "您对我们的服务满意吗" in (await house.heard(wang))[0]
    assert "您對我們的服務滿意嗎" in (await house.heard(lin))[0]


async def test_a_slice_that_is_repeated_after_a_crash_plans_nobody_twice(house: House) -> None:
    await house.customers(30)
    campaign = await house.starts()
    now = house.clock.now()

    def plan_without_remembering(tx: SqlTransaction) -> None:
        running = tx.campaigns.get(campaign.id)
        survey = tx.surveys.content(running.plan.survey_id, running.version)
        tx.recipients.plan_slice(running, survey, now, LANES.accounts)  # the cursor is not saved: as if killed here

    for _ in range(2):
        await house.do(plan_without_remembering)
    await house.works(campaign)
    assert (await house.states(campaign)) == {"queued": 30}


async def test_who_may_not_be_asked_is_left_out_and_counted_with_the_reason(house: House) -> None:
    await house.customer("staff", email="Owner@Example.com")
    await house.customer("refused", consent=False)
    await house.customer("complaining")
    await house.customer("elsewhere", ChannelName.WEBCHAT)
    await house.customer("gone")
    await house.customer("fine")
    now = house.clock.now()

    def prepare(tx: SqlTransaction) -> None:
        tx.tickets.open(kind=TicketKind.COMPLAINT, customer_id="complaining", conversation_id="x", subject="s",
                        detail="d", now=now)
        tx.customers.set_unreachable(at("gone"))

    await house.do(prepare)
    first = await house.starts(channels=(ChannelName.TELEGRAM,))
    await house.runs(first, 1)
    assert await house.states(first) == {"excluded": 5, "sent": 1}
    reasons = await house.store.read(lambda tx: tx.recipient_views.count_exclusions(first.id))
    assert reasons == {"staff": 1, "opted_out": 1, "open_complaint": 1, "no_address": 1, "blocked": 1}

    second = await house.starts(channels=(ChannelName.TELEGRAM,), audience=Audience())
    await house.runs(second, 1)
    assert await house.state_of(second, "fine") is RecipientState.EXCLUDED, "asked by the first campaign just now"


async def test_marketing_needs_an_opt_in_and_surveys_only_that_nobody_said_no(house: House) -> None:
    await house.customer("silent")
    await house.customer("agreed")
    await house.customer("refused")
    now = house.clock.now()

    def say(tx: SqlTransaction) -> None:
        tx.consents.record("agreed", Purpose.MARKETING, True, "yes please", "telegram", now, "k1")
        tx.consents.record("refused", Purpose.SURVEY, False, "no surveys", "telegram", now, "k2")

    await house.do(say)
    survey = await house.starts(cap_days=0)
    marketing = await house.starts(cap_days=0, purpose=Purpose.MARKETING)
    await house.works(survey)
    await house.works(marketing)
    states = {name: (await house.state_of(survey, name), await house.state_of(marketing, name))
              for name in ("silent", "agreed", "refused")}
    queued, excluded = RecipientState.QUEUED, RecipientState.EXCLUDED
    assert states == {"silent": (queued, excluded), "agreed": (queued, queued), "refused": (excluded, excluded)}


async def test_the_rules_choose_by_points_tier_channel_orders_and_past_answers(house: House) -> None:
    await house.customer("gold", tier="gold", points=900)
    await house.customer("rich", points=5000)
    await house.customer("plain", points=10)
    await house.customer("chat", ChannelName.SLACK, tier="gold")
    rules = Audience(rules=(
        Rule(Field.CHANNEL, Op.IS, "telegram"),
        Audience(Join.ANY, (Rule(Field.TIER, Op.IS, "Gold"), Rule(Field.POINTS, Op.AT_LEAST, "1000"))),
        Rule(Field.LAST_CONTACT, Op.WITHIN_DAYS, "30"), Rule(Field.ORDERS, Op.AT_MOST, "0"),
    ))
    campaign = await house.starts(audience=rules)
    await house.runs(campaign, 1)
    assert sorted(lease.address.user for lease in house.sent) == ["gold", "rich"]
    await house.says(at("gold"), "2")
    unhappy = Audience(rules=(Rule(Field.ANSWER, Op.AT_MOST, "3", of=f"{house.survey_id}.csat"),))
    again = await house.starts(audience=unhappy, cap_days=0)
    await house.works(again)
    assert await house.state_of(again, "gold") is RecipientState.QUEUED
    assert await house.states(again) == {"queued": 1}


async def test_a_pause_holds_at_once_and_resuming_goes_on_where_it_was(house: House) -> None:
    await house.customers(60)
    campaign = await house.starts()
    await house.runs(campaign, 1)
    sent = len(house.sent)
    assert 0 < sent < 60
    await house.changes(campaign, CampaignState.PAUSED)
    house.clock.forward(timedelta(seconds=5))
    assert await house.sends() == []
    assert await house.states(campaign) == {"sent": sent, "queued": 60 - sent}
    unsaid = await house.heard(at("c0059"))
    assert unsaid == [], "what was never sent does not stand in the history"
    await house.changes(campaign, CampaignState.RUNNING)
    await house.runs(campaign, 4)
    assert await house.states(campaign) == {"sent": 60}
    assert len({lease.address.user for lease in house.sent}) == len(house.sent) == 60


async def test_what_was_already_claimed_when_the_pause_came_is_all_that_still_leaves(house: House) -> None:
    """The claim itself looks at the campaign: also a message that was queued behind the pause's back stays."""
    await house.customers(3)
    campaign = await house.starts()
    await house.works(campaign)
    running = await house.store.read(lambda tx: tx.campaigns.get(campaign.id))
    await house.do(lambda tx: tx.campaigns.save(replace(running, state=CampaignState.PAUSED)))
    assert await house.claims() == []
    assert await house.states(campaign) == {"queued": 3}


async def test_cancelling_ends_everything_that_did_not_leave(house: House) -> None:
    await house.customers(60)
    campaign = await house.starts()
    await house.runs(campaign, 1)
    await house.changes(campaign, CampaignState.CANCELLED)
    sent = len(house.sent)
    assert await house.states(campaign) == {"expired": sent, "cancelled": 60 - sent}
    house.clock.forward(timedelta(hours=1))
    assert await house.sends() == []


async def test_a_stop_takes_effect_before_the_next_message_leaves(house: House) -> None:
    await house.customers(30)
    campaign = await house.starts()
    await house.works(campaign)
    await house.says(at("c0000"), "退订")
    await house.runs(campaign, 3)
    assert await house.state_of(campaign, "c0000") is RecipientState.OPTED_OUT
    assert "c0000" not in {lease.address.user for lease in house.sent if lease.key.startswith("camp:")}
    (proof,) = await house.store.read(lambda tx: tx.consents.list_log("c0000"))
    assert (proof.allowed, proof.words, proof.channel) == (False, "退订", "telegram")


async def test_refusing_surveys_alone_takes_effect_at_once_and_leaves_everything_else(house: House) -> None:
    await house.customers(30)
    campaign = await house.starts()
    await house.works(campaign)
    await house.says(at("c0000"), "不要再发问卷了")
    await house.says(at("c0001"), "no more promotions")
    await house.runs(campaign, 3)
    assert await house.state_of(campaign, "c0000") is RecipientState.OPTED_OUT
    assert await house.state_of(campaign, "c0001") is RecipientState.SENT
    (proof,) = await house.store.read(lambda tx: tx.consents.list_log("c0000"))
    assert (proof.allowed, proof.purpose, proof.words) == (False, "survey", "不要再发问卷了")
    assert await house.store.read(lambda tx: tx.consents.of("c0000")) == {
        Purpose.SERVICE: None, Purpose.SURVEY: False, Purpose.MARKETING: None,
    }
    assert (await house.heard(at("c0000")))[-1].startswith("好的，不再给您发问卷调查。")


async def test_who_stopped_everything_and_resumes_one_kind_gets_that_kind_only(house: House) -> None:
    await house.customers(2)
    await house.says(at("c0000"), "退订")
    await house.says(at("c0000"), "恢复问卷")
    assert await house.store.read(lambda tx: tx.consents.of("c0000")) == {
        Purpose.SERVICE: False, Purpose.SURVEY: True, Purpose.MARKETING: False,
    }
    campaign = await house.starts()
    await house.runs(campaign, 1)
    assert await house.state_of(campaign, "c0000") is RecipientState.SENT


async def test_nobody_hears_from_us_in_the_quiet_hours_of_their_own_time_zone(house: House) -> None:
    await house.customer("london", time_zone="Europe/London")
    await house.customer("tokyo", time_zone="Asia/Tokyo")  # 21:00 there at noon UTC
    campaign = await house.starts(quiet=QuietHours())
    await house.runs(campaign, 1)
    assert [lease.address.user for lease in house.sent] == ["london"]
    house.clock.forward(timedelta(hours=11, minutes=58))
    await house.runs(campaign, 1)
    assert len(house.sent) == 1
    house.clock.forward(timedelta(minutes=2))
    await house.runs(campaign, 1)
    assert [lease.address.user for lease in house.sent] == ["london", "tokyo"], "09:00 in Tokyo is midnight UTC"


async def test_campaigns_leave_room_for_replies_and_never_exceed_their_pace_in_any_second(house: House) -> None:
    await house.customers(120)
    campaign = await house.starts()
    times = []
    for _ in range(500):
        await house.works(campaign)
        times += [lease.slot.at for lease in await house.sends()]
        house.clock.forward(timedelta(milliseconds=10))
    busiest = max(sum(1 for other in times if timedelta(0) <= other - start < timedelta(seconds=1)) for start in times)
    assert busiest <= 21, "70 % of Telegram's 30 a second"
    assert len(times) >= 102, "within three percent of what is allowed"


async def test_a_reply_leaves_before_a_campaigns_message_that_waited_longer(house: House) -> None:
    await house.customers(10)
    campaign = await house.starts()
    await house.works(campaign)
    now = house.clock.now()
    sending = Sending("r", OutboundMessage("reply"), at("c0009"), Lane.REPLY, now, None)
    await house.do(lambda tx: tx.messages.add(NewMessage(
        tx.conversations.list_of_customer("c0009")[0].id, Author.AGENT, "reply", "out:r", now, sending=sending
    )))
    (first,) = await house.claims(limit=1)
    assert first.key == "r"


async def test_on_wechat_a_closed_window_parks_the_question_until_the_customer_writes(house: House) -> None:
    closed = await house.customer("closed", ChannelName.WECHAT)
    open_ = await house.customer("open", ChannelName.WECHAT)
    now = house.clock.now()
    await house.do(lambda tx: tx.windows.open(open_, ReplyWindow("message", timedelta(hours=48), 5), now))
    campaign = await house.starts()
    await house.runs(campaign, 1, ChannelName.WECHAT)
    assert await house.states(campaign) == {"sent": 1, "parked": 1}
    await house.says(closed, "有人吗？")
    await house.runs(campaign, 1, ChannelName.WECHAT)
    assert await house.states(campaign) == {"sent": 2}


async def test_a_message_that_may_have_arrived_is_shown_in_doubt_and_never_repeated(house: House) -> None:
    await house.customers(3)
    campaign = await house.starts()
    await house.works(campaign)
    while (await house.states(campaign)).get("in_doubt", 0) < 3:
        await house.sends(status=DeliveryStatus.IN_DOUBT)
        house.clock.forward(timedelta(milliseconds=100))
    house.clock.forward(timedelta(days=1))
    await house.works(campaign)
    assert await house.claims() == []


async def test_one_reminder_goes_to_who_stayed_silent(house: House) -> None:
    await house.customers(2)
    campaign = await house.starts(remind_after=timedelta(hours=24))
    await house.runs(campaign, 1)
    await house.says(at("c0000"), "5")
    for _ in range(3):
        house.clock.forward(timedelta(hours=25))
        await house.runs(campaign, 1)
    assert len(await house.heard(at("c0001"))) == 2
    assert "A few days ago" in (await house.heard(at("c0001")))[1]


async def test_both_openings_are_tried_on_halves_of_the_audience(house: House) -> None:
    await house.customers(60)
    campaign = await house.starts(openings=({Language.EN: "A short one"}, {Language.EN: "B short one"}))
    await house.runs(campaign, 4)
    a = sum(1 for lease in house.sent if lease.message.text.startswith("A short"))
    assert 18 <= a <= 42 and len(house.sent) == 60


async def test_a_campaign_with_a_start_date_waits_and_one_with_an_end_date_ends(house: House) -> None:
    await house.customers(2)
    starts_at = house.clock.now() + timedelta(hours=1)
    campaign = await house.starts(starts_at=starts_at, ends_at=starts_at + timedelta(days=2))
    await house.runs(campaign, 1)
    assert house.sent == []
    house.clock.forward(timedelta(hours=1))
    await house.runs(campaign, 1)
    assert len(house.sent) == 2
    house.clock.forward(timedelta(days=3))
    await house.works(campaign)
    ended = await house.store.read(lambda tx: tx.campaigns.get(campaign.id))
    assert ended.state is CampaignState.FINISHED
    assert await house.states(campaign) == {"expired": 2}


async def test_two_profiles_that_were_one_person_are_asked_no_second_time(house: House) -> None:
    await house.customers(12)
    campaign = await house.starts()
    await house.runs(campaign, 0.05)
    asked = {lease.address.user for lease in house.sent}
    assert "c0000" in asked and "c0011" not in asked
    now = house.clock.now()
    await house.do(lambda tx: tx.consents.record("c0011", Purpose.SURVEY, True, "yes", "telegram", now, "k"))
    await house.do(lambda tx: tx.customers.merge("c0000", "c0011"))
    await house.runs(campaign, 2)
    assert sorted(lease.address.user for lease in house.sent) == [f"c{n:04}" for n in range(11)]
    standing = await house.store.read(lambda tx: tx.consents.of("c0000"))
    assert standing[Purpose.SURVEY] is True


async def test_a_campaign_on_a_schedule_asks_again_with_each_wave(house: House) -> None:
    await house.customers(2)
    campaign = await house.starts(trigger=Trigger.SCHEDULE, every_days=7, cap_days=6)
    await house.runs(campaign, 1)
    house.clock.forward(timedelta(days=7))
    await house.runs(campaign, 1)
    assert len(house.sent) == 4
    now = house.clock.now()
    assert await house.do(lambda tx: step(tx, campaign.id, LANES, now)) is Step.IDLE
