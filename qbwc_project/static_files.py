"""Static files straight from the apps' folders (no collectstatic needed), and hashed ones from STATIC_ROOT."""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder, get_finders
from servestatic import ServeStaticASGI
from servestatic.compress import Compressor

logger = logging.getLogger(__name__)


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
    if not settings.DEBUG:
        yield from ((str(folder), settings.STATIC_URL) for folder in _compressed(settings.STATICFILES_DIRS))
    if settings.STATIC_ROOT.is_dir():
        yield str(settings.STATIC_ROOT), settings.STATIC_URL


def _compressed(folders: list[Path]) -> Iterator[Path]:
    """Copies with each file's compressed form beside it, which is what is served to a browser that takes it.

    In DATA_DIR, as the program's own folder may not be writable; named by what is in them, made once.
    """
    home = settings.DATA_DIR / "compressed"
    for folder in folders:
        try:
            home.mkdir(parents=True, exist_ok=True)
            yield _copy(folder, home)
        except OSError:
            logger.warning("static files are served uncompressed: %s cannot be written", home, exc_info=True)


def _copy(folder: Path, home: Path) -> Path:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = (part for path in files for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()))
    copy = home / hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    if not copy.is_dir():
        with tempfile.TemporaryDirectory(dir=home) as draft:
            whole = Path(shutil.copytree(folder, Path(draft, "static")))
            compressor = Compressor(use_brotli=False, quiet=True)
            for path in whole.rglob("*"):
                if path.is_file() and compressor.should_compress(path.name):
                    list(compressor.compress(str(path)))
            if not copy.is_dir():  # another process may have been faster
                whole.rename(copy)
    return copy


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
