"""The people around a simulated company: employees with their dates, customers and their jobs."""

import dataclasses
import datetime
import random

from simulators.chart_of_accounts import list_id
from simulators.records import Customer, Employee

# QuickBooks writes the standard-time offset all year round.
PACIFIC = datetime.timezone(datetime.timedelta(hours=-8))
_FIRST_EMPLOYEE = 0x600
_FIRST_CUSTOMER = 0x700


@dataclasses.dataclass(frozen=True, slots=True)
class _Career:
    """One employee's dates, in years before the current year plus (month, day); None where not recorded."""

    name: str
    hired: tuple[int, int, int] | None
    released: tuple[int, int, int] | None = None
    first_hired: tuple[int, int, int] | None = None
    employee_type: str = "Regular"
    is_active: bool = True
    created: tuple[int, int, int] = (9, 3, 2)


_CAREERS = (
    _Career("Marguerite Odell", (9, 3, 2), employee_type="Owner"),
    _Career("Tobias Renner", (8, 6, 15), employee_type="Officer"),
    _Career("Aiko Brandt", (7, 1, 8), created=(7, 1, 8)),
    _Career("Desmond Achterberg", (6, 9, 1), created=(6, 9, 1)),
    _Career("Renée Fairweather", (5, 4, 12), created=(5, 4, 12)),
    _Career("Luis Ortega", (4, 2, 1), created=(4, 2, 3)),
    # Rehired: QuickBooks keeps the latest hire and the first one, not the gap between them.
    _Career("Priya Natarajan", (2, 5, 6), first_hired=(6, 5, 20), created=(6, 5, 20)),
    _Career("Owen Castellan", (4, 8, 16), (1, 2, 28), is_active=False, created=(4, 8, 16)),
    _Career("Hannah Lindqvist", (3, 3, 1), (2, 10, 31), is_active=False, created=(3, 3, 1)),
    # Made inactive to hide the name; nobody entered a release date.
    _Career("Colin Mbeki", (3, 7, 10), is_active=False, created=(3, 7, 11)),
    # Gave notice: still active, the release date lies in next year.
    _Career("Saskia Pomeroy", (2, 1, 15), (-1, 3, 31), created=(2, 1, 15)),
    # Hire date never entered: only the day of the record is known.
    _Career("Jonas Whitlock", None, created=(2, 9, 3)),
    _Career("Bea Thornbury", (1, 6, 1), created=(1, 5, 28)),
    _Career("Mateo Silva", (1, 11, 4), created=(1, 11, 4)),
    # Hired in the spring of the current year: not there yet when the books are read in winter.
    _Career("Ingrid Solheim", (0, 4, 6), created=(0, 4, 6)),
)

_CUSTOMERS = (
    "Alder & Finch Dental", "Bayside Marine Supply", "Briar Hill Veterinary", "Café Lumière", "Cedar Point Clinic",
    "Clearwater Title & Escrow", "Copperline Electric", "Crestview Orthodontics", "Dunmore Freight", "Eastgate Church",
    "Evergreen Land Trust", "Fairhaven Credit Union", "Foxglove Interiors", "Garrison Law Group", "Glacier Brewing",
    "Granite Peak Builders", "Harbor Light Hospice", "Hollis & Sons Plumbing", "Ironwood Fabrication", "Juniper Realty",
    "Keystone Pharmacy", "Lakeside Montessori", "Larkspur Accounting", "Maple Row Apartments", "Meridian Surveyors",
    "Northfork Orchards", "O'Dell Insurance Agency", "Olympic Tile & Stone", "Pinecrest Pediatrics", "Quarry Road Auto",
    "Rainier Robotics", "Redfern Architects", "Sable Creek Winery", "Seabright Logistics", "Silverton Law",
    "Stonebridge Capital", "Tamarack Timber", "Thistledown Press", "Upland Dairy", "Vantage Physical Therapy",
    "Westlake Optical", "Yarrow Foods",
)  # fmt: skip
_JOBS = (
    ("Cedar Point Clinic", "Second Floor Network"),
    ("Fairhaven Credit Union", "Branch 4 Opening"),
    ("Garrison Law Group", "Office Move"),
    ("Granite Peak Builders", "Camera System"),
    ("Rainier Robotics", "Lab Wi-Fi"),
    ("Seabright Logistics", "Warehouse Cabling"),
    ("Stonebridge Capital", "Disaster Recovery Test"),
)
_INACTIVE_CUSTOMERS = frozenset({"Thistledown Press", "Upland Dairy"})
_CITIES = ("Seattle", "Tacoma", "Bellevue", "Everett", "Olympia", "Kirkland")


def make_employees(as_of: datetime.date) -> tuple[Employee, ...]:
    """The employees on record on `as_of`; their careers are counted back from the year of that day."""
    employees = [_employee(index, career, as_of.year) for index, career in enumerate(_CAREERS)]
    return tuple(employee for employee in employees if employee.time_created.date() <= as_of)


def _employee(index: int, career: _Career, year: int) -> Employee:
    created = _moment(career.created, year)
    hired, released = _day(career.hired, year), _day(career.released, year)
    return Employee(
        list_id=list_id(_FIRST_EMPLOYEE + index, int(created.timestamp())),
        name=career.name,
        is_active=career.is_active,
        employee_type=career.employee_type,
        hired_date=hired,
        original_hire_date=_day(career.first_hired, year) or hired,
        released_date=released,
        time_created=created,
        time_modified=_last_change(career, created, year),
    )


def _last_change(career: _Career, created: datetime.datetime, year: int) -> datetime.datetime:
    """When the record was last touched: at the release, the rehire, or (hidden, without a date) last summer."""
    if not career.is_active:
        return _moment(career.released or (1, 8, 20), year)
    if career.first_hired and career.hired:
        return _moment(career.hired, year)
    return created + datetime.timedelta(hours=2)


def _day(when: tuple[int, int, int] | None, year: int) -> datetime.date | None:
    return datetime.date(year - when[0], when[1], when[2]) if when else None


def _moment(when: tuple[int, int, int], year: int) -> datetime.datetime:
    return datetime.datetime(year - when[0], when[1], when[2], 9, 41, 7, tzinfo=PACIFIC)


def make_customers(seed: int) -> tuple[Customer, ...]:
    """At least 40 customers, each followed by its jobs; the same for a seed on every day."""
    jobs: dict[str, list[str]] = {}
    for parent, job in _JOBS:
        jobs.setdefault(parent, []).append(job)
    paths = [path for name in _CUSTOMERS for path in ((name, ""), *((job, name) for job in jobs.get(name, ())))]
    return tuple(_customer(seed, index, name, parent) for index, (name, parent) in enumerate(paths))


def _customer(seed: int, index: int, name: str, parent: str) -> Customer:
    rng = random.Random(f"{seed}/customer/{index}")
    created = datetime.datetime(2014, 11, 3, 8, 30, tzinfo=PACIFIC) + datetime.timedelta(hours=rng.randrange(30_000))
    modified = created + datetime.timedelta(hours=rng.randrange(2_000))
    return Customer(
        list_id=list_id(_FIRST_CUSTOMER + index, int(created.timestamp())),
        name=name,
        full_name=f"{parent}:{name}" if parent else name,
        parent=parent,
        is_active=(parent or name) not in _INACTIVE_CUSTOMERS,
        company_name=parent or name,
        email=f"office@customer{index + 1:02}.example",
        phone=f"(206) 555-{100 + index:04}",
        city=rng.choice(_CITIES),
        time_created=created,
        time_modified=modified,
        edit_sequence=str(int(modified.timestamp())),
    )
