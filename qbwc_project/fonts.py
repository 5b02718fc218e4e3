"""Inter in pieces: the @font-face rules of tieout.css say which; each is cut when it is first asked for."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import logging
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

from qbwc_project import font_cut

logger = logging.getLogger(__name__)

STYLE_SHEET = settings.BASE_DIR / "static" / "tieout" / "tieout.css"
FOLDER = "tieout/fonts/"  # beside the style sheet, as its addresses say
PATIENCE_SECONDS = 120  # a second or three on a quiet machine
_FACE = re.compile(r'@font-face\s*{[^}]*url\("fonts/([\w-]+\.woff2)"\)[^}]*unicode-range:\s*([^;}]+)')
_one_at_a_time = threading.Lock()
_in_vain: set[Path] = set()  # not tried again before the next start


@functools.cache
def pieces() -> dict[str, str]:
    """File name → its characters, as in CSS."""
    return dict(_FACE.findall(STYLE_SHEET.read_text(encoding="utf-8")))


def source() -> Path:
    """The whole font, all weights and sizes; the PDF is set in it too. It may be missing."""
    package = importlib.util.find_spec("fontpkg_inter")
    return Path(package.origin if package and package.origin else "").parent / "files" / "Inter[opsz,wght].ttf"


def piece(name: str) -> Path | None:
    """The file, made now if it was not; None if it is no piece, or cannot be made: pages then use the system's font."""
    if name not in pieces():
        return None
    path = folder() / name
    if not path.is_file():
        with _one_at_a_time:  # another process may make it too: the later one replaces it by the same
            if not path.is_file() and path not in _in_vain:
                _make(path)
    return path if path.is_file() else None


def folder() -> Path:
    """Where the pieces are: in DATA_DIR, or, where that cannot be written, somewhere until this process ends."""
    return _folder(settings.DATA_DIR / "fonts", source())


@functools.cache
def _folder(home: Path, font: Path) -> Path:
    """Named by what goes in: the font, the way it is cut, and the pieces."""
    parts = [
        Path(font_cut.__file__).read_bytes(),
        repr(pieces()).encode(),
        font.read_bytes() if font.is_file() else b"",
    ]
    whole = home / hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    try:
        whole.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=whole).close()
    except OSError:
        logger.warning("fonts are made anew after each start: %s cannot be written", home)
        return Path(_passing_folder().name)
    return whole


@functools.cache
def _passing_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tieout-fonts-")


def _make(path: Path) -> None:
    command = [sys.executable, "-m", font_cut.__name__, str(source()), str(path), pieces()[path.name]]
    try:
        subprocess.run(  # noqa: S603 - our own module and paths
            command, cwd=settings.BASE_DIR, check=True, capture_output=True, timeout=PATIENCE_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as problem:
        said = (getattr(problem, "stderr", None) or b"").decode(errors="replace").strip()
        logger.warning("pages use the system's font: %s could not be made: %s %s", path.name, problem, said[-500:])
        _in_vain.add(path)


class FontFinder(BaseFinder):
    """Django's way to the pieces: runserver, collectstatic, test servers."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Its address on the disk; [] is Django's word for none."""
        inside, _, name = path.replace("\\", "/").rpartition("/")
        found = piece(name) if f"{inside}/" == FOLDER else None
        if found is None:
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in pieces():
            found = piece(name)
            if found:
                storage = FileSystemStorage(location=found.parent)
                storage.prefix = FOLDER.rstrip("/")  # type: ignore[attr-defined]
                yield name, storage
