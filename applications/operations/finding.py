"""Keeps the words and the sort name by which FDA's queue finds a request (B16)."""

from applications.finding import all_words, folded
from applications.models import ParticipationRequest, SearchWord

LONGEST_SORT_NAME = 200  # characters


def make_findable(*participation_requests) -> None:
    """Note each name and number that these requests bear now, inside the caller's transaction.

    To be called once a request reaches FDA, and whenever its facility or firm is called otherwise.
    Words that were noted before stay.
    """
    words = []
    for row in participation_requests:
        facility = row.facility
        numbers = [
            facility.fei,
            row.fei_key,
            *facility.identifiers.values_list("fei_key", flat=True),
            facility.duns,
            row.receipt_number or "",
        ]
        words += [
            SearchWord(participation_request=row, word=word)
            for word in sorted(all_words([facility.name, row.organization.name], numbers))
        ]
        row.sort_name = folded(facility.name)[:LONGEST_SORT_NAME]
        ParticipationRequest.objects.filter(pk=row.pk).update(sort_name=row.sort_name)
    SearchWord.objects.bulk_create(words, ignore_conflicts=True)
