"""What the REST API says of accounts, sessions and API tokens."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from console.people_desk import LONGEST_NAME, MOST_AT_A_TIME, TOKEN_DAYS, AccountChange
from console.rest.shapes import Moment
from desk.accounts import Account, ApiToken, OpenSession
from desk.agents import Agent, Availability, Role
from desk.messages import Language
from desk.staffing import Skills

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class AgentOut(BaseModel):
    id: str
    name: str
    email: str
    role: Role
    active: bool
    present: bool

    @classmethod
    def of(cls, item: Agent, now: datetime) -> Self:
        return cls(id=item.id, name=item.name, email=item.email, role=item.role, active=item.active,
                   present=item.is_present(now))


class AccountOut(AgentOut):
    """An account as administrators and auditors see it.

    `locale`: the language of its pages; `languages`: those it serves customers in (none: any); `capacity`: how many
    conversations at a time (0: as the rules say); `invited`: nobody has chosen a password yet; `service`: an account
    of a program, which has tokens but cannot sign in.
    """

    locale: str
    languages: list[Language]
    capacity: int
    availability: Availability
    service: bool
    invited: bool
    second_step: bool
    sessions: int
    last_seen_at: Moment | None
    created_at: Moment

    @classmethod
    def whole(cls, item: Account, skills: Skills, now: datetime) -> Self:
        return cls(
            **AgentOut.of(item.agent, now).model_dump(), locale=item.agent.locale, languages=list(skills.languages),
            capacity=skills.capacity or 0, availability=skills.availability, service=item.is_service,
            invited=item.is_invited, second_step=item.has_second_step, sessions=item.sessions,
            last_seen_at=item.last_seen_at, created_at=item.created_at,
        )


class InvitationIn(BaseModel):
    email: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    role: Role = Role.AGENT


class ServiceIn(BaseModel):
    name: Name
    role: Role = Role.AGENT


class AccountChangeIn(BaseModel):
    """What is left out stays as it is."""

    role: Role | None = None
    name: Name | None = None
    locale: Language | None = None
    languages: list[Language] | None = None
    capacity: Annotated[int, Field(ge=0, le=MOST_AT_A_TIME)] | None = None

    def change(self) -> AccountChange:
        languages = None if self.languages is None else tuple(dict.fromkeys(self.languages))
        return AccountChange(self.role, self.name, self.locale, languages, self.capacity)


class LinkOut(BaseModel):
    """A one-time link: whoever opens it chooses the account's password. It is given this once."""

    link: str


class InvitedOut(LinkOut):
    account: AccountOut


class SessionOut(BaseModel):
    """A signed-in browser. `id` is not what opens it."""

    id: str
    created_at: Moment
    seen_at: Moment
    address: str
    browser: str

    @classmethod
    def of(cls, item: OpenSession) -> Self:
        return cls(id=item.id, created_at=item.created_at, seen_at=item.seen_at, address=item.address,
                   browser=item.browser)


class TokenIn(BaseModel):
    """`role`: the token may do at most what this role may; null: all that its account may. `days`: how long it lives;
    0: until it is revoked."""

    name: Name
    role: Role | None = None
    days: Annotated[int, Field(ge=0, le=3650)] = TOKEN_DAYS[1]


class TokenOut(BaseModel):
    """`id` is not the token, of which only a hash is kept."""

    id: str
    name: str
    role: Role | None
    created_at: Moment
    expires_at: Moment | None
    used_at: Moment | None

    @classmethod
    def of(cls, item: ApiToken) -> Self:
        return cls(id=item.id, name=item.name, role=item.role, created_at=item.created_at,
                   expires_at=item.expires_at, used_at=item.used_at)


class TokenMade(BaseModel):
    """`token` is given this once."""

    id: str
    token: str
