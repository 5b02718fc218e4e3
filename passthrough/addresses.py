"""The addresses of the synchronous path: they are answered on the hot handler, and their errors have one shape."""

from typing import Final

PREFIXES: Final = ("/api/qbxml", "/api/transactions", "/api/errors")


def is_ours(path: str) -> bool:
    """Whether a request's path is one of these, or below one."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)
