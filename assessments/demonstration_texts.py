"""What the people of the demonstration write: findings by topic, notes, answers. All invented."""

from typing import NamedTuple


class Passage(NamedTuple):
    """What a team wrote about one topic."""

    level: int
    rationale: str
    strength: str
    strength_evidence: str
    opportunity: str
    opportunity_evidence: str
    recommendation: str
    impact: str
    effort: str
    next_level: str


TOPICS = {
    "Supply chain management": Passage(
        3,
        "Suppliers of critical materials are known by name and reviewed each year. Plans for the "
        "loss of a supplier exist for the three materials that carry most of the volume.",
        "Buyers and quality assurance review each critical supplier together, with delivery and "
        "complaint data on one page.",
        "Supplier review file of the last four quarters; interview with the buyer and the quality "
        "engineer.",
        "For eleven single-source excipients nobody has worked out how long stock would last.",
        "List of single-source materials; conversation with planning.",
        "Work out the time to run out for each single-source material and agree a stock or a "
        "second source for those under eight weeks.",
        "high",
        "medium",
        "Risks of second-tier suppliers are known and looked at before they become shortages.",
    ),
    "Manufacturing strategy and operations": Passage(
        4,
        "Process knowledge is kept current, and changes to the lines follow a plan of three years "
        "that production and quality wrote together.",
        "Operators on the packaging line stop it themselves when a trend chart leaves its band, "
        "and the reason is discussed on the same shift.",
        "Line records of two shifts; conversation with four operators.",
        "Knowledge of the oldest granulator rests with two people.",
        "Training matrix; interview with maintenance.",
        "Write down and film the set-up of the granulator, and train one more person per shift.",
        "medium",
        "low",
        "Lines are designed with the people who run them, and capability is tracked for each.",
    ),
    "Safety, environmental and regulatory compliance": Passage(
        4,
        "Commitments to authorities are tracked in one list with owners, and near misses are "
        "reported freely.",
        "Near-miss reports rose threefold in two years while injuries fell; each one gets an "
        "answer within a week.",
        "Near-miss register; safety walk with the site lead.",
        "Environmental data are looked at once a year only.",
        "Management review minutes.",
        "Bring solvent losses and water use into the monthly review.",
        "low",
        "low",
        "Compliance data feed planning before commitments fall due.",
    ),
    "Inventory management": Passage(
        3,
        "Stock is accurate and rotated; the reasons for write-offs are recorded but not yet used.",
        "Cycle counts agree with the books to within half a percent.",
        "Cycle-count reports of six months.",
        "Write-offs of short-dated stock repeat for the same four products.",
        "Write-off list by product.",
        "Give the four products an owner and a reorder rule based on demand.",
        "medium",
        "low",
        "Stock levels follow demand signals agreed with customers.",
    ),
    "Performance management and continual improvement": Passage(
        3,
        "Boards on every line show the day’s figures; larger improvements are chosen by the site "
        "lead alone.",
        "Each team closes at least one small improvement a month, and the boards show who did.",
        "Boards on five lines; improvement log.",
        "Targets of departments pull in different directions in two cases.",
        "Targets for the year; interviews with two department heads.",
        "Set the targets of production, quality and supply chain in one meeting, and review them "
        "together each quarter.",
        "high",
        "medium",
        "Improvements are chosen by their effect on patients and supply, and measured afterwards.",
    ),
    "Risk management": Passage(
        3,
        "Risk assessments are made for changes and deviations with a clear method; they are "
        "seldom opened again.",
        "Teams of several functions assess risks, and the operators’ view is written down.",
        "Six risk assessments chosen by the team.",
        "Assessments older than two years had not been looked at again after events that touched "
        "them.",
        "Risk register beside the deviation list.",
        "Link the register to deviations and complaints, so that an event opens its assessment.",
        "high",
        "low",
        "The register is used to decide about investments, and is current by itself.",
    ),
    "Management review and responsibility": Passage(
        4,
        "Management review looks ahead as well as back; decisions carry owners and dates.",
        "The site lead opens each review with one story from a patient or a pharmacist.",
        "Minutes of four reviews; interview with the site lead.",
        "Resource requests that were declined are not recorded with the reason.",
        "Minutes of four reviews.",
        "Record declined requests with their reason and look at them again after six months.",
        "medium",
        "low",
        "The review tests its own decisions: what was expected, what happened.",
    ),
    "Planning": Passage(
        2,
        "The plan is made each month and changed each week; quality learns of changes late.",
        "Planners know every product’s bottleneck by heart and help each other over holidays.",
        "Planning meeting attended on the second day.",
        "Three of the last five urgent changes reached the laboratory after the samples did.",
        "Change log of the plan; laboratory schedule.",
        "Freeze the plan for two weeks, and let the laboratory sit in the weekly meeting.",
        "high",
        "low",
        "One plan holds production, laboratory and maintenance, and changes are counted.",
    ),
    "Workforce management": Passage(
        3,
        "Training is complete and tested by doing; succession is thought of for leaders only.",
        "New people work beside a named colleague for three months and say that it helps.",
        "Conversations with five people in their first year.",
        "Overtime in the laboratory has been above a tenth for a year.",
        "Hours by department.",
        "Cross-train two production technicians for routine tests.",
        "medium",
        "medium",
        "Skills are planned for the products of the next five years.",
    ),
    "Quality culture": Passage(
        4,
        "People speak of quality as their own work, and bring bad news early.",
        "A technician who reported her own mistake was thanked in the shift meeting, and the "
        "label design was changed.",
        "Shift meeting; deviation record; survey of employees.",
        "Contract staff are not asked in the survey.",
        "Survey of employees.",
        "Ask contract staff the same questions and show their answers beside the others.",
        "medium",
        "low",
        "Culture is measured, talked about, and taken into account when leaders are chosen.",
    ),
    "Customer experience": Passage(
        3,
        "Complaints are answered on time and trended; customers are asked little beyond them.",
        "The complaint team calls the pharmacist back in person when a harm is possible.",
        "Complaint files chosen by the team.",
        "On-time delivery is measured at the gate, not at the customer.",
        "Delivery figures.",
        "Agree with the three largest customers how delivery is measured, and share the figure.",
        "medium",
        "low",
        "Customers’ needs shape the plan for quality.",
    ),
}
OTHER_TOPIC = Passage(
    3,
    "The practice is established and followed; its results are looked at once a year.",
    "Those who do the work can say why it is done this way.",
    "Interviews with the people concerned.",
    "Results are not yet compared with those of other departments.",
    "Annual summary.",
    "Compare results across departments twice a year and share what works.",
    "medium",
    "low",
    "The practice is improved from its own data.",
)

CONSULTATION_NOTES = {
    "pre": (
        "The firm described its existing quality management activities. Agenda, rooms and remote "
        "access were agreed; the firm asked for examples of documents and received them."
    ),
    "post": (
        "The recommendations were discussed in order of priority. The firm asked for more detail "
        "on two of them and named the people who take them up."
    ),
}


def passage_on(topic_name: str) -> Passage:
    """What the team wrote about a topic; topics that the contractor added share one passage."""
    return TOPICS.get(topic_name, OTHER_TOPIC)


FDF_ANSWERS = {
    "operations": ["manufacture", "pack", "label", "analysis"],
    "products": ["rx"],
    "product_description": "Tablets and capsules, generic, about forty products.",
    "makes_sterile": False,
    "size_band": "medium",
    "sector": "generic",
}
API_ANSWERS = {
    "operations": ["api_manufacture", "analysis"],
    "products": ["api", "intermediate"],
    "product_description": "Six active pharmaceutical ingredients and two late intermediates.",
    "makes_sterile": False,
    "size_band": "large",
    "sector": "generic",
}


def answers_of(pilot, official, facility, **more) -> dict:
    """A complete set of answers to the request of one facility."""
    return {
        **(FDF_ANSWERS if pilot == "fdf" else API_ANSWERS),
        "contact_name": official.name,
        "contact_title": official.title,
        "contact_email": official.email,
        "contact_phone": "+1 555 010 0199",
        "contact_time_zone": facility.time_zone,
        "deputy_name": "",
        "deputy_email": "",
        "declared_inspections": "One inspection in the window, ended without official action.",
        "preferred_mode": "hybrid",
        "blackout_dates": "",
        "interview_language": "English",
        **more,
    }
