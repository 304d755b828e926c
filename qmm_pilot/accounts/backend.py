"""How a request's person is read: with organization, roles and second factor, in one query."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.db.models import Aggregate, CharField, Exists, OuterRef, Subquery

from .models import Representation, RoleGrant, User

FACTORS = Authenticator.objects.filter(user=OuterRef("pk")).exclude(
    type=Authenticator.Type.RECOVERY_CODES
)
ACCEPTED = Representation.objects.filter(agent=OuterRef("pk"), revoked_at=None)


class Joined(Aggregate):
    """Words of several rows as one text, with commas between them."""

    function = "GROUP_CONCAT"
    output_field = CharField()

    def as_postgresql(self, compiler, connection, **more):
        template = "STRING_AGG(%(expressions)s, ',')"
        return self.as_sql(compiler, connection, template=template, **more)


GRANTED = RoleGrant.objects.filter(user=OuterRef("pk"), revoked_at=None).order_by().values("user")


class PersonBackend(AuthenticationBackend):
    """Every page asks where its person belongs, for her roles, and for a second factor."""

    def get_user(self, user_id):
        people = User.objects.select_related("organization").annotate(
            has_second_factor=Exists(FACTORS),
            granted=Subquery(GRANTED.annotate(held=Joined("role")).values("held")),
            has_accepted=Exists(ACCEPTED),  # a letter of authority, perhaps ended (User.roles)
        )
        person = people.filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None
