"""The steps of a complaint, as service textbooks teach them, and which may follow which."""

from enum import StrEnum

from desk.errors import Refused


class Step(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"  # a person told the customer that they are on it
    INVESTIGATING = "investigating"
    REMEDY_PROPOSED = "remedy_proposed"
    APPROVED = "approved"
    DONE = "done"  # carried out; the customer is asked whether it is settled
    ACCEPTED = "accepted"  # by the customer
    DISPUTED = "disputed"  # by the customer: it is open again
    IMPROVEMENT_NOTED = "improvement_noted"  # what we change so that it does not happen again


_NEXT: dict[Step, tuple[Step, ...]] = {
    Step.RECEIVED: (Step.ACKNOWLEDGED,),
    Step.ACKNOWLEDGED: (Step.INVESTIGATING,),
    Step.INVESTIGATING: (Step.REMEDY_PROPOSED,),
    Step.REMEDY_PROPOSED: (Step.APPROVED, Step.INVESTIGATING),
    Step.APPROVED: (Step.DONE,),
    Step.DONE: (Step.ACCEPTED, Step.DISPUTED),
    Step.ACCEPTED: (Step.IMPROVEMENT_NOTED, Step.DISPUTED),
    Step.DISPUTED: (Step.INVESTIGATING, Step.REMEDY_PROPOSED),
    Step.IMPROVEMENT_NOTED: (Step.DISPUTED,),
}
_WORDS = {step: step.value.replace("_", " ") for step in Step}

SAID_BY_CUSTOMER = frozenset({Step.ACCEPTED, Step.DISPUTED})


def next_steps(step: Step) -> tuple[Step, ...]:
    """The steps that may follow."""
    return _NEXT[step]


def check_step(step: Step, to: Step) -> None:
    """Raises Refused with a sentence when `to` cannot follow `step`."""
    if to not in _NEXT[step]:
        possible = " or ".join(_WORDS[each] for each in _NEXT[step])
        raise Refused("step", f"a complaint that is {_WORDS[step]} cannot become {_WORDS[to]}; next comes {possible}")
