"""The blocks that two Acts ask for on forms, where a program has them configured (A12)."""

from django import template

from qmm_pilot import clock

register = template.Library()


@register.inclusion_tag("programs/public_notices.html")
def public_notices(program):
    """The Paperwork Reduction Act block while its clearance lasts, and the Privacy Act statement.

    Nothing where the program has neither: an invalid number would free the public from answering
    (44 U.S.C. 3512).
    """
    if not (program.pra_control_number or program.privacy_act_statement):
        return {}
    return {
        "program": program,
        "shows_pra_block": program.shows_pra_block(program.today(clock.now())),
    }
