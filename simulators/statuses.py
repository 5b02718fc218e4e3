"""The statusCodes with which QuickBooks answers one request, with its own words for them."""

import dataclasses

REFERENCE_HINT = "  QuickBooks error message: Invalid argument.  The specified record does not exist in the list."


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """statusCode and statusMessage of one answer."""

    code: int
    message: str

    @property
    def severity(self) -> str:
        """Exactly as on the wire: Info below 500, Warn below 1000, Error from there on (qbXML sheet 6)."""
        if self.code < 500:
            return "Info"
        return "Warn" if self.code < 1000 else "Error"

    @property
    def is_error(self) -> bool:
        """Whether the request failed; under stopOnError nothing after it is processed."""
        return self.code >= 1000


class RequestRefused(Exception):
    """One request ends with an error status; the others of its message set are not concerned."""

    def __init__(self, status: Status) -> None:
        self.status = status
        super().__init__(f"{status.code}: {status.message}")


OK = Status(0, "Status OK")
NO_MATCH = Status(1, "A query request did not find a matching object in QuickBooks")
NOT_PROCESSED = Status(3231, "The request has not been processed.")
NO_PERMISSION = Status(3260, "Insufficient permission level to perform this action.")
FEATURE_OFF = Status(3250, "This feature is not enabled or not available in this version of QuickBooks.")


def partly_found(name: str) -> Status:
    """Some of the objects asked for by name are missing; those found are returned."""
    return Status(
        500,
        "The query request has not been fully completed. There was a required element "
        f'("{name}") that could not be found in QuickBooks.',
    )


def object_not_found(object_id: str) -> Status:
    """The one object asked for by its ID is not there."""
    return Status(3120, f'Object "{object_id}" specified in the request cannot be found.{REFERENCE_HINT}')


def bad_request_id(request_id: str) -> Status:
    """requestID is longer than 50 characters."""
    return Status(1060, f'The request ID "{request_id}" is invalid, possibly too long, max 50 chars.')


def not_simulated(what: str) -> Status:
    """A request that a real QuickBooks would serve and this one does not: said openly, never guessed."""
    return Status(1030, f"{what} is not supported by this QuickBooks: it is a simulation and does not know it.")


def no_budget(year: int) -> Status:
    """One of the ways in which QuickBooks might say that a fiscal year has no budget; none was ever captured."""
    return Status(3120, f'Object "Budget FY{year}" specified in the request cannot be found.{REFERENCE_HINT}')


def bad_object_id(object_id: str, field: str) -> Status:
    """An ID that QuickBooks never gave, or gave in a session that has ended."""
    return Status(3000, f'The given object ID "{object_id}" in the field "{field}" is invalid.')


def bad_value(code: int, kind: str, value: str, field: str) -> Status:
    """A boolean, date, amount, price, quantity or GUID that does not read as one (3010 … 3065)."""
    return Status(code, f'There was an error when converting the {kind} value "{value}" in the field "{field}".')


def from_after_to(first: str, last: str) -> Status:
    """A range that ends before it begins."""
    return Status(3030, f'The "from" value "{first}" is later than the "to" value "{last}" in the request.')


def too_long(field: str, limit: int) -> Status:
    """A text longer than its field."""
    return Status(3070, f'The string in the field "{field}" is too long. The maximum length is {limit} characters.')


def name_in_use(name: str) -> Status:
    """A list already holds an element of that name."""
    return Status(3100, f'The name "{name}" of the list element is already in use.')


def bad_reference(kind: str, name: str, place: str) -> Status:
    """A reference to an object that does not exist."""
    return Status(3140, f'There is an invalid reference to QuickBooks {kind} "{name}" in the {place}.{REFERENCE_HINT}')


def parent_not_found(name: str) -> Status:
    """ParentRef names nobody."""
    return Status(3130, f'The parent reference "{name}" could not be found.{REFERENCE_HINT}')


def missing_element(name: str) -> Status:
    """The grammar allows leaving the element out, the request does not work without it."""
    return Status(3150, f'There is a missing element: "{name}".')


def rule_broken(what: str, words: str) -> Status:
    """A value that breaks one of QuickBooks' own rules; the text explains."""
    return Status(3210, f"There was an error when saving {what}.  QuickBooks error message: {words}")


def books_closed(what: str) -> Status:
    """The date is on or before the closing date of the company."""
    return Status(3171, f"An attempt was made to modify {what} with a date that is on or before the closing date.")
