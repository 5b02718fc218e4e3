"""Static files straight from the apps' folders (no collectstatic needed), and hashed ones from STATIC_ROOT."""

import asyncio
import hashlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from wsgiref.headers import Headers

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder, get_finders
from servestatic import ServeStaticASGI
from servestatic.compress import Compressor

from qbwc_project import fonts
from qbwc_project.handlers import Receive, Scope, Send

logger = logging.getLogger(__name__)

FONTS = f"/{settings.STATIC_URL.strip('/')}/{fonts.FOLDER}"
FONTS_KEPT_SECONDS = 86_400  # a browser need not ask again for a day: an old piece of a font is as good
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What pages use of a package's files: its app, and the file in its static folder.
OF_PACKAGES = {"django_htmx": "django_htmx/htmx-2.min.js"}
# What goes into the name of a copy beside the files: how it is made. Count on when that changes.
RECIPE = b"2"


class StaticFiles(ServeStaticASGI):  # type: ignore[misc]
    """Makes a piece of a font when it is first asked for; then it is a file as others are."""

    _making: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(FONTS)
        if name in fonts.pieces() and scope["path"] not in self.files:
            await self._make(scope["path"], name)
        await super().__call__(scope, receive, send)

    async def _make(self, address: str, name: str) -> None:
        self._making = self._making or asyncio.Lock()
        async with self._making:  # who comes meanwhile waits here and not in a thread
            path = await asyncio.to_thread(fonts.piece, name)
            if path is not None:
                self.add_file_to_dictionary(address, str(path))


def build_static() -> ServeStaticASGI:
    """An application that knows every static file; 404 for the rest. With DEBUG it looks at the disk each time."""
    static = StaticFiles(
        None,
        autorefresh=settings.DEBUG,
        max_age=0 if settings.DEBUG else 60,
        allow_all_origins=False,  # its default, access-control-allow-origin: *, is for fonts on another domain
        add_headers_function=_add_headers,
    )
    for folder, prefix in _folders():
        static.add_files(folder, prefix=prefix)
    static.add_files(fonts.folder(), prefix=FONTS)
    return static


def _folders() -> Iterator[tuple[str, str]]:
    """Folders with their address, least important first: a later file replaces an earlier one of the same name."""
    for finder in reversed(list(get_finders())):
        if isinstance(finder, FileSystemFinder | AppDirectoriesFinder):
            for storage in reversed(list(finder.storages.values())):
                yield storage.location, f"{settings.STATIC_URL}{getattr(storage, 'prefix', None) or ''}"
    if not settings.DEBUG:
        yield from ((str(copy), settings.STATIC_URL) for copy in _compressed())
    if settings.STATIC_ROOT.is_dir():
        yield str(settings.STATIC_ROOT), settings.STATIC_URL


def _compressed() -> Iterator[Path]:
    """Copies with each file's compressed forms beside it, of which a browser gets the smallest that it takes.

    In DATA_DIR, as the program's own folder may not be writable; named by what is in them, made once.
    """
    home = settings.DATA_DIR / "compressed"
    for folder, pattern in _to_compress():
        try:
            home.mkdir(parents=True, exist_ok=True)
            yield _copy(folder, pattern, home)
        except OSError:
            logger.warning("static files are served uncompressed: %s cannot be written", home, exc_info=True)


def _to_compress() -> Iterator[tuple[Path, str]]:
    for folder in settings.STATICFILES_DIRS:
        yield folder, "**/*"
    for app, name in OF_PACKAGES.items():
        yield Path(apps.get_app_config(app).path, "static"), name


def _copy(folder: Path, pattern: str, home: Path) -> Path:
    files = {path.relative_to(folder): path for path in sorted(folder.glob(pattern)) if path.is_file()}
    parts = [part for name, path in files.items() for part in (name.as_posix().encode(), path.read_bytes())]
    copy = home / hashlib.sha256(b"\0".join([RECIPE, *parts])).hexdigest()[:32]
    if not copy.is_dir():
        with tempfile.TemporaryDirectory(dir=home) as draft:
            whole = Path(draft, "static")
            for name, path in files.items():
                _pack(path, whole / name)
            _write_out(whole)
            try:
                whole.rename(copy)
            except OSError:
                if not copy.is_dir():  # else another process was faster
                    raise
    return copy


def _write_out(folder: Path) -> None:
    """On the disk before it has its name: after a power cut there is no copy or a whole one."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())


def _pack(source: Path, target: Path) -> None:
    """The file, a style sheet shortened, and beside it what it is as gzip and brotli (browsers take that by https)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if target.suffix == ".css":
        target.write_text(shortened(target.read_text(encoding="utf-8")), encoding="utf-8")
    compressor = Compressor(quiet=True)
    if compressor.should_compress(target.name):
        list(compressor.compress(str(target)))


def shortened(style_sheet: str) -> str:
    """Without comments and line ends, which are a tenth of it compressed. No text in our style sheet holds either."""
    return " ".join(line.strip() for line in COMMENT.sub("", style_sheet).splitlines() if line.strip())


def _add_headers(headers: Headers, _path: str, url: str) -> None:
    if url.startswith(FONTS) and not settings.DEBUG:
        headers["Cache-Control"] = f"max-age={FONTS_KEPT_SECONDS}, public"
    headers["X-Content-Type-Options"] = "nosniff"
