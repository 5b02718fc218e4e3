"""Who can put something right, in words that fit into a sentence."""

from typing import Final

from qbwc.qbxml.code_rows import Actor

WHO: Final = {
    Actor.DEVELOPER: "whoever made the application",
    Actor.USER: "the person at the QuickBooks PC",
    Actor.ADMINISTRATOR: "an administrator, of the server or of QuickBooks",
}
