"""Static files straight from the apps' folders (no collectstatic needed), and hashed ones from STATIC_ROOT."""

from collections.abc import Iterator
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder, get_finders
from servestatic import ServeStaticASGI


def build_static() -> ServeStaticASGI:
    """An application that knows every static file; 404 for the rest. With DEBUG it looks at the disk each time."""
    static = ServeStaticASGI(
        None,
        autorefresh=settings.DEBUG,
        max_age=0 if settings.DEBUG else 60,
        allow_all_origins=False,  # its default, access-control-allow-origin: *, is for fonts on another domain
        add_headers_function=_add_headers,
    )
    for folder, prefix in _folders():
        static.add_files(folder, prefix=prefix)
    return static


def _folders() -> Iterator[tuple[str, str]]:
    """Folders with their address, least important first: a later file replaces an earlier one of the same name."""
    for finder in reversed(list(get_finders())):
        if isinstance(finder, FileSystemFinder | AppDirectoriesFinder):
            for storage in reversed(list(finder.storages.values())):
                yield storage.location, f"{settings.STATIC_URL}{getattr(storage, 'prefix', None) or ''}"
    if settings.STATIC_ROOT.is_dir():
        yield str(settings.STATIC_ROOT), settings.STATIC_URL


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
