"""The admin site: superusers only, signed in through the product's own page, with the policy its theme needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.views import SignOut

if TYPE_CHECKING:  # unfold carries no types; its site extends this one
    from django.contrib.admin import AdminSite as _AdminSite
else:
    from unfold.sites import UnfoldAdminSite as _AdminSite

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])

# Unfold runs Alpine.js, which evaluates expressions, and writes its colours into the page (docs/decisions/).
# Nothing outside the admin gets either.
POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class TieoutAdminSite(_AdminSite):
    """What stands here is not scoped to a company, so it is for superusers only."""

    site_title = site_header = "Tieout administration"
    index_title = "Administration"

    def has_permission(self, request: HttpRequest) -> bool:
        """Active superusers."""
        return bool(request.user.is_active and request.user.is_superuser)

    def admin_view(self, view: _View, cacheable: bool = False) -> _View:
        """Every admin page carries the theme's policy."""
        return cast(_View, csp_update(POLICY)(super().admin_view(view, cacheable)))

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way to sign in, and it waits after wrong passwords and is audited."""
        target = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(target)

    @method_decorator(never_cache)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The product's own sign-out."""
        return SignOut.as_view()(request)
