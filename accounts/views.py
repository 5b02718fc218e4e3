"""The pages for signing in and out."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts import audit, clock, throttle

COOKIE = "tieout_browser"
COOKIE_SALT = "accounts.browser"
COOKIE_SECONDS = 365 * 24 * 3600


class SignIn(LoginView):
    """User name and password; repeated wrong ones wait, every outcome is audited."""

    template_name = "accounts/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse without looking at the password while the user name has to wait."""
        name = _typed_name(request)
        browser = _known_browser(request, name)
        wait = throttle.seconds_left(name, browser, clock.now())
        if wait:
            return self._ask_to_wait(name, browser, wait)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signed in: remember this browser."""
        user = form.get_user()
        name = user.get_username()
        # The cookie that was sent counts the tries so far; the one set now counts the next ones.
        self._audit(throttle.ACCEPTED, name, browser=_known_browser(self.request, name))
        response = super().form_valid(form)
        _remember_browser(response, name)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """A wrong password, or something left out."""
        name = _typed_name(self.request)
        if name and self.request.POST.get("password"):
            self._audit(throttle.REFUSED, name, browser=_known_browser(self.request, name))
        return super().form_invalid(form)

    def _ask_to_wait(self, name: str, browser: str, wait: int) -> HttpResponse:
        if not throttle.is_announced(name, browser, clock.now()):
            self._audit(throttle.THROTTLED, name, browser=browser)
        form = AuthenticationForm(self.request, initial={"username": name})
        response = self.render_to_response(self.get_context_data(form=form, wait=wait), status=429)
        response.headers["Retry-After"] = str(wait)
        return response

    def _audit(self, action: str, name: str, browser: str) -> None:
        address = self.request.META.get("REMOTE_ADDR", "")
        success = action == throttle.ACCEPTED
        audit.record(action=action, success=success, now=clock.now(), actor=name, browser=browser, address=address)


class SignOut(LogoutView):
    """POST signs out; a GET, which any page could trigger, is refused by LogoutView."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Audited when somebody was signed in."""
        name = request.user.get_username()
        if name:
            audit.record(action="sign_out", success=True, now=clock.now(), actor=name)
        return super().post(request, *args, **kwargs)


def _typed_name(request: HttpRequest) -> str:
    """As the audit trail stores it: the two must agree for the throttle to count."""
    return request.POST.get("username", "").strip()[:150].replace("\x00", "\ufffd")


def _known_browser(request: HttpRequest, name: str) -> str:
    """The mark this server gave the browser when it last signed in with this name; "" for any other browser."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE_SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return ""
    return str(kept["mark"]) if kept["name"] == name else ""


def _remember_browser(response: HttpResponse, name: str) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps({"name": name, "mark": secrets.token_hex(8)}, salt=COOKIE_SALT),
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
