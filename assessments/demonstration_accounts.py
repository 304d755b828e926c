"""The demonstration's agent, invitation and former colleague: accounts beside the two pilots."""

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.demonstration_people import AGENT, FORMER_COLLEAGUE, INVITED, REPRESENTED
from assessments.walkthrough import eastern
from qmm_pilot.accounts import operations
from qmm_pilot.accounts.models import User

LETTER = (
    "To the Food and Drug Administration, Center for Drug Evaluation and Research\n\n"
    "{agent} acts for {firm} in the Quality Management Maturity pilot programs, as far as this "
    "entry says, until it ends or is revoked.\n\n{official}\n"
)


def show_accounts(let_in) -> None:
    """Authorize the agent at her firms, invite a colleague and deactivate one at the first.

    `let_in` gives a new account what signing up gives: the password and a confirmed address.
    """
    at = eastern(date(2020, 10, 5))
    agent = User.objects.create_user(AGENT.email, name=AGENT.name, title=AGENT.title)
    let_in(agent)
    for address, scopes in REPRESENTED.items():
        official = User.objects.get(email=address)
        firm = official.organization
        letter = LETTER.format(agent=agent, firm=firm, official=official)
        invitation = operations.invite_agent(
            firm,
            email=agent.email,
            name=agent.name,
            scopes=scopes,
            since=date(2020, 10, 1),
            until=date(2022, 12, 31),
            letter=SimpleUploadedFile("letter-of-authority.txt", letter.encode()),
            by=official,
            at=at,
        )
        operations.accept_invitation(invitation, by=agent, at=at)
    official = User.objects.get(email=next(iter(REPRESENTED)))
    former = operations.open_account(
        email=FORMER_COLLEAGUE.email,
        name=FORMER_COLLEAGUE.name,
        title=FORMER_COLLEAGUE.title,
        organization=official.organization,
        roles=FORMER_COLLEAGUE.roles,
        by=official,
        at=eastern(date(2019, 9, 23)),
    )
    let_in(former)
    operations.deactivate(
        former, reason="Left the firm at the end of September.", by=official, at=at
    )
    operations.invite(
        official.organization,
        email=INVITED.email,
        name=INVITED.name,
        roles=INVITED.roles,
        by=official,
        at=eastern(date(2020, 11, 12), 10),
    )
