"""The firm's letters: what FDA wrote about its requests and places, to read and to keep."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.letter_texts import KINDS
from applications.models import DecisionLetter, Participation, ParticipationRequest
from qmm_pilot import clock
from qmm_pilot.records.letters import SECRET, note_opened
from qmm_pilot.records.models import Letter

from .firm import firm_page

MOST_LISTED = 200
ABOUT = ["applications.participationrequest", "applications.participation"]


@require_safe
@firm_page
def letter_list(request):
    """The letters about what this person sees of her firm, each once, newest first."""
    sites = _sites(request.user)
    letters: dict = {}
    for letter in _letters(request.user, sites):
        # Of a letter that several people got, her own copy, or else the first.
        key = (letter.subject_id, letter.kind, letter.at)
        if key not in letters or letter.person_id == request.user.pk:
            letters[key] = letter
    rows = [
        {
            "letter": letter,
            "about": sites[letter.subject_id],
            "is_own": letter.person_id == request.user.pk,
        }
        for letter in list(letters.values())[:MOST_LISTED]
    ]
    return render(request, "applications/firm/letter_list.html", {"rows": rows})


@require_safe
@firm_page
def letter_read(request, pk):
    """One letter; that the person whom it was written to opened it is noted, the first time."""
    sites = _sites(request.user)
    letter = _letters(request.user, sites).filter(pk=pk).first()
    if letter is None:
        raise Http404
    if request.method == "GET":
        note_opened(Letter.objects.filter(pk=pk), by=request.user, at=clock.now())
    copy = None
    if letter.kind in KINDS:
        copy = (
            DecisionLetter.objects.visible_to(request.user)
            .filter(participation_request=letter.subject_id, kind=letter.kind, at=letter.at)
            .select_related("stored_file")
            .first()
        )
    return render(
        request,
        "applications/firm/letter_read.html",
        {
            "letter": letter,
            "about": sites[letter.subject_id],
            "is_own": letter.person_id == request.user.pk,
            "copy": copy,
        },
    )


def _sites(user) -> dict:
    """What letters may be about: the id as text of each request and place that she sees."""
    sites = {}
    for rows in (
        ParticipationRequest.objects.visible_to(user),
        Participation.objects.visible_to(user),
    ):
        for pk, firm, facility, program in rows.values_list(
            "pk", "organization_id", "facility__name", "program__short_name"
        ):
            sites[str(pk)] = {"firm": firm, "facility": facility, "program": program}
    return sites


def _letters(user, sites):
    """The letters about these to the people of their firms; none holds a key that is erased."""
    firms = {each["firm"] for each in sites.values()}
    mine = Letter.objects.filter(person=user)
    of_firms = Letter.objects.filter(person__organization__in=firms)
    return (
        (mine | of_firms)
        .filter(subject_kind__in=ABOUT, subject_id__in=list(sites))
        .exclude(body__contains=SECRET)
        .select_related("person__organization")
        .order_by("-at", "pk")
    )
