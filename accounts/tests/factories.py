"""People, companies and keys for tests."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import factory.declarations
from factory.django import DjangoModelFactory

from accounts import keys
from accounts.models import ApiKey, Company, Membership, User

# factory-boy leaves these untyped.
declare: Any = factory.declarations

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory[User]):
    """Signs in with PASSWORD."""

    class Meta:
        model = User

    username = declare.Sequence(lambda n: f"person{n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **{"password": PASSWORD, **kwargs})


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = declare.Sequence(lambda n: f"Company {n}")
    slug = declare.Sequence(lambda n: f"company-{n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    """A viewer unless `role` says otherwise."""

    class Meta:
        model = Membership

    user = declare.SubFactory(UserFactory)
    company = declare.SubFactory(CompanyFactory)
    role = Membership.Role.VIEWER


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """`ApiKeyFactory(text=…)` for a key whose text the test knows."""

    class Meta:
        model = ApiKey

    class Params:
        text = declare.Sequence(lambda n: keys.make_key(lambda _size: sha256(b"%d" % n).digest()).text)

    company = declare.SubFactory(CompanyFactory)
    name = "test"
    scope = ApiKey.Scope.READ
    prefix = declare.LazyAttribute(lambda row: keys.prefix_of(row.text))
    digest = declare.LazyAttribute(lambda row: keys.digest(row.text))
