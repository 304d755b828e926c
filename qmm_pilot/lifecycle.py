"""A record that moves from state to state, and the refusals that a person may read."""

from typing import ClassVar

from django.db import models


class Refusal(Exception):  # noqa: N818 - the field's word: a deed is refused, nothing is broken
    """A deed that the rules do not allow; its text is a full sentence for the person who asked."""


class IllegalMove(Refusal):
    """The record is not in a state from which this deed leads on."""


class Lifecycle(models.Model):
    """Base of every noun with states; MOVES says which state may follow which (states.md)."""

    MOVES: ClassVar[dict[str, set[str]]] = {}

    class Meta:
        abstract = True

    def become(self, new_status):
        """Take the next state, unsaved. Raises IllegalMove where MOVES does not lead there."""
        if new_status not in self.MOVES.get(self.status, set()):
            wanted = self._meta.get_field("status").choices
            labels = dict(wanted)
            raise IllegalMove(
                f"This {self._meta.verbose_name} is “{labels[self.status]}” and cannot become "
                f"“{labels[new_status]}”. Reload the page to see its present state."
            )
        self.status = new_status
