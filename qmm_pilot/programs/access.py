"""Who sets up rounds and files agreements; who sees what is visible_to() in models.py."""

from qmm_pilot.accounts.roles import Role


def may_file_agreement(user) -> bool:
    """Whether this person puts a written agreement on file, which opens files to a contractor."""
    return user.has_role(Role.FDA_COORDINATOR)


def may_manage_programs(user) -> bool:
    """Whether this person sets up rounds, their rules, windows and late admissions (A3, A4).

    The coordinator, who works on the cases that these rules decide; the administrator has no
    case data and manages accounts alone.
    """
    return user.has_role(Role.FDA_COORDINATOR)
