"""Inter in pieces: what each holds, when it is made, and that pages stand without it."""

from __future__ import annotations

import ast
import asyncio
import functools
import html
import itertools
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import override_settings
from fontTools.ttLib import TTFont

from qbwc_project import fonts
from qbwc_project.font_cut import characters
from qbwc_project.static_files import FONTS, build_static
from tests.test_asgi import ask
from tests.test_house import APPS, ROOT

INTERFACE, EUROPE, GREEK_CYRILLIC = "inter-interface.woff2", "inter-europe.woff2", "inter-greek-cyrillic.woff2"
LIMIT = 18_000  # bytes of what an English page takes
SMALL = {"small.woff2": "U+41-43, U+31"}
# In the code to be recognised in what QuickBooks or a person wrote, not to be shown.
READ_NOT_SHOWN = {"é", "\u0250", "\N{REPLACEMENT CHARACTER}"}


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """One piece that is soon cut, and a DATA_DIR of its own."""
    monkeypatch.setattr(fonts, "pieces", lambda: SMALL)
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


@functools.cache
def drawn() -> frozenset[int]:
    """What Inter has a drawing of."""
    return frozenset(TTFont(fonts.source(), lazy=True).getBestCmap())


def made(name: str) -> TTFont:
    path = fonts.piece(name)
    assert path is not None
    return TTFont(path)


def names_in(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def shown() -> Iterator[tuple[str, Path]]:
    """Every text that a page may show of itself, with its file."""
    for path in (*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/tieout/*.*")):
        yield html.unescape(path.read_text(encoding="utf-8")), path
    for path in itertools.chain.from_iterable((ROOT / app).rglob("*.py") for app in APPS):
        if "tests" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value, path


@pytest.mark.parametrize("name", [INTERFACE, EUROPE])
def test_a_piece_is_a_woff2_file_with_its_characters_both_weights_kerning_and_figures_of_one_width(name: str) -> None:
    font = made(name)
    assert font.flavor == "woff2"
    assert set(font.getBestCmap()) == characters(fonts.pieces()[name]) & drawn()
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [("wght", 400, 600)]
    assert "kern" in {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}
    assert "Inter Project Authors" in font["name"].getDebugName(0)
    assert "openfontlicense" in font["name"].getDebugName(14)


def test_the_figures_of_the_interface_can_have_one_width() -> None:
    font = made(INTERFACE)
    table = font["GSUB"].table
    lookups = [
        table.LookupList.Lookup[number]
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for number in record.Feature.LookupListIndex
    ]
    changed = {old: new for lookup in lookups for part in lookup.SubTable for old, new in part.mapping.items()}
    digits = [font.getBestCmap()[ord(digit)] for digit in "0123456789"]
    assert set(digits) <= set(changed)
    assert len({font["hmtx"][changed[digit]][0] for digit in digits}) == 1


def test_an_english_page_takes_one_small_piece() -> None:
    path = fonts.piece(INTERFACE)
    assert path is not None
    assert path.stat().st_size < LIMIT


def test_whatever_the_interface_says_is_in_its_piece() -> None:
    held = characters(fonts.pieces()[INTERFACE])
    missing = {
        (character, str(path.relative_to(ROOT)))
        for text, path in shown()
        for character in set(text) - READ_NOT_SHOWN
        if character.isprintable() and ord(character) in drawn() and ord(character) not in held
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("words", "name"), [("ŁłukaszŽižkaSøńßÉ€£", EUROPE), ("Ωμέγα", GREEK_CYRILLIC), ("ЖёлудьЇ", GREEK_CYRILLIC)]
)
def test_what_the_interface_does_not_need_is_in_another_piece(words: str, name: str) -> None:
    held = characters(fonts.pieces()[INTERFACE]) | characters(fonts.pieces()[name])
    assert {character for character in words if ord(character) not in held & drawn()} == set()


def test_no_character_is_in_two_pieces() -> None:
    for one, other in itertools.combinations(fonts.pieces().values(), 2):
        assert characters(one) & characters(other) == set()


def test_a_server_makes_no_font_before_somebody_asks(small_pieces: Path) -> None:
    build_static()
    assert names_in(small_pieces / "fonts") == []


def test_a_piece_is_made_when_it_is_first_asked_for_and_kept(
    small_pieces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked_by_two() -> list[tuple[int, dict[str, str], bytes, int]]:
        static = build_static()
        return await asyncio.gather(*(ask(static, f"{FONTS}small.woff2") for _ in range(2)))

    answers = asyncio.run(asked_by_two())
    assert [(answer[0], answer[2][:4]) for answer in answers] == [(200, b"wOF2")] * 2
    assert answers[0][1]["content-type"] == "font/woff2"
    assert answers[0][1]["cache-control"] == "max-age=86400, public"
    assert answers[0][1]["x-content-type-options"] == "nosniff"
    assert names_in(small_pieces / "fonts") == ["small.woff2"]

    monkeypatch.setattr(fonts, "_make", lambda path: pytest.fail("made again"))
    assert asyncio.run(ask(build_static(), f"{FONTS}small.woff2"))[2] == answers[0][2]


@override_settings(DEBUG=True)
def test_with_debug_too(small_pieces: Path) -> None:
    assert asyncio.run(ask(build_static(), f"{FONTS}small.woff2"))[2][:4] == b"wOF2"


def test_django_finds_and_collects_it(small_pieces: Path) -> None:
    found = finders.find("tieout/fonts/small.woff2")
    assert isinstance(found, str)
    assert Path(found).read_bytes()[:4] == b"wOF2"
    assert finders.find("tieout/fonts/none.woff2") is None
    assert finders.find("small.woff2") is None
    [(name, storage)] = fonts.FontFinder().list(None)
    with storage.open(name) as file:
        assert file.read(4) == b"wOF2"
    assert storage.prefix == "tieout/fonts"  # type: ignore[attr-defined]


def test_it_is_made_where_data_dir_cannot_be_written(
    small_pieces: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_pieces / "fonts").write_text("in the way")
    path = fonts.piece("small.woff2")
    assert path is not None
    assert path.read_bytes()[:4] == b"wOF2"
    assert small_pieces not in path.parents
    assert "cannot be written" in caplog.text

    monkeypatch.setattr(fonts, "_make", lambda path: pytest.fail("made again"))
    assert asyncio.run(ask(build_static(), f"{FONTS}small.woff2"))[:1] == (200,)


@pytest.mark.parametrize("content", [None, b"", b"not a font"])
def test_without_a_sound_font_pages_use_the_systems(
    small_pieces: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    broken = small_pieces / "broken.ttf"
    if content is not None:
        broken.write_bytes(content)
    monkeypatch.setattr(fonts, "source", lambda: broken)
    static = build_static()
    for _ in range(2):
        assert asyncio.run(ask(static, f"{FONTS}small.woff2"))[0] == 404
    assert asyncio.run(ask(static, "/static/tieout/tieout.css"))[0] == 200
    said = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1
    assert "pages use the system's font: small.woff2 could not be made" in said[0].getMessage()
    assert names_in(small_pieces / "fonts") == []


def test_two_processes_that_make_it_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "small.woff2"
    command = [sys.executable, "-m", "qbwc_project.font_cut", str(fonts.source()), str(target), SMALL[target.name]]
    both = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert set(TTFont(target).getBestCmap()) == characters(SMALL[target.name])
    assert names_in(tmp_path) == ["small.woff2"]


def test_a_range_is_read_as_css_means_it() -> None:
    assert characters("U+41-43, U+31") == set(map(ord, "ABC1"))
    with pytest.raises(ValueError, match="invalid literal"):
        characters("A-Z?")
