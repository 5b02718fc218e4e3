"""A file or a pasted text that is looked at and forgotten: in memory only, never in a temporary file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect


@dataclass(frozen=True)
class Upload:
    """What somebody gave: its bytes, or (None) nothing, or why it was not taken. `status` is HTTP's."""

    raw: bytes | None = None
    name: str = ""
    problem: str = ""
    status: int = 200


# Django takes 2.5 MB of pasted text; a file may be larger.
TOO_MUCH = Upload(problem="That is too much to paste. Save it as a file and choose the file.", status=413)


class InMemory(FileUploadHandler):
    """Keeps the first file up to a size, and nothing of a larger one."""

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.limit = limit
        self.is_too_large = False
        self._parts: list[bytes] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._parts = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.limit:
            self.is_too_large = True
            self._parts = []
            raise StopUpload(connection_reset=False)
        self._parts.append(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        content = BytesIO(b"".join(self._parts))
        name, kind = self.file_name or "file", self.content_type or ""
        return InMemoryUploadedFile(content, self.field_name or "", name, kind, file_size, self.charset)


def in_memory(request: HttpRequest, limit: int) -> InMemory:
    """Before anything reads the form: `request` keeps its file in memory from now on."""
    handler = InMemory(request, limit)
    request.upload_handlers = [handler]
    return handler


def given(request: HttpRequest, handler: InMemory) -> Upload:
    """The file, else the pasted text, of a form with `file` and `text`."""
    too_large = Upload(problem=f"That is more than {size_in_words(handler.limit)}; it was not read.", status=413)
    try:
        file, text = request.FILES.get("file"), request.POST.get("text", "")
    except RequestDataTooBig:
        return TOO_MUCH
    except (MultiPartParserError, SuspiciousOperation):
        return Upload(problem="The form could not be read. Choose the file again.", status=400)
    if handler.is_too_large:
        return too_large
    if file is not None and file.size:
        return Upload(file.read(), str(file.name)[:100])
    raw = text.encode("utf-8", "replace")
    if len(raw) > handler.limit:
        return too_large
    return Upload(raw) if raw.strip() else Upload(problem="Choose a file, or paste the text.", status=422)


def answer_upload(
    request: HttpRequest, template: str, limit: int, context_of: Callable[[bytes], dict[str, Any]]
) -> HttpResponse:
    """The page with what `context_of` makes of the upload, or with why it was not taken.

    Its view must be csrf_exempt, as Django's own check would read the form before it is sent to memory; the token is
    checked here.
    """
    handler = in_memory(request, limit)

    @csrf_protect
    def page(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return render(request, template)
        upload = given(request, handler)
        if upload.raw is None:
            return render(request, template, {"upload": upload}, status=upload.status)
        return render(request, template, {"upload": upload, **context_of(upload.raw)})

    try:
        return page(request)
    except RequestDataTooBig:
        return render(request, template, {"upload": TOO_MUCH}, status=TOO_MUCH.status)


def size_in_words(limit: int) -> str:
    """64 KB, 10 MB."""
    return f"{limit // 1024} KB" if limit < 1024 * 1024 else f"{limit // 1024 // 1024} MB"
