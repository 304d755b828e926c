"""Doors of the records: FDA's records officers alone read the trail."""

from .doors import Door
from .people import RECORDS_OFFICER

DOORS = {
    "records:trail": [Door("GET", yes=RECORDS_OFFICER)],
    "records:verify": [Door("GET POST", yes=RECORDS_OFFICER)],
}
