"""Naming the record that a row is about."""

from django.db import models

LONGEST_LINE = 200  # characters: the subject of a letter, the title of a task


class AboutSubject(models.Model):
    """Names the record that a row is about: its kind ("app.model") and its id as text."""

    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)

    class Meta:
        abstract = True

    @staticmethod
    def naming(subject) -> dict[str, str]:
        """The two columns that name this model instance."""
        return {"subject_kind": subject._meta.label_lower, "subject_id": str(subject.pk)}
