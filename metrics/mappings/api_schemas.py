"""The JSON of everything around mappings, in and out. Money is a string with two decimals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field, JsonValue

from metrics.api_schemas import LARGEST_ID, CompanyQuery, MappingFields, MappingIn
from metrics.mappings.rows import METRIC_KEYS
from metrics.models import Basis
from metrics.workspace.accounts import Flag

MOST_RULES = 2_000
MOST_CHANGES = 500


class RuleIn(MappingIn):
    """A whole rule; `id` keeps the row, and with it the rule's history."""

    id: int | None = Field(None, ge=1, le=LARGEST_ID)


class ChangeIn(Schema):
    """One change. create: the rule's fields. update: `id` and fields. delete: `id`. pin: `account` and the metric."""

    action: Literal["create", "update", "delete", "pin"]
    id: int | None = Field(None, ge=1, le=LARGEST_ID, description="Of the rule to update or delete.")
    account: str = Field("", max_length=510, description="account_key of the ledger account to pin, from /accounts.")
    match_type: str = ""
    pattern: str = ""
    qbr_metric_key: str = Field("", json_schema_extra={"enum": [*METRIC_KEYS]})
    account_types: list[str] = Field([], max_length=20)
    account_numbers: str = ""
    priority: int = 100
    is_active: bool = True
    note: str = ""
    list_id: str = ""
    effective_from: str | None = None
    effective_to: str | None = None


class SetIn(Schema):
    """The change to look at: exactly one of `rules` (all of them), `template`, `changes`."""

    rules: list[RuleIn] | None = Field(None, max_length=MOST_RULES, description="Every rule there is to be.")
    template: str | None = Field(None, max_length=100, description="Key of a template.", examples=["managed_services"])
    mode: Literal["replace", "add"] = Field("replace", description="For a template; replace keeps pinned accounts.")
    changes: list[ChangeIn] | None = Field(
        None,
        max_length=MOST_CHANGES,
        description="One after the other.",
        examples=[[{"action": "pin", "account": "80000012-1234567890", "qbr_metric_key": "mrr"}]],
    )
    basis: Basis | None = Field(None, description="Of the figures that are shown; empty: the company's default.")
    months: int = Field(12, ge=1, le=36, description="How many of the newest months are shown.")


class ApplyIn(SetIn):
    """The same change, with the digest of its preview."""

    digest: str = Field(max_length=64, description="`digest` of the preview; a mapping that moved since is refused.")
    summary: str = Field("", max_length=300, description="What was changed and why, for the list of versions.")


class TemplateIn(Schema):
    name: str = Field(examples=["Our managed services"])
    description: str = ""
    is_shared: bool = Field(False, description="Administrators of every company see it.")


class FileQuery(CompanyQuery):
    mode: Literal["replace", "add"] = "replace"
    dry_run: bool = Field(False, description="Only show what the file would change.")
    digest: str = Field("", max_length=64, description="`digest` of the dry run; a mapping that moved is refused.")


class RollBackQuery(CompanyQuery):
    dry_run: bool = Field(False, description="Only show what it would change.")
    digest: str = Field("", max_length=64, description="`digest` of the dry run; a mapping that moved is refused.")


class ExportQuery(CompanyQuery):
    format: Literal["csv", "xlsx", "json"] = "csv"


class VersionsQuery(CompanyQuery):
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=1_000_000)


class AccountsQuery(CompanyQuery):
    basis: Basis | None = Field(None, description="Empty: the company's default.")
    months: int = Field(12, ge=1, le=36)
    last: str | None = Field(None, alias="to", max_length=20, description="Last month, as 2026-06. Empty: the newest.")


class AllAccountsQuery(AccountsQuery):
    metric: str | None = Field(None, max_length=40, description="Only accounts of this metric.")
    flag: str | None = Field(
        None, max_length=20, description=f"Only accounts with this flag: {', '.join(flag.value for flag in Flag)}."
    )


class RuleOut(MappingFields):
    """A rule; `id` is null while it has no row."""

    id: int | None = None


class TemplateOut(Schema):
    key: str = Field(description="What /mappings/preview takes as `template`.")
    name: str
    description: str
    is_shipped: bool
    is_shared: bool
    company: str | None = Field(description="Where a saved one comes from.")
    created_at: datetime | None
    total: int
    rules: list[RuleOut] | None = Field(None, description="With ?rules=1 only.")


class TemplatesOut(Schema):
    company: str
    templates: list[TemplateOut]


class TemplatesQuery(CompanyQuery):
    rules: bool = False


class LineOut(Schema):
    metric: str
    label: str
    before: list[str]
    after: list[str]
    total_before: str
    total_after: str
    is_changed: bool


class MoveOut(Schema):
    account_key: str
    account: str
    account_number: str
    account_type: str
    before: str
    after: str
    amount: str = Field(description="Of the months in which it moves, as QuickBooks prints it.")
    months: int


class RuleProblemOut(Schema):
    place: int = Field(description="Of the rule in the resulting set, from 0.")
    field: str
    problem: str


class FieldChangeOut(Schema):
    field: str
    before: str
    after: str


class ChangedRuleOut(Schema):
    pattern: str
    qbr_metric_key: str
    fields: list[FieldChangeOut]


class DifferenceOut(Schema):
    added: list[RuleOut]
    removed: list[RuleOut]
    changed: list[ChangedRuleOut]
    unchanged: int


class PreviewOut(Schema):
    company: str
    basis: str
    months: list[str]
    lines: list[LineOut]
    moves: list[MoveOut]
    difference: DifferenceOut
    digest: str = Field(description="Names the rules that the change starts from; /mappings/apply wants it back.")
    problems: list[RuleProblemOut] = Field(description="Rules that cannot be saved; apply refuses while there are any.")


class VersionOut(Schema):
    number: int
    kind: str
    summary: str
    actor: str
    created_at: datetime
    sha256: str
    total: int = Field(description="How many rules it has.")


class VersionsOut(Schema):
    company: str
    total: int
    versions: list[VersionOut]


class WholeVersionOut(VersionOut):
    company: str
    rules: list[RuleOut]
    difference: DifferenceOut = Field(description="To the version before.")


class AppliedOut(Schema):
    company: str
    version: VersionOut
    digest: str = Field(description="Of the rules as they are now.")


class FileErrorOut(Schema):
    row: int = Field(description="As the spreadsheet numbers it; 0: the file as a whole.")
    column: str
    message: str


class ImportOut(Schema):
    """A dry run has `preview`, an import `version`; with errors nothing is changed and both are null."""

    company: str
    errors: list[FileErrorOut]
    preview: PreviewOut | None = None
    version: VersionOut | None = None


class AccountRuleOut(Schema):
    id: int | None
    match_type: str
    pattern: str
    priority: int


class AccountOut(Schema):
    account_key: str
    list_id: str
    account: str
    account_number: str
    account_type: str
    metric: str
    rule: AccountRuleOut | None
    flags: list[str]
    former_name: str
    amounts: list[str | None] = Field(description="One per month, as QuickBooks prints them; null: no row.")
    total: str


class SlowRuleOut(Schema):
    id: int | None
    pattern: str
    account: str = Field(description="The first account it was passed over for.")


class AccountsOut(Schema):
    company: str
    basis: str
    currency: str
    months: list[str]
    total: int
    accounts: list[AccountOut]
    slow_rules: list[SlowRuleOut] = Field(description="Rules that take too long on an account and are passed over.")


class SuggestionOut(Schema):
    metric: str
    confidence: int = Field(description="Percent; never 100.")
    reason: str


class UnmappedAccountOut(AccountOut):
    suggestions: list[SuggestionOut]


class UnmappedOut(Schema):
    company: str
    basis: str
    currency: str
    months: list[str]
    total: int
    accounts: list[UnmappedAccountOut]


Example = dict[str, JsonValue]


def with_body(example: Example) -> dict[str, Any]:
    """`openapi_extra` with an example of the request's body."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
