"""The words under which FDA finds a request in its queue."""

import uuid

from django.db import connection, models
from django.db.models import Exists, OuterRef, Q

from applications.finding import LONGEST_WORD, words_sought

from .request import ParticipationRequest

MOST_LISTED = 500  # requests that a search lists by their ids
LAST_LETTER = "\U0010ffff"  # sorts behind every other where texts are compared by their bytes


class SearchWordQuerySet(models.QuerySet):
    def beginning_with(self, text):
        """Words with this beginning, by the index on both engines.

        PostgreSQL compares LIKE by an index of patterns, SQLite does not: there it is a range.
        """
        if connection.vendor == "sqlite":
            return self.filter(word__gte=text, word__lt=text + LAST_LETTER)
        return self.filter(word__startswith=text)


class SearchWord(models.Model):
    """One word of one request. Words are added and never taken away.

    So a request is still found under the name or FEI that its facility or firm bore before. What
    a person may see of what is found, the queryset decides that found_among() narrows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="search_words"
    )
    word = models.CharField(max_length=LONGEST_WORD)

    objects = SearchWordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request", "word"], name="search_word_once"
            ),
            models.CheckConstraint(condition=~Q(word=""), name="search_word_is_no_empty_one"),
        ]
        indexes = [
            models.Index(
                fields=["word", "participation_request"],
                opclasses=["varchar_pattern_ops", "uuid_ops"],
                name="request_by_word",
            )
        ]

    def __str__(self):
        return self.word


def found_among(requests, text):
    """Those of these requests (a queryset) that a search finds; text without a word finds all.

    A search that finds few is narrowed to them by the index of words; one that finds more than
    MOST_LISTED is asked of each request in the order of the list, which then is soon full.
    """
    words, is_whole = words_sought(text)
    if not words:
        return requests
    kept = SearchWord.objects.order_by()
    matching = [kept.filter(word=word) if is_whole else kept.beginning_with(word) for word in words]
    found = _few_found(matching)
    if found is not None:
        return requests.filter(pk__in=found)
    for each in matching:
        requests = requests.filter(Exists(each.filter(participation_request=OuterRef("pk"))))
    return requests


def _few_found(matching) -> set | None:
    """The ids of the requests that have a word of each queryset; None where they are too many.

    Where a word is rare, the others are looked up at its requests alone: of "Plant 500" every
    request may have the one and few the other.
    """
    counts = _counted(matching)
    first, *others = [
        each for _, each in sorted(zip(counts, matching, strict=True), key=lambda pair: pair[0])
    ]
    if min(counts) <= MOST_LISTED:
        for each in others:
            same = each.filter(participation_request=OuterRef("participation_request"))
            first = first.filter(Exists(same))
        return set(first.values_list("participation_request", flat=True))
    if not others:
        return None
    of_each = [each.values_list("participation_request") for each in (first, *others)]
    found = {pk for (pk,) in of_each[0].intersection(*of_each[1:])[: MOST_LISTED + 1]}
    return found if len(found) <= MOST_LISTED else None


def _counted(matching) -> list[int]:
    """How many rows each queryset has, at most one more than MOST_LISTED, in one question."""
    written = [each.values("word")[: MOST_LISTED + 1].query.sql_with_params() for each in matching]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT COUNT(*) FROM ({rows}) AS found" for rows, _ in written),
            [value for _, values in written for value in values],
        )
        return [count for (count,) in cursor.fetchall()]
