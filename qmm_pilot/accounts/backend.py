"""How a request's person is read: with organization and second factor, in one query."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef

from .models import User

FACTORS = Authenticator.objects.filter(user=OuterRef("pk")).exclude(
    type=Authenticator.Type.RECOVERY_CODES
)


class PersonBackend(AuthenticationBackend):
    """Every page asks where its person belongs and whether a second factor is enrolled."""

    def get_user(self, user_id):
        people = User.objects.select_related("organization")
        person = people.annotate(has_second_factor=Exists(FACTORS)).filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None
