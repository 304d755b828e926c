"""FDA's pages of decision letters: a program's words, one firm's own, those of the next release."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_read_requests, may_write_letters
from applications.letter_forms import LetterForm, LetterTextForm
from applications.letter_texts import (
    KINDS,
    PLACEHOLDERS,
    Words,
    default_words,
    faults,
    filled,
    signed_off,
)
from applications.models import LetterOverride, LetterText, ParticipationRequest
from applications.operations.decision_letters import letter_words, texts_in_force, words_in_force
from applications.operations.letters import firm_people_of
from qmm_pilot import clock
from qmm_pilot.programs.models import Program
from qmm_pilot.uswds.moments import day_in_words

from .deeds import carried_out, open_only_if
from .firm import rehearsal_of

READ_OR_POST = ["GET", "HEAD", "POST"]
# What stands for a name where no request waits that would give it.
EXAMPLE = {
    "recipient": "[name of each person]",
    "facility": "[facility]",
    "firm": "[firm]",
    "receipt_number": "[receipt number]",
}


@require_safe
def letter_texts(request, pk):
    """A program's words by kind of letter, and the letters of its next release."""
    program = _program(request, pk)
    own = texts_in_force(program)
    pending = operations.pending_release(program, at=clock.now())
    people = firm_people_of(pending.waiting)
    visible = _visible(request.user, pending)
    letters = [
        {
            "participation_request": row,
            "letter": pending.letters[row.pk],
            "label": KINDS[pending.letters[row.pk].kind].label,
            "people": people[row.pk],
        }
        for row in visible
        if row.pk in pending.letters
    ]
    kinds = [
        {
            "kind": kind,
            "label": rules.label,
            "text": own.get(kind),
            "letters": sum(row["letter"].kind == kind for row in letters),
            "mails": sum(len(row["people"]) for row in letters if row["letter"].kind == kind),
        }
        for kind, rules in KINDS.items()
    ]
    return render(
        request,
        "applications/letters/texts.html",
        {
            **_frame(program),
            "kinds": kinds,
            "letters": letters,
            "may_write": may_write_letters(request.user),
        },
    )


@require_http_methods(READ_OR_POST)
def letter_text(request, pk, kind):
    """Read, preview and write a program's words for one kind of letter."""
    program = _program(request, pk)
    if kind not in KINDS:
        raise Http404
    may_write = may_write_letters(request.user)
    if request.method == "POST":
        open_only_if(may_write)
    versions = list(
        LetterText.objects.filter(program=program, kind=kind)
        .select_related("written_by__organization")
        .order_by("-version")
    )
    held = versions[0].words if versions else default_words(kind)
    seen = versions[0].version if versions else 0
    form = LetterTextForm(
        request.POST or None,
        initial={"subject": held.subject, "body": held.body, "seen": seen},
    )
    words = held
    if form.is_valid():
        words = _words_of(form)
        if _is_to_be_saved(request, kind, words) and carried_out(
            request,
            operations.write_letter_text,
            program,
            kind,
            subject=words.subject,
            body=words.body,
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["seen"],
            done="The words are saved as a new version. Letters that are not released use them.",
        ):
            return redirect("applications:letter_text", pk=pk, kind=kind)
    pending = operations.pending_release(program, at=clock.now())
    rows = [
        row
        for row in _visible(request.user, pending)
        if row.pk in pending.letters and pending.letters[row.pk].kind == kind
    ]
    people = firm_people_of(rows)
    return render(
        request,
        "applications/letters/text.html",
        {
            **_frame(program),
            "kind": kind,
            "rules": KINDS[kind],
            "form": form,
            "versions": versions,
            "version": seen,
            "may_write": may_write,
            "faults": faults(kind, words),
            "was_refused": "save" in request.POST,
            "preview": _preview(kind, words, rows[0] if rows else None, program),
            "previewed": rows[0] if rows else None,
            "letters": len(rows),
            "mails": sum(len(each) for each in people.values()),
            "placeholders": _placeholders(kind),
        },
    )


@require_http_methods(READ_OR_POST)
def letter_edit(request, pk, request_pk):
    """Read, preview and edit the letter of the next release to one firm."""
    program, row, pending = _pending_letter(request, pk, request_pk)
    letter = pending.letters[row.pk]
    own = LetterOverride.objects.filter(participation_request=row, ended_at=None).first()
    held = own.words if letter.is_edited else words_in_force(program)[letter.kind]
    form = LetterForm(request.POST or None, initial={"subject": held.subject, "body": held.body})
    words = held
    if form.is_valid():
        words = _words_of(form)
        if _is_to_be_saved(request, letter.kind, words) and carried_out(
            request,
            operations.edit_letter,
            row,
            subject=words.subject,
            body=words.body,
            done="This firm’s letter has these words in the next release.",
        ):
            return redirect("applications:letter_edit", pk=pk, request_pk=request_pk)
    return render(
        request,
        "applications/letters/edit.html",
        {
            **_frame(program),
            "participation_request": row,
            "letter": letter,
            "rules": KINDS[letter.kind],
            "own": own if letter.is_edited else None,
            "form": form,
            "people": firm_people_of([row])[row.pk],
            "faults": faults(letter.kind, words),
            "was_refused": "save" in request.POST,
            "preview": _preview(letter.kind, words, row, program),
            "placeholders": _placeholders(letter.kind),
        },
    )


@require_POST
def letter_keep(request, pk, request_pk):
    """Keep one firm's own words though the program's have changed since."""
    done = "This firm’s own words stay as they are."
    return _settle(request, pk, request_pk, operations.keep_edited_letter, done)


@require_POST
def letter_regenerate(request, pk, request_pk):
    """Make one firm's letter of the program's words again."""
    done = "This firm’s letter is made of the program’s words again."
    return _settle(request, pk, request_pk, operations.regenerate_letter, done)


def _is_to_be_saved(request, kind, words):
    """Whether a save was asked for that the page itself does not have to refuse by its list."""
    return "preview" not in request.POST and not faults(kind, words)


def _settle(request, pk, request_pk, deed, done):
    _, row, _ = _pending_letter(request, pk, request_pk)
    carried_out(request, deed, row, done=done)
    return redirect("applications:letter_edit", pk=pk, request_pk=request_pk)


def _pending_letter(request, pk, request_pk):
    open_only_if(may_write_letters(request.user))
    program = _program(request, pk)
    row = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related(
            "facility", "organization", "program", "started_by"
        ),
        pk=request_pk,
        program=program,
    )
    pending = operations.pending_release(program, at=clock.now())
    if row.pk not in pending.letters:
        raise Http404
    return program, row, pending


def _visible(user, pending):
    """What of the release this person may read: not the sites that are closed to her."""
    seen = set(
        ParticipationRequest.objects.visible_to(user)
        .filter(pk__in=[row.pk for row in pending.waiting])
        .values_list("pk", flat=True)
    )
    return [row for row in pending.waiting if row.pk in seen]


def _preview(kind, words, row, program) -> Words:
    """These words with the data of a request that waits, or with examples."""
    accept_by = operations.acceptance_day(program, clock.now())
    if row:
        words = letter_words(
            words, row, accept_by=accept_by if KINDS[kind].offers_a_place else None
        )
        return filled(words, EXAMPLE)
    values = {**EXAMPLE, "program": program.name, "accept_by": day_in_words(accept_by)}
    return signed_off(filled(words, values))


def _placeholders(kind):
    rules = KINDS[kind]
    return [
        {"name": f"{{{name}}}", "what": PLACEHOLDERS[name], "is_required": name in rules.required}
        for name in rules.known
    ]


def _words_of(form) -> Words:
    given = form.cleaned_data
    return Words(given["subject"].strip(), given["body"].replace("\r\n", "\n").strip())


def _program(request, pk):
    open_only_if(may_read_requests(request.user))
    return get_object_or_404(Program.objects.visible_to(request.user), pk=pk)


def _frame(program):
    return {"program": program, "rehearsal": rehearsal_of(program)}
