"""Who files contractors' written agreements; who sees what is visible_to() in models.py."""

from qmm_pilot.accounts.roles import Role


def may_file_agreement(user) -> bool:
    """Whether this person puts a written agreement on file, which opens files to a contractor."""
    return user.has_role(Role.FDA_COORDINATOR)
