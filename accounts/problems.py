"""A refusal that a caller of the REST interface sees."""

from __future__ import annotations


class ApiProblem(Exception):
    """Answered as `{"error": {"code": …, "message": …}}` with `http_status`."""

    def __init__(self, http_status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.code = code
        self.message = message

    @property
    def body(self) -> dict[str, dict[str, str]]:
        """The answer's JSON."""
        return {"error": {"code": self.code, "message": self.message}}
