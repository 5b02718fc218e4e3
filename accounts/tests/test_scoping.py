"""Who may see what: the one table for Company.objects.visible_to and for may_administer."""

from __future__ import annotations

import pytest

from accounts.models import ApiKey, Company, Membership
from accounts.permissions import Caller, company_of
from accounts.problems import ApiProblem
from accounts.tests.factories import ApiKeyFactory, CompanyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

WHO = [
    # caller, companies seen, companies administered
    ("nobody", "", ""),
    ("stranger", "", ""),
    ("staff without membership", "", ""),
    ("viewer of a", "a", ""),
    ("administrator of a", "a", "a"),
    ("viewer of a, administrator of b", "ab", "b"),
    ("inactive administrator of a", "", ""),
    ("superuser", "abc", "abc"),
    ("inactive superuser", "", ""),
    ("read key of a", "a", ""),
    ("write key of a", "a", "a"),
    ("key of a, carried by a superuser", "a", ""),
]


def member(**roles: str) -> Caller:
    user = UserFactory.create()
    for slug, role in roles.items():
        MembershipFactory.create(user=user, company=Company.objects.get(slug=slug), role=role)
    return Caller(user=user)


def inactive(caller: Caller) -> Caller:
    assert caller.user is not None
    caller.user.is_active = False
    caller.user.save()
    return caller


def key_of_a(scope: str) -> ApiKey:
    return ApiKeyFactory.create(company=Company.objects.get(slug="a"), scope=scope)


def caller_called(who: str) -> Caller:
    viewer, administrator = Membership.Role.VIEWER, Membership.Role.ADMINISTRATOR
    superuser = UserFactory.create(is_superuser=True)
    callers = {
        "nobody": Caller(),
        "stranger": Caller(user=UserFactory.create()),
        "staff without membership": Caller(user=UserFactory.create(is_staff=True)),
        "viewer of a": member(a=viewer),
        "administrator of a": member(a=administrator),
        "viewer of a, administrator of b": member(a=viewer, b=administrator),
        "inactive administrator of a": inactive(member(a=administrator)),
        "superuser": Caller(user=superuser),
        "inactive superuser": inactive(Caller(user=UserFactory.create(is_superuser=True))),
        "read key of a": Caller(api_key=key_of_a(ApiKey.Scope.READ)),
        "write key of a": Caller(api_key=key_of_a(ApiKey.Scope.WRITE)),
        "key of a, carried by a superuser": Caller(user=superuser, api_key=key_of_a(ApiKey.Scope.READ)),
    }
    return callers[who]


@pytest.fixture(autouse=True)
def _companies() -> None:
    for slug in "abc":
        CompanyFactory.create(name=f"Company {slug.upper()}", slug=slug)


@pytest.mark.parametrize(("who", "sees", "administers"), WHO, ids=[row[0] for row in WHO])
def test_who_sees_and_administers_which_company(who: str, sees: str, administers: str) -> None:
    caller = caller_called(who)

    assert {company.slug for company in Company.objects.visible_to(caller)} == set(sees)
    assert {company.slug for company in Company.objects.all() if caller.may_administer(company)} == set(administers)


@pytest.mark.parametrize(("who", "sees", "administers"), WHO, ids=[row[0] for row in WHO])
def test_a_company_can_be_named_exactly_when_it_can_be_seen(who: str, sees: str, administers: str) -> None:
    caller = caller_called(who)

    for slug in "abc":
        if slug in sees:
            assert company_of(caller, slug).slug == slug
            assert company_of(caller, f"Company {slug.upper()}").slug == slug
        else:
            with pytest.raises(ApiProblem) as problem:
                company_of(caller, slug)
            assert problem.value.http_status in (403, 404)


def test_a_company_that_exists_and_one_that_does_not_are_refused_alike() -> None:
    caller = caller_called("viewer of a")

    said = []
    for name in ("b", "no-such-company"):
        with pytest.raises(ApiProblem) as problem:
            company_of(caller, name)
        said.append((problem.value.http_status, problem.value.code, problem.value.message))
    assert said[0] == said[1]


def test_the_only_company_needs_no_name() -> None:
    assert company_of(caller_called("viewer of a"), None).slug == "a"
    assert company_of(caller_called("read key of a"), None).slug == "a"


def test_somebody_with_several_companies_is_asked_which() -> None:
    with pytest.raises(ApiProblem, match="a, b") as problem:
        company_of(caller_called("viewer of a, administrator of b"), None)

    assert (problem.value.http_status, problem.value.code) == (400, "WHICH_COMPANY")


@pytest.mark.parametrize("who", ["nobody", "stranger"])
def test_somebody_without_a_company_is_told_so(who: str) -> None:
    with pytest.raises(ApiProblem) as problem:
        company_of(caller_called(who), None)

    assert (problem.value.http_status, problem.value.code) == (403, "NO_COMPANY")


def test_a_slug_wins_over_another_companys_name() -> None:
    CompanyFactory.create(name="a", slug="confusing")

    assert company_of(caller_called("superuser"), "a").name == "Company A"


def test_a_caller_is_named_without_secrets() -> None:
    key = ApiKeyFactory.create()

    assert Caller(api_key=key).name == f"key {key.prefix}"
    assert Caller(user=UserFactory.create(username="alice")).name == "alice"
    assert Caller().name == ""
