"""FDA's statement of use where a person is about to submit something."""

from django import template

from qmm_pilot.records.statement import current_statement, sections_of

register = template.Library()


@register.inclusion_tag("components/statement.html")
def statement_of_use():
    """Show the version in force; inside a form it also sends back which version was shown."""
    statement = current_statement()
    return {"statement": statement, "sections": sections_of(statement)}
