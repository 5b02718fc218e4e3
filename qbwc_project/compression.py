"""Pages compressed on their way out, where no proxy does it; nothing else: an API's ETag stays as it was given."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompression(GZipMiddleware):
    """Django's own, with its random length against BREACH; it leaves alone what is streamed or is no page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response
