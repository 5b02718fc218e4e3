"""How a firm's files look: its name, its colour, its logo. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCENT = "0F5C78"
_HEX = re.compile(r"#?[0-9A-Fa-f]{6}")
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


@dataclass(frozen=True)
class Branding:
    """`accent` is six hexadecimal digits; `logo` a PNG or JPEG picture, or None."""

    firm_name: str = ""
    accent: str = ACCENT
    logo: bytes | None = None

    @property
    def logo_format(self) -> str:
        """What the first bytes say, whatever the file was called."""
        if self.logo is None:
            return ""
        return "png" if self.logo.startswith(PNG) else "jpg" if self.logo.startswith(JPEG) else ""


PLAIN = Branding()


def problems_of(firm_name: str, accent: str, logo: bytes | None) -> dict[str, str]:
    """What is wrong with a branding, by field; empty: nothing."""
    found = {}
    if len(firm_name) > 100:
        found["firm_name"] = "A firm's name has at most 100 characters."
    if not _HEX.fullmatch(accent):
        found["accent"] = "Write the colour as six hexadecimal digits, such as 0F5C78."
    elif lightness(accent) > 0.4:
        found["accent"] = "The colour is too light for white words on it: choose a darker one."
    if logo is not None and not Branding(logo=logo).logo_format:
        found["logo"] = "The logo must be a PNG or JPEG picture."
    elif logo is not None and len(logo) > 500_000:
        found["logo"] = f"The logo has {len(logo):,} bytes; at most 500,000 are kept."
    return found


def lightness(accent: str) -> float:
    """Relative luminance, 0 (black) to 1 (white): WCAG 2.2, with the plain power instead of its two-part curve."""
    digits = accent.removeprefix("#")
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return float(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2)
