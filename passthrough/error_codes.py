"""The names of what can go wrong, and of where: callers match on them."""

import enum


class ErrorCode(enum.StrEnum):
    """`error_code` of an answer that is not a success."""

    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    INVALID_XML = "INVALID_XML"
    INVALID_REQUEST = "INVALID_REQUEST"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    DUPLICATE_REQUEST = "DUPLICATE_REQUEST"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    SHIM_UNREACHABLE = "SHIM_UNREACHABLE"
    SHIM_TIMEOUT = "SHIM_TIMEOUT"
    QB_UNAVAILABLE = "QB_UNAVAILABLE"
    QB_BUSY = "QB_BUSY"
    QB_ERROR = "QB_ERROR"
    SDK_ERROR = "SDK_ERROR"
    NETWORK_ERROR = "NETWORK_ERROR"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    OUTCOME_PENDING = "OUTCOME_PENDING"


class Component(enum.StrEnum):
    """Where it went wrong, in the words of /health."""

    SERVER_AGENT = "server_agent"  # this server
    QB_SHIM = "qb_shim"  # the Web Connector, or the agent on the QuickBooks PC
    QUICKBOOKS = "quickbooks"
