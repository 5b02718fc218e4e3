"""Cut a font to some characters: python -m qbwc_project.font_cut SOURCE TARGET RANGES, in a process of its own.

It needs 45 MB and up to some seconds, once for each file: the server keeps neither. RANGES are written as in CSS.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

# What tieout.css asks for: pairs set closer, and figures of one width. Contextual alternates cost a third more.
FEATURES = ["kern", "tnum"]
WEIGHTS = (400, 400, 600)  # least, default, most: text and headings
TEXT_SIZE = 14  # the design for text; Inter draws itself finer in large sizes
COPYRIGHT, LICENCE = 0, 14  # numbers of the names that the licence wants kept
NEEDLESS = ["STAT", "MVAR", "gasp"]  # menus of font pickers, underlines, old Windows screens


def characters(ranges: str) -> frozenset[int]:
    """The code points of a CSS unicode-range: `U+20-7E, U+2019`. ValueError where it is none."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip().upper().removeprefix("U+").partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)


def cut(source: Path, target: Path, ranges: str) -> None:
    """Write the woff2 file in one step, so that nobody reads half of it."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options(
        layout_features=FEATURES, hinting=False, notdef_outline=True, glyph_names=False, name_IDs=[COPYRIGHT, LICENCE]
    )
    options.drop_tables += NEEDLESS
    font = TTFont(source, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters(ranges))
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": TEXT_SIZE, "wght": WEIGHTS})
    font.flavor = "woff2"
    with tempfile.TemporaryDirectory(dir=target.parent) as draft:
        whole = Path(draft, target.name)
        font.save(whole)
        _settle(whole, target)


def _settle(whole: Path, target: Path) -> None:
    """On the disk before it has its name: after a power cut there is no file or a whole one."""
    with whole.open("r+b") as file:
        os.fsync(file.fileno())
    whole.chmod(0o644)
    whole.replace(target)


if __name__ == "__main__":
    cut(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
