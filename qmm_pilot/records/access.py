"""Who may read the records themselves, and who speaks for FDA about their use."""

# Accounts stand above records, so roles and sides are named by their values (accounts.roles).
RECORDS_OFFICER = "fda_records_officer"
COORDINATOR = "fda_coordinator"
ADMINISTRATOR = "fda_administrator"
FIRM, FDA = "firm", "fda"


def may_read_trail(user):
    return user.has_role(RECORDS_OFFICER)


def may_read_register(user):
    return user.has_role(RECORDS_OFFICER)


def may_publish_statement(user):
    return user.has_role(COORDINATOR)


def may_resend_letters(user):
    return user.has_role(COORDINATOR, ADMINISTRATOR)
