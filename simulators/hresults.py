"""The errors with which QuickBooks refuses a whole call: an HRESULT, never a statusCode."""

PARSE_ERROR = "0x80040400"
UNEXPECTED = "0x80040402"
OTHER_FILE_OPEN = "0x8004040A"
NOT_RUNNING = "0x80040416"
UNKNOWN_VERSION = "0x80040423"

# The first line of each is what QuickBooks itself says; callers who ask for a code without words get these.
MESSAGES = {
    "0x80040400": "QuickBooks found an error when parsing the provided XML text stream.",
    "0x80040401": "Could not access QuickBooks.",
    "0x80040402": "Unexpected error. Check the qbsdklog.txt file for possible, additional information.",
    "0x80040403": "Could not open the specified QuickBooks company data file.",
    "0x80040408": "Could not start QuickBooks.",
    "0x8004040A": "A QuickBooks company data file is already open and it is different from the one requested.",
    "0x8004040D": "The session ticket is not valid.",
    "0x80040414": "A modal dialog box is showing in the QuickBooks user interface.",
    "0x80040416": "If QuickBooks is not running, a call to BeginSession must include the name of the company file.",
    "0x80040417": "QuickBooks is running, but no company file is open.",
    "0x80040418": "This application has not accessed this QuickBooks company data file before.",
    "0x8004041A": "This application does not have permission to access this QuickBooks company data file.",
    "0x8004041B": "Unable to lock the necessary information to allow this application to access the company data file.",
    "0x8004041C": "An internal QuickBooks error occurred while trying to access the QuickBooks company data file.",
    "0x8004041D": "This application is not allowed to log into this QuickBooks company data file automatically.",
    "0x80040420": "The QuickBooks user has denied access.",
    "0x80040423": "The version of qbXML that was requested is not supported or is unknown.",
    "0x80040424": "QuickBooks is still initializing.",
    "0x80010105": "The server threw an exception.",
}


class QuickBooksError(Exception):
    """The call failed as a whole. `detail` says why for whoever debugs a test; QuickBooks itself never tells."""

    def __init__(self, hresult: str, message: str = "", detail: str = "") -> None:
        self.hresult = hresult
        self.message = message or MESSAGES.get(hresult, "Unexpected error.")
        self.detail = detail
        super().__init__(f"{hresult}: {self.message}" + (f" ({detail})" if detail else ""))


def parse_error(detail: str) -> QuickBooksError:
    """What every violation of the request grammar comes to (qbXML sheet 1.1)."""
    return QuickBooksError(PARSE_ERROR, detail=detail)
