"""Windows on the conversation: everything can be seen, jobs are cancelled through the queue, nothing is edited."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import clock
from accounts.admin_base import ReadOnlyAdmin, TieoutInline, TieoutModelAdmin
from qbwc import payloads, queue
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan, WebConnectorSession

SHOWN_CHARACTERS = 20_000


@admin.register(CompanyFile)
class CompanyFileAdmin(TieoutModelAdmin):
    list_display = ["company", "username", "product_name", "company_name_seen", "last_seen_at", "is_active"]
    search_fields = ["company__name", "username"]
    # Identity and password belong to the connect page: another FileID here would cut the connection off.
    fields = ["company", "username", "app_name", "run_every_minutes", "is_active", "company_name_seen"]
    readonly_fields = ["company", "username", "app_name", "company_name_seen"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(SyncPlan)
class SyncPlanAdmin(TieoutModelAdmin):
    list_display = ["company_file", "purpose", "every_minutes", "is_enabled", "next_due_at"]
    list_filter = ["purpose", "is_enabled"]


@admin.register(WebConnectorSession)
class WebConnectorSessionAdmin(ReadOnlyAdmin):
    list_display = ["company_file", "started_at", "state", "progress", "jobs_finished", "last_error"]
    list_filter = ["state"]
    exclude = ["ticket"]
    show_full_result_count = False


class ExchangeInline(TieoutInline):
    model = Exchange
    fields = ("sent_at", "answered_at", "hresult", "status_code", "message", "reply", "delivered_at")
    readonly_fields = fields
    can_delete = False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["id", "company_file", "purpose", "state", "attempts", "created_at", "finished_at", "failure"]
    list_filter = ["state", "purpose"]
    inlines = [ExchangeInline]
    actions = ["cancel_jobs"]
    show_full_result_count = False

    @admin.action(description="Cancel the selected jobs that still wait")
    def cancel_jobs(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        cancelled = sum(queue.cancel(job, clock.now()) for job in chosen)
        messages.info(request, f"{cancelled} of {chosen.count()} jobs were cancelled; the others had left already.")


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "sent_at", "answered_at", "hresult", "status_code", "message"]
    fields = ["job", "sent_at", "answered_at", "hresult", "status_code", "message", "request_text", "response_text"]
    readonly_fields = ["request_text", "response_text"]
    list_select_related = ["job"]
    show_full_result_count = False

    @admin.display(description="Sent")
    def request_text(self, exchange: Exchange) -> str:
        return payloads.text_of(exchange.request_payload)[:SHOWN_CHARACTERS] if exchange.request_payload else ""

    @admin.display(description="Answered")
    def response_text(self, exchange: Exchange) -> str:
        return payloads.text_of(exchange.response_payload)[:SHOWN_CHARACTERS] if exchange.response_payload else ""
