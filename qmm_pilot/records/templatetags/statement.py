"""FDA's statement of use where a person is about to submit something."""

from django import template

from qmm_pilot.records.statement import current_statement, last_seen, sections_of

register = template.Library()


@register.inclusion_tag("components/statement.html", takes_context=True)
def statement_of_use(context):
    """Show the version in force; inside a form it also sends back which version was shown.

    It stands open until this person went on with it once; then one line names it and opens it.
    """
    statement = current_statement()
    return {
        "statement": statement,
        "sections": sections_of(statement),
        "seen_at": last_seen(statement, context["user"]),
        "user": context["user"],
    }
