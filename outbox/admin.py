"""A window on what was sent: nothing is edited; what failed or is in doubt can be sent again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit, clock
from accounts.admin_base import ReadOnlyAdmin
from outbox import sending
from outbox.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["id", "company", "kind", "channel", "recipient", "state", "attempts", "created_at", "sent_at"]
    list_filter = ["state", "channel", "kind"]
    list_select_related = ["company"]
    search_fields = ["recipient", "key", "company__name"]
    exclude = ["once"]
    actions = ["send_again"]

    @admin.action(description="Send again what failed or is in doubt")
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        count = sending.send_again(chosen, clock.now())
        actor = request.user.get_username()
        audit.record(action="message.sent_again", success=True, now=clock.now(), actor=actor, count=count)
        messages.info(request, f"{count} of {chosen.count()} messages are sent again; the others need it not.")
