"""What a row of the code tables says: what happened, whether to try again, and who can do what about it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Code = TypeVar("Code", int, str)


class Policy(enum.Enum):
    """What the queue does with a job after this code.

    OUTCOME_UNKNOWN is about requests that were sent; when QuickBooks could not even be opened (connectionError),
    nothing was, and it means the same as LATER. NOT_AN_ERROR includes warnings: they come with data.
    """

    NOT_AN_ERROR = "not_an_error"
    LATER = "later"
    PERSON = "person"
    PERMANENT = "permanent"
    OUTCOME_UNKNOWN = "outcome_unknown"


class Actor(enum.Enum):
    """Who can put it right."""

    DEVELOPER = "developer"  # who wrote the request, or this server
    USER = "user"  # the person at the QuickBooks PC
    ADMINISTRATOR = "administrator"  # QuickBooks' Admin user, or whoever runs this server


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code, in sentences for a person."""

    meaning: str
    policy: Policy
    remedy: str
    actor: Actor


def rows(policy: Policy, actor: Actor, texts: Mapping[Code, tuple[str, str]]) -> dict[Code, CodeRow]:
    """Rows that share a policy and an actor, from code → (meaning, remedy)."""
    return {code: CodeRow(meaning, policy, remedy, actor) for code, (meaning, remedy) in texts.items()}
