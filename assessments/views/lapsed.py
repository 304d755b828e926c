"""A form that was open when access ended: what was typed is handed in instead of being lost."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect

from assessments import operations
from assessments.models import AssessedTopic, Finding, HandIn, Report
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

RECEIPT = "assessments:hand_in_receipt"
NOT_WORDS = {"csrfmiddlewaretoken", "page_of", "seen_sha256", "save", "save_and_next"}
TOPIC, FINDING, REPORT = (
    (AssessedTopic, "assessment", "name"),
    (Finding, "topic__assessment", "topic__name"),
    (Report, "assessment", ""),
)


def kept_when_lapsed(noun, kind):
    """Wrap a page that takes words: a POST that finds nothing any more becomes a hand-in (A9).

    The answer is the receipt: nothing of the visit is shown again. Whoever was never let in, and
    whoever may not hand in any more, finds nothing as before.
    """

    def wrap(view):
        @wraps(view)
        def kept(request, pk, **kwargs):
            try:
                return view(request, pk, **kwargs)
            except Http404:
                row = None
                if request.method == "POST":
                    row = _handed_in(request, noun, pk, kind, kwargs)
                if row is None:
                    raise
                return redirect(RECEIPT, pk=row.pk)

        return kept

    return wrap


def _handed_in(request, noun, pk, kind, kwargs):
    model, path, name = noun
    at = clock.now()
    visits = {visit.pk: visit for visit, _ in operations.hand_ins_open_to(request.user, at=at)}
    if not visits:
        return None
    columns = [path, *([name] if name else [])]
    found = model.objects.filter(pk=pk, **{f"{path}__in": visits}).values_list(*columns).first()
    if found is None:
        return None
    topic_name = found[1] if name else ""
    typed = {field: value for field, value in request.POST.items() if field not in NOT_WORDS}
    if not any(value.strip() for value in typed.values()) and not request.FILES:
        return None
    typed = {**typed, **({"kind": kwargs["kind"]} if "kind" in kwargs else {})}
    text = "\n\n".join(
        f"{field.replace('_', ' ').capitalize()}:\n{value}"
        for field, value in typed.items()
        if value.strip()
    )
    try:
        row = operations.hand_in(
            visits[found[0]],
            kind=kind,
            topic_name=topic_name,
            text=text,
            facts=_facts(model, kind, typed),
            upload=request.FILES.get("file"),
            by=request.user,
            at=at,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return None
    messages.warning(
        request,
        "Your access has ended. What you had typed was not lost: it is handed in to FDA.",
    )
    return row


def _facts(model, kind, typed):
    """The facts of a whole new finding, which FDA can enter as it stands; else nothing."""
    if kind != HandIn.Kind.FINDING or model is not AssessedTopic or not typed.get("kind"):
        return {}
    if not (typed.get("seen") and typed.get("evidence")):
        return {}
    is_opportunity = typed["kind"] == Finding.Kind.OPPORTUNITY
    if is_opportunity and not all(typed.get(n) for n in ("recommendation", "impact", "effort")):
        return {}
    names = ("kind", "seen", "evidence", "recommendation", "impact", "effort")
    return {name: typed.get(name, "") for name in names}
