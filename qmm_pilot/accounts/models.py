"""Who takes part: organizations, people, and the roles they hold."""

import uuid
import zoneinfo
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django_countries.fields import CountryField

from .roles import CASE_ROLES, Role, Side


def check_time_zone(name):
    """Refuse a text that is not the name of an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Choose one such as America/Chicago.")


class Organization(models.Model):
    """A firm, FDA, or a contractor."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Side)
    is_rehearsal = models.BooleanField(
        default=False, help_text="Made for one rehearsal; its people hear of nothing else."
    )
    name = models.CharField("legal name", max_length=200)
    address_line_1 = models.CharField("street address", max_length=200)
    address_line_2 = models.CharField("suite or building", max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField("state or region", max_length=100, blank=True)
    postal_code = models.CharField("ZIP or postal code", max_length=20, blank=True)
    country = CountryField(default="US")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """Create a person who signs in by e-mail address, kept in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """A person. One account each, on one side only; deactivated, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField("full name", max_length=200)
    title = models.CharField("job title", max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(
        max_length=60, default="America/New_York", validators=[check_time_zone]
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="people"
    )
    is_active = models.BooleanField(default=True)
    session_generation = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised by end_sessions_of: older sessions are over."
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    is_staff = False
    is_superuser = False

    objects = UserManager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_email"),
        ]

    def __str__(self):
        return self.name or self.email

    @property
    def first_name(self):
        return self.name

    def get_session_auth_hash(self):
        """What Django compares with each session of this person, on every request."""
        return f"{self.session_generation}:{super().get_session_auth_hash()}"

    def get_session_auth_fallback_hash(self):
        for fallback in super().get_session_auth_fallback_hash():
            yield f"{self.session_generation}:{fallback}"

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles held now."""
        return frozenset(
            RoleGrant.objects.filter(user=self, revoked_at=None).values_list("role", flat=True)
        )

    @cached_property
    def side(self) -> str:
        """The side of this person's organization: firm, fda, contractor, or empty."""
        return self.organization.kind if self.organization_id else ""

    def has_role(self, *wanted) -> bool:
        """Whether this active person holds any of these roles."""
        return self.is_active and not self.roles.isdisjoint(wanted)

    @property
    def reads_cases(self) -> bool:
        """Whether this person is FDA staff who work on cases."""
        return self.has_role(*CASE_ROLES)


class RoleGrant(models.Model):
    """A role given to a person; revoked, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30, choices=Role)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(revoked_at=None), name="role_held_once"
            )
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}"
