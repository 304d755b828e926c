"""Who may read the records themselves."""

# Accounts stand above records, so the role is named by its value (accounts.roles.Role).
RECORDS_OFFICER = "fda_records_officer"


def may_read_trail(user):
    return user.has_role(RECORDS_OFFICER)
