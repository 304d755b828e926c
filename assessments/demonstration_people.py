"""Who takes part in the demonstration, and their sites: rows of invented names."""

from typing import NamedTuple

from applications.demonstration import History
from qmm_pilot.accounts.roles import Role, Scope

PASSWORD = "qmm-demo-2020!"  # nosec B105 - of the demonstration alone, and printed


class Person(NamedTuple):
    email: str
    name: str
    title: str
    roles: tuple[Role, ...]
    time_zone: str = "America/New_York"


FDA_PEOPLE = [
    Person("coordinator@fda.example", "Dana Whitfield", "Pilot coordinator",
           (Role.FDA_COORDINATOR,)),
    Person("coordinator2@fda.example", "Miguel Santos", "Pilot coordinator",
           (Role.FDA_COORDINATOR,)),
    Person("reviewer@fda.example", "Aisha Rahman", "Consumer safety officer",
           (Role.FDA_REVIEWER,)),
    Person("reviewer2@fda.example", "Jonas Keller", "Senior pharmacist",
           (Role.FDA_REVIEWER,)),
    Person("selector@fda.example", "Ruth Abara", "Division director", (Role.FDA_SELECTOR,)),
    Person("observer@fda.example", "Lena Fischer", "Senior chemist", (Role.FDA_OBSERVER,)),
    Person("approver@fda.example", "Thomas Okafor", "Office director", (Role.FDA_APPROVER,)),
    Person("analyst@fda.example", "Grace Lindqvist", "Data scientist", (Role.FDA_ANALYST,)),
    Person("records@fda.example", "Paul Nakamura", "Records officer",
           (Role.FDA_RECORDS_OFFICER,)),
    Person("admin@fda.example", "Ines Calloway", "System administrator",
           (Role.FDA_ADMINISTRATOR,)),
]  # fmt: skip

# name of the contractor: city, state, country, its people
CONTRACTORS = {
    "fdf": (
        "Northgate Quality Partners",
        {"city": "Baltimore", "state": "Maryland", "country": "US"},
        [
            Person("lead@northgate.example", "Walter Imhof", "Lead assessor",
                   (Role.CONTRACTOR_LEAD, Role.CONTRACTOR_ASSESSOR)),
            Person("assessor@northgate.example", "Priya Raman", "Assessor",
                   (Role.CONTRACTOR_ASSESSOR,)),
            Person("admin@northgate.example", "Joan Mercer", "Office manager",
                   (Role.CONTRACTOR_ADMINISTRATOR,)),
        ],
    ),
    "api": (
        "Meridian Assessment Group",
        {"city": "London", "state": "", "country": "GB"},
        [
            Person("lead@meridian.example", "Eleanor Hughes", "Lead assessor",
                   (Role.CONTRACTOR_LEAD, Role.CONTRACTOR_ASSESSOR), "Europe/London"),
            Person("assessor@meridian.example", "Arjun Mehta", "Assessor",
                   (Role.CONTRACTOR_ASSESSOR,), "Asia/Kolkata"),
            Person("admin@meridian.example", "Colin Baxter", "Office manager",
                   (Role.CONTRACTOR_ADMINISTRATOR,), "Europe/London"),
        ],
    ),
}  # fmt: skip


# Who acts for several firms, and what her letter of authority holds at each, by its official.
AGENT = Person("agent@quillmere.example", "Ravi Quillmere", "Regulatory consultant", ())
REPRESENTED = {
    "official@blueridge.example": [Scope.PREPARE, Scope.METRICS],
    "official@godavari.example": [Scope.PREPARE, Scope.SUBMIT, Scope.REPORT],
}
# At the first of these firms: who is invited, and who has left.
INVITED = Person("metrics@blueridge.example", "Nadia Brandt", "", (Role.FIRM_METRICS,))
FORMER_COLLEAGUE = Person(
    "former@blueridge.example", "Carl Jennings", "Regulatory associate", (Role.FIRM_PREPARER,)
)


class Site(NamedTuple):
    """A firm with one site; `country` and `fda_country` are the ISO code and FDA's spelling."""

    domain: str
    firm: str
    official: str
    city: str
    state: str
    postal_code: str
    country: str
    fda_country: str
    time_zone: str
    size_band: str
    sector: str
    history: History = History.CLEAN
    makes_sterile: bool = False


US = ("US", "United States")
SITES = {
    "fdf": [
        Site("blueridge", "Blue Ridge Pharmaceuticals", "Margaret Ellison", "Asheville",
             "North Carolina", "28801", *US, "America/New_York", "medium", "generic"),
        Site("lakeshore", "Lakeshore Generics", "Peter Novak", "Milwaukee", "Wisconsin", "53202",
             *US, "America/Chicago", "large", "generic"),
        Site("cascade", "Cascade Sterile Products", "Yuki Tanabe", "Spokane", "Washington",
             "99201", *US, "America/Los_Angeles", "medium", "cdmo", makes_sterile=True),
        Site("borinquen", "Borinquen Tablets", "Carmen Rivera", "Caguas", "Puerto Rico", "00725",
             "PR", "United States", "America/Puerto_Rico", "large", "innovator"),
        Site("prairie", "Prairie Dosage Forms", "Harold Jensen", "Omaha", "Nebraska", "68102",
             *US, "America/Chicago", "small", "generic"),
        Site("hudson", "Hudson Valley Laboratories", "Judith Stein", "Poughkeepsie", "New York",
             "12601", *US, "America/New_York", "medium", "biotech", makes_sterile=True),
        Site("gulfcoast", "Gulf Coast Softgels", "Marcus Boyd", "Mobile", "Alabama", "36602",
             *US, "America/Chicago", "small", "otc"),
        Site("oldcolony", "Old Colony Consumer Health", "Fiona Burke", "Worcester",
             "Massachusetts", "01608", *US, "America/New_York", "medium", "otc"),
        Site("sonoran", "Sonoran Inhalation", "Rafael Ortega", "Tucson", "Arizona", "85701",
             *US, "America/Phoenix", "large", "innovator"),
        Site("piedmont", "Piedmont Oral Solids", "Anna Kowalski", "Danville", "Virginia", "24541",
             *US, "America/New_York", "small", "cdmo"),
        Site("bluegrass", "Bluegrass Liquids", "Samuel Reyes", "Lexington", "Kentucky", "40507",
             *US, "America/New_York", "small", "otc", History.NONE_IN_THE_WINDOW),
        Site("ironrange", "Iron Range Injectables", "Karin Lund", "Duluth", "Minnesota", "55802",
             *US, "America/Chicago", "medium", "generic", History.OFFICIAL_ACTION, True),
    ],
    "api": [
        Site("konkan", "Konkan Synthesis", "Anil Deshpande", "Mumbai", "Maharashtra", "400093",
             "IN", "India", "Asia/Kolkata", "large", "generic"),
        Site("godavari", "Godavari Actives", "Lakshmi Rao", "Hyderabad", "Telangana", "500032",
             "IN", "India", "Asia/Kolkata", "large", "generic"),
        Site("shannon", "Shannon Actives", "Niamh Kelly", "Cork", "", "T12 W8YK", "IE", "Ireland",
             "Europe/Dublin", "medium", "innovator"),
        Site("lombarda", "Lombarda Sintesi", "Marco Ferri", "Milan", "", "20121", "IT", "Italy",
             "Europe/Rome", "medium", "cdmo"),
        Site("rhein", "Rhein Wirkstoffe", "Sabine Krüger", "Ludwigshafen", "", "67059", "DE",
             "Germany", "Europe/Berlin", "large", "innovator"),
        Site("yamate", "Yamate Kagaku", "Kenji Mori", "Osaka", "", "541-0041", "JP", "Japan",
             "Asia/Tokyo", "medium", "generic"),
        Site("taihu", "Taihu Biochem", "Lin Wei", "Wuxi", "Jiangsu", "214000", "CN", "China",
             "Asia/Shanghai", "large", "biotech"),
        Site("ebro", "Ebro Química", "Lucía Navarro", "Zaragoza", "", "50001", "ES", "Spain",
             "Europe/Madrid", "small", "generic"),
        Site("galil", "Galil Actives", "Noa Shalev", "Haifa", "", "3303139", "IL", "Israel",
             "Asia/Jerusalem", "small", "generic"),
        Site("aare", "Aare Chemie", "Urs Baumann", "Olten", "", "4600", "CH", "Switzerland",
             "Europe/Zurich", "small", "cdmo"),
        Site("danube", "Danube Fine Actives", "Zsófia Varga", "Debrecen", "", "4024", "HU",
             "Hungary", "Europe/Budapest", "medium", "generic", History.NONE_IN_THE_WINDOW),
        Site("hangang", "Hangang Intermediates", "Park Ji-woo", "Incheon", "", "21999", "KR",
             "Korea (the Republic of)", "Asia/Seoul", "medium", "generic",
             History.OFFICIAL_ACTION),
    ],
}  # fmt: skip
