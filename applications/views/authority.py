"""Letters of authority: the firm files them, FDA reads who may sign for which firm (B17, A14)."""

from datetime import date
from typing import NamedTuple

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications import access, operations
from applications.authority_forms import AuthorityLetterForm, WithdrawLetterForm
from applications.models import AuthorityLetter, state_between
from qmm_pilot import clock
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import StoredFile

from .deeds import carried_out, open_only_if
from .firm import posted

LETTER_COLUMNS = {
    "pk": "pk",
    "since": "since",
    "until": "until",
    "marked_until": "letter__designation__expires_on",
}


class Row(NamedTuple):
    """One letter as a list shows it; `scopes` are empty for an official, who signs everything."""

    firm: str
    person: User
    scopes: list[str]
    since: date
    until: date | None
    state: tuple[str, str]
    reason: str
    stored_file: StoredFile
    url: str
    withdraw_url: str


@require_safe
def letter_list(request):
    """The letters of one's own firm and who lacks one; for FDA those of every firm it knows."""
    user, at = request.user, clock.now()
    open_only_if(access.may_read_authority(user))
    rows = [*_officials_rows(user, at=at), *_agents_rows(user, at=at)]
    lacking = []
    if not user.reads_cases:
        on_file = AuthorityLetter.objects.visible_to(user).standing().values("official")
        lacking = _officials(user).exclude(pk__in=on_file)
    return render(
        request,
        "applications/authority/list.html",
        {
            "rows": sorted(rows, key=lambda row: (row.firm, row.person.name)),
            "lacking": lacking,
            "may_file": access.may_file_authority(user, user.organization_id),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def letter_new(request):
    """File the letter of one of the firm's officials."""
    firm = request.user.organization
    open_only_if(access.may_file_authority(request.user, request.user.organization_id))
    form = AuthorityLetterForm(
        posted(request),
        request.FILES or None,
        people=_officials(request.user),
        initial={"since": _today(clock.now()), "official": request.GET.get("official")},
    )
    if request.method == "POST" and form.is_valid():
        done = "The letter is on file."
        if carried_out(
            request, operations.file_authority_letter, firm, **form.cleaned_data, done=done
        ):
            return redirect("applications:authority_list")
    return render(request, "applications/authority/new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def letter_withdraw(request, pk):
    """Ask why a letter holds no longer, and withdraw it."""
    filed = _letter_or_404(request.user, pk)
    open_only_if(access.may_file_authority(request.user, filed.firm_id))
    form = WithdrawLetterForm(posted(request))
    if request.method == "POST" and form.is_valid():
        done = "The letter is withdrawn. It stays on file with your reason."
        if carried_out(
            request, operations.withdraw_authority_letter, filed, **form.cleaned_data, done=done
        ):
            return redirect("applications:authority_list")
    return render(request, "applications/authority/withdraw.html", {"filed": filed, "form": form})


@require_safe
def letter_file(request, pk):
    """Download an official's letter; the download is logged."""
    return _download(request, _letter_or_404(request.user, pk).letter)


@require_safe
def agent_letter_file(request, pk):
    """Download an agent's letter, for FDA; the download is logged."""
    letters = access.agent_letters_read_by(request.user).select_related("letter")
    return _download(request, get_object_or_404(letters, pk=pk).letter)


class SignersLetter(NamedTuple):
    """The letter that stands for whoever signed a request, as FDA's page of it shows it."""

    since: date
    until: date | None
    state: tuple[str, str]
    marked_until: date | None
    url: str


def with_signers_letters(user) -> dict:
    """Annotations of a request: the standing letter of its signer, an official or an agent."""
    of_signer = {"firm": OuterRef("organization"), "agent": OuterRef("submitted_by")}
    agents = access.agent_letters_read_by(user).filter(
        **of_signer, scope_submit=True, revoked_at=None
    )
    officials = (
        AuthorityLetter.objects.visible_to(user)
        .standing()
        .filter(firm=OuterRef("organization"), official=OuterRef("submitted_by"))
    )
    return {
        f"{whose}_letter_{name}": Subquery(letters.order_by("-since").values(column)[:1])
        for whose, letters in (("official", officials), ("agent", agents))
        for name, column in LETTER_COLUMNS.items()
    }


def signers_letter(participation_request) -> SignersLetter | None:
    """What with_signers_letters() found beside this request, or None where no letter stands."""
    for whose, page in (("official", "authority_file"), ("agent", "authority_agent_file")):
        found = {
            name: getattr(participation_request, f"{whose}_letter_{name}")
            for name in LETTER_COLUMNS
        }
        if found["pk"]:
            since, until = found["since"], found["until"]
            state = state_between(since, until, _today(clock.now()))
            url = reverse(f"applications:{page}", args=[found["pk"]])
            return SignersLetter(since, until, state, found["marked_until"], url)
    return None


def _officials_rows(user, *, at, **chosen):
    letters = (
        AuthorityLetter.objects.visible_to(user)
        .filter(**chosen)
        .select_related("firm", "official", "letter__designation")
    )
    may_file = access.may_file_authority(user, user.organization_id)
    return [
        Row(
            filed.firm.name,
            filed.official,
            [],
            filed.since,
            filed.until,
            filed.state_on(_today(at)),
            filed.end_reason,
            filed.letter,
            reverse("applications:authority_file", args=[filed.pk]),
            reverse("applications:authority_withdraw", args=[filed.pk])
            if may_file and not filed.ended_at
            else "",
        )
        for filed in letters
    ]


def _agents_rows(user, *, at, **chosen):
    """FDA's rows of agents; a firm has its own page of them."""
    letters = (
        access.agent_letters_read_by(user)
        .filter(agent__isnull=False, **chosen)
        .select_related("firm", "agent", "letter__designation")
    )
    return [
        Row(
            given.firm.name,
            given.agent,
            [str(scope.label) for scope in given.scopes],
            given.since,
            given.until,
            ("revoked", "Revoked")
            if given.revoked_at
            else state_between(given.since, given.until, _today(at)),
            "",
            given.letter,
            reverse("applications:authority_agent_file", args=[given.pk]),
            "",
        )
        for given in letters
    ]


def _officials(user):
    """The officials of this person's firm, who sign for it."""
    return people_with(Role.FIRM_OFFICIAL, user.organization_id)


def _letter_or_404(user, pk):
    letters = AuthorityLetter.objects.visible_to(user).select_related("firm", "official", "letter")
    return get_object_or_404(letters, pk=pk)


def _download(request, stored_file):
    try:
        return download_response(stored_file, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("applications:authority_list")


def _today(at):
    return at.astimezone(EASTERN).date()
