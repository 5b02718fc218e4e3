"""What a held call costs whoever holds it: uvicorn as the server configures it, waiting for its callers to hang up.

Started as `python -m bench.bare_held PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import uvicorn

BACKLOG = 4096  # as qbwc_project.serving's; who starts this has raised the limit of open files


async def hold(scope: Mapping[str, Any], receive: Callable[[], Awaitable[Mapping[str, Any]]], send: object) -> None:
    """Read the request and keep it open."""
    while (await receive())["type"] != "http.disconnect":
        pass


def main() -> None:
    config = uvicorn.Config(
        hold,
        port=int(sys.argv[1]),
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
    )
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
