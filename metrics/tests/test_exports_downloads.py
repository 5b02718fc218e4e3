"""Files of a snapshot and of a period that is not frozen: at once, in the background, by page and by REST."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent, Company
from metrics import background
from metrics.downloads.branding_rows import BadBranding, branding_of, save_branding
from metrics.downloads.files import NothingToShow, WasChanged, review_of_period, review_of_snapshot
from metrics.exports.branding import Branding
from metrics.fiscal import Period
from metrics.models import BackgroundWork, Snapshot
from metrics.snapshots.earlier_figures import earlier_json
from metrics.snapshots.freezing import freeze
from metrics.tests.callers import by_key, client_of
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.reviewed_company import BOTH, CHANGED, FEBRUARY, read, reviewed_company

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def snapshot(company: Company) -> Snapshot:
    return freeze(company, BOTH, "accrual", "Q1 review", actor="dana", now=NOW)


def address(snapshot: Snapshot, kind: str) -> str:
    return f"/companies/{snapshot.company.slug}/snapshots/{snapshot.pk}/download/{kind}"


def net_profits(body: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    return next(row[1:4] for row in rows if row and row[0] == "Net profit")


@pytest.mark.parametrize(
    ("kind", "begin"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF"), ("pptx", b"PK")]
)
def test_a_single_file_comes_at_once_and_is_audited(snapshot: Snapshot, kind: str, begin: bytes) -> None:
    answer = client_of(snapshot.company).get(address(snapshot, kind))
    assert (answer.status_code, answer.content.startswith(begin)) == (200, True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].endswith(f'q1-review.{kind}"')
    assert "no-store" in answer.headers["Cache-Control"]
    told = AuditEvent.objects.get(action="review.downloaded").details
    assert (told["kind"], told["sha256"]) == (kind, snapshot.sha256)


def test_a_snapshot_s_file_keeps_its_figures_whatever_quickbooks_says_later(snapshot: Snapshot) -> None:
    client = client_of(snapshot.company)
    before = net_profits(client.get(address(snapshot, "csv")).content)
    read(snapshot.company, CHANGED)
    assert net_profits(client.get(address(snapshot, "csv")).content) == before == ["750.00", "790.00", "1540.00"]
    loose = client.get(f"/companies/{snapshot.company.slug}/export/csv/?period={BOTH}&basis=accrual")
    assert net_profits(loose.content) == ["750.00", "590.00", "1340.00"]


def test_a_period_that_is_not_frozen_says_so(company: Company) -> None:
    answer = client_of(company).get(f"/companies/{company.slug}/export/csv/?period=2026-02")
    assert "Not frozen" in answer.content.decode("utf-8-sig")
    assert "not-frozen" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("query", ["", "?period=soon", "?period=2026-02&basis=barter", "?period=2019-01"])
def test_a_period_that_cannot_be_exported_is_refused_in_words(company: Company, query: str) -> None:
    answer = client_of(company).get(f"/companies/{company.slug}/export/pdf/{query}")
    assert answer.status_code == 422
    assert "There is no file to give" in answer.content.decode()


def test_strangers_get_nothing(snapshot: Snapshot) -> None:
    stranger = client_of(CompanyFactory.create())
    assert stranger.get(address(snapshot, "csv")).status_code == 404
    assert stranger.get(f"/companies/{snapshot.company.slug}/export/csv/?period={BOTH}").status_code == 404
    assert Client().get(address(snapshot, "csv")).status_code == 302
    assert client_of(snapshot.company).get(address(snapshot, "exe")).status_code == 404


def test_no_file_is_made_of_a_snapshot_that_was_tampered_with(snapshot: Snapshot) -> None:
    content = snapshot.content
    content["months"][0]["figures"]["mrr"] = "9999.00"
    Snapshot.objects.update(content=content)
    with pytest.raises(WasChanged):
        review_of_snapshot(Snapshot.objects.get())
    assert client_of(snapshot.company).get(address(snapshot, "pdf")).status_code == 422
    api = by_key(snapshot.company)
    assert api.get(f"/api/snapshots/{snapshot.pk}/files/pdf")["error"]["code"] == "NO_FILE"
    assert api.status == 422


def test_the_pack_is_made_in_the_background_and_its_page_looks_again(snapshot: Snapshot) -> None:
    client = client_of(snapshot.company)
    ordered = client.get(address(snapshot, "pack"))
    work = BackgroundWork.objects.get()
    assert (ordered.status_code, ordered.headers["Location"]) == (
        302,
        f"/companies/{snapshot.company.slug}/export/work/{work.pk}/",
    )
    waiting = client.get(ordered.headers["Location"])
    assert waiting.headers["Refresh"] == "2"
    assert client.get(address(snapshot, "pack")).headers["Location"] == ordered.headers["Location"]
    background.run(work.pk)
    ready = client.get(ordered.headers["Location"])
    assert "Refresh" not in ready.headers
    assert "The pack is ready" in ready.content.decode()
    file = client.get(f"{ordered.headers['Location']}file")
    names = zipfile.ZipFile(io.BytesIO(file.content)).namelist()
    assert [name.rpartition(".")[2] for name in names] == ["pdf", "pptx", "xlsx"]
    assert client_of(CompanyFactory.create()).get(f"{ordered.headers['Location']}file").status_code == 404


def test_a_pack_that_cannot_be_made_says_why(company: Company) -> None:
    client = client_of(company)
    ordered = client.get(f"/companies/{company.slug}/export/pack/?period=2019-01&basis=accrual")
    background.run(BackgroundWork.objects.get().pk)
    assert "Nothing was read from QuickBooks for Jan 2019" in client.get(ordered.headers["Location"]).content.decode()


def test_files_are_fetched_and_packs_ordered_by_rest(snapshot: Snapshot) -> None:
    api, client = by_key(snapshot.company), client_of(snapshot.company)
    files = f"/api/snapshots/{snapshot.pk}/files"
    assert client.get(f"{files}/xlsx?company={snapshot.company.slug}").content.startswith(b"PK")
    ordered = api.send("post", f"{files}/pack", {})
    assert (api.status, ordered["state"]) == (202, "queued")
    background.run(ordered["id"])
    done = api.get(f"/api/work/{ordered['id']}")
    assert (api.status, done["state"], done["result"]["sha256"]) == (200, "done", snapshot.sha256)
    made = client.get(f"/api/work/{ordered['id']}/file?company={snapshot.company.slug}")
    assert zipfile.is_zipfile(io.BytesIO(made.content))


@pytest.mark.parametrize(("ending", "status"), [("0/files/pdf", 400), ("999/files/pdf", 404), ("1/files/exe", 400)])
def test_what_is_not_there_is_refused_by_rest(snapshot: Snapshot, ending: str, status: int) -> None:
    api = by_key(snapshot.company)
    api.get(f"/api/snapshots/{ending}")
    assert api.status == status


def test_a_program_of_another_company_gets_no_file(snapshot: Snapshot) -> None:
    api = by_key(CompanyFactory.create())
    api.get(f"/api/snapshots/{snapshot.pk}/files/pdf")
    assert api.status == 404


def test_one_chart_comes_as_a_picture(snapshot: Snapshot) -> None:
    client = client_of(snapshot.company)
    base = f"/companies/{snapshot.company.slug}/snapshots/{snapshot.pk}/charts"
    assert client.get(f"{base}/revenue-mix.svg").content.startswith(b"<svg")
    assert client.get(f"{base}/revenue-mix.png").content.startswith(b"\x89PNG")
    assert client.get(f"{base}/nothing.png").status_code == 404


def test_a_period_is_held_against_the_one_before_where_every_month_of_it_was_read(company: Company) -> None:
    review = review_of_period(company, Period.month(FEBRUARY), "accrual", NOW)
    profit = review.line("net_profit")
    assert profit.previous is not None
    assert (review.previous_label, str(profit.previous.absolute), profit.last_year) == ("Jan 2026", "40.00", None)
    assert earlier_json(company, "accrual", BOTH, NOW) == {"previous": None, "last_year": None}
    with pytest.raises(NothingToShow):
        review_of_period(company, Period.month(FEBRUARY), "cash", NOW)


def test_the_branding_is_one_for_all_and_audited(company: Company) -> None:
    assert branding_of() == Branding()
    save_branding(Branding("Firm & Partners", "#102030"), actor="root", now=NOW)
    save_branding(Branding("Firm", "#102030", b"\x89PNG\r\n\x1a\n..."), actor="root", now=NOW)
    assert branding_of() == Branding("Firm", "102030", b"\x89PNG\r\n\x1a\n...")
    assert AuditEvent.objects.filter(action="branding.changed").count() == 2
    with pytest.raises(BadBranding):
        save_branding(Branding("Firm", "FFFFFF"), actor="root", now=NOW)


def test_asking_for_the_head_alone_takes_nothing_and_orders_nothing(snapshot: Snapshot) -> None:
    client = client_of(snapshot.company)
    for kind in ("pdf", "pack"):
        assert client.head(address(snapshot, kind)).status_code == 200
    assert not AuditEvent.objects.filter(action="review.downloaded").exists()
    assert not BackgroundWork.objects.exists()
