"""From a Bot API update to what a customer said or did. Pure: verified before, stored after."""

from dataclasses import dataclass, replace
from datetime import datetime

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    MaybeInaccessibleMessage,
    Message,
    Update,
    User,
)

from connectors.telegram.content import Content, read_content
from connectors.telegram.fields import number, words
from connectors.telegram.groups import spoken_to
from desk.messages import Address, ChannelName, EventName, InboundKind, InboundMessage


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that is none of the desk's business, and why in one word."""

    why: str


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself; `username` is empty until the Bot API has told it."""

    account: str
    username: str


def read_update(update: Update, me: Me, received_at: datetime) -> InboundMessage | Ignored:
    """Translate one update. Raises groups.NameUnknown, and TypeError, ValueError or the like on nonsense.

    A message is keyed by chat and message id, so that an edit can name what it replaces; everything else by update
    id. `order` is the update id: the only number shared by messages, taps and edits. It may jump back after a week
    of silence, when nothing of that chat is waiting any more.
    """
    if update.message:
        return _said(update.message, me, number(update.update_id))
    if update.edited_message:
        return _edited(update.edited_message, me, number(update.update_id))
    if update.callback_query:
        return _tapped(update.callback_query, me, number(update.update_id), received_at)
    if update.my_chat_member:
        return _blocked_or_back(update.my_chat_member, me, number(update.update_id))
    return Ignored("channel_post" if update.channel_post else "unknown_update")


def _said(message: Message, me: Me, order: int) -> InboundMessage | Ignored:
    said = _read_message(message, me, order)
    return _start_of(said) if isinstance(said, InboundMessage) and _calls_us(said) else said


def _calls_us(said: InboundMessage) -> bool:
    """Whether it is /start, or nothing but our name in a group."""
    is_start = said.text.partition(" ")[0] == "/start"
    return said.kind is InboundKind.TEXT and (is_start or not said.text.strip())


def _start_of(said: InboundMessage) -> InboundMessage:
    deep_link = said.text.partition(" ")[2].strip()
    return replace(said, kind=InboundKind.EVENT, text="", event=EventName.STARTED, event_value=deep_link)


def _edited(message: Message, me: Me, order: int) -> InboundMessage | Ignored:
    if message.location:
        return Ignored("live_location")  # comes every few seconds while a customer shares where they are
    said = _read_message(message, me, order)
    if isinstance(said, Ignored):
        return said
    return replace(
        said,
        key=f"u:{order}",
        replaces=said.key,
        kind=InboundKind.EVENT,
        event=EventName.EDITED,
        sent_at=message.edit_date or message.date,
    )


def _read_message(message: Message, me: Me, order: int) -> InboundMessage | Ignored:
    user = message.from_user
    if user is None or user.is_bot or message.sender_chat:
        # Anonymous administrators and linked channels share one account each: that is no customer.
        return Ignored("not_a_person")
    content = _addressed_content(message, me)
    if isinstance(content, Ignored):
        return content
    return InboundMessage(
        key=f"m:{number(message.chat.id)}:{number(message.message_id)}",
        address=_address(message, user, me),
        sent_at=message.date,
        order=order,
        kind=content.kind,
        text=content.text,
        attachments=content.attachments,
        display_name=words(user.full_name),
        locale=words(user.language_code),
    )


def _addressed_content(message: Message, me: Me) -> Content | Ignored:
    content = read_content(message)
    if content is None:
        return Ignored("nothing_said")
    if message.chat.type == Chat.PRIVATE:
        return content
    heard = spoken_to(message, me.account, me.username)
    if heard is None:
        return Ignored("not_addressed")
    has_words = message.text is not None or message.caption is not None
    return replace(content, text=words(heard)) if has_words else content


def _tapped(query: CallbackQuery, me: Me, order: int, received_at: datetime) -> InboundMessage | Ignored:
    if query.message is None or query.data is None:
        return Ignored("inline_callback")
    return InboundMessage(
        key=f"u:{order}",
        address=_address(query.message, query.from_user, me),
        sent_at=received_at,  # a tap carries no time of its own
        order=order,
        kind=InboundKind.CHOICE,
        choice=words(query.data),
        display_name=words(query.from_user.full_name),
        locale=words(query.from_user.language_code),
    )


def _blocked_or_back(change: ChatMemberUpdated, me: Me, order: int) -> InboundMessage | Ignored:
    if change.chat.type != Chat.PRIVATE:
        return Ignored("group_membership")
    gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    user = change.from_user
    return InboundMessage(
        key=f"u:{order}",
        address=Address(ChannelName.TELEGRAM, me.account, str(number(change.chat.id)), str(number(user.id))),
        sent_at=change.date,
        order=order,
        kind=InboundKind.EVENT,
        event=EventName.STOPPED if gone else EventName.STARTED,
        display_name=words(user.full_name),
        locale=words(user.language_code),
    )


def _address(message: MaybeInaccessibleMessage, user: User, me: Me) -> Address:
    # Replies in plain supergroups carry a thread id too, but nothing can be sent there.
    in_topic = isinstance(message, Message) and message.is_topic_message and message.message_thread_id
    return Address(
        ChannelName.TELEGRAM,
        me.account,
        chat=str(number(message.chat.id)),
        user=str(number(user.id)),
        thread=str(number(in_topic)) if in_topic else "",
    )
