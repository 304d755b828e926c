"""Who takes part: organizations, people, and the roles they hold."""

import uuid
import zoneinfo
from functools import cached_property

from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django_countries.fields import CountryField

from qmm_pilot import clock
from qmm_pilot.records.models import StoredFile

from .roles import CASE_ROLES, STANDS_IN_FOR, Role, Scope, Side


def check_time_zone(name):
    """Refuse a text that is not the name of an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Choose one such as America/Chicago.")


class OrganizationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The organizations whose people this person manages, but no rehearsal's."""
        if user.has_role(Role.FDA_ADMINISTRATOR):
            return self.filter(is_rehearsal=False)
        if user.has_role(Role.FIRM_ADMINISTRATOR, Role.CONTRACTOR_ADMINISTRATOR):
            return self.filter(pk=user.organization_id)
        return self.none()


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

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whose accounts this person manages: FDA's administrators all, others their own people."""
        if user.has_role(Role.FDA_ADMINISTRATOR):
            return self
        if user.has_role(Role.FIRM_ADMINISTRATOR, Role.CONTRACTOR_ADMINISTRATOR):
            return self.filter(organization=user.organization_id)
        return self.none()

    def holding(self, *roles):
        """Those who hold one of these roles now."""
        held = RoleGrant.objects.filter(role__in=roles, revoked_at=None)
        return self.filter(pk__in=held.values("user"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
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
    # What PersonBackend reads together with the person of a request.
    granted: str | None
    has_accepted: bool

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
        """The roles held now; whoever represents a firm now is an agent, without any grant.

        Read with the person where she is a request's (PersonBackend), else asked for here.
        """
        held = self._granted_with_her()
        if held is None:
            agent = Value(Role.FIRM_AGENT.value, output_field=models.CharField())
            accepted = Representation.objects.filter(agent=self, revoked_at=None).order_by()
            granted = RoleGrant.objects.filter(user=self, revoked_at=None).values_list("role")
            rows = granted.union(accepted.annotate(role=agent).values_list("role"))
            held = {role for (role,) in rows}
        # The moment is asked for by those alone whose letter may have ended.
        if Role.FIRM_AGENT in held and not self.authorities:
            held.discard(Role.FIRM_AGENT)
        return frozenset(held)

    def _granted_with_her(self) -> set[str] | None:
        if not hasattr(self, "granted"):
            return None
        held = set(self.granted.split(",")) if self.granted else set()
        return held | {Role.FIRM_AGENT.value} if self.has_accepted else held

    @cached_property
    def side(self) -> str:
        """The side of this person's organization: firm, fda, contractor, or empty.

        An agent without an organization of her own stands on the firms' side.
        """
        if self.organization_id:
            return self.organization.kind
        return Side.FIRM.value if self.is_agent else ""

    @property
    def is_agent(self) -> bool:
        """Whether she represents a firm now."""
        return Role.FIRM_AGENT in self.roles

    @cached_property
    def stands_in_for(self) -> list[tuple["Organization", list[Role]]]:
        """The firms that she represents now, each with the roles whose work she does there."""
        if not self.is_agent:
            return []
        return [(row.firm, row.roles) for row in self.authorities]

    @cached_property
    def authorities(self) -> list["Representation"]:
        """Her letters of authority in force now, with their firms, read once for all questions."""
        held = Representation.objects.in_force(clock.now()).filter(agent=self)
        return list(held.select_related("firm"))

    def name_at(self, organization) -> str:
        """Her name as the records of this organization have it: "Ana Diaz, agent for Firm A"."""
        is_own = organization is None or organization.pk == self.organization_id
        if is_own or not self.is_agent:
            return str(self)
        represented = Representation.objects.in_force(clock.now()).filter(
            agent=self, firm=organization
        )
        return f"{self}, agent for {organization}" if represented.exists() else str(self)

    def has_role(self, *wanted) -> bool:
        """Whether this active person holds any of these roles."""
        return self.is_active and not self.roles.isdisjoint(wanted)

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether this person signs in with an authenticator app or a passkey beside a password.

        Recovery codes alone are none: they stand in for a factor that is lost.
        """
        factors = Authenticator.objects.filter(user=self)
        return factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

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


class RepresentationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of a firm to its administrators and officials, her own to the agent."""
        own = Q(agent=user)
        if user.has_role(Role.FIRM_ADMINISTRATOR, Role.FIRM_OFFICIAL):
            own |= Q(firm=user.organization_id)
        return self.filter(own)

    def in_force(self, moment):
        """Accepted, not revoked, and since <= the Eastern day of this moment <= until."""
        day = moment.astimezone(clock.EASTERN).date()
        return self.filter(agent__isnull=False, revoked_at=None, since__lte=day, until__gte=day)

    def with_any(self, scopes):
        """Those whose letter holds at least one of these scopes."""
        wanted = Q(pk__in=[])
        for scope in scopes:
            wanted |= Q(**{f"scope_{Scope(scope).value}": True})
        return self.filter(wanted)


class Representation(models.Model):
    """The written authority of an agent to act for a firm, with its scopes and its end (A14)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    firm = models.ForeignKey(Organization, models.PROTECT, related_name="representations")
    agent = models.ForeignKey(User, models.PROTECT, null=True, related_name="representations")
    scope_prepare = models.BooleanField(default=False)
    scope_submit = models.BooleanField(default=False)
    scope_metrics = models.BooleanField(default=False)
    scope_report = models.BooleanField(default=False)
    letter = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(help_text="Inclusive, Eastern Time.")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = RepresentationQuerySet.as_manager()

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="representation_since_before_until"
            ),
            models.CheckConstraint(
                condition=Q(scope_prepare=True)
                | Q(scope_submit=True)
                | Q(scope_metrics=True)
                | Q(scope_report=True),
                name="representation_has_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(agent=None, accepted_at=None)
                | Q(agent__isnull=False, accepted_at__isnull=False),
                name="representation_accepted_by_its_agent",
            ),
        ]

    def __str__(self):
        return f"{self.agent or 'Invited agent'} for {self.firm}"

    @property
    def scopes(self) -> list[Scope]:
        """What the letter holds, in the order of Scope."""
        return [scope for scope in Scope if getattr(self, f"scope_{scope.value}")]

    @property
    def roles(self) -> list[Role]:
        """The roles of the firm whose work these scopes are."""
        return [STANDS_IN_FOR[scope] for scope in self.scopes if scope in STANDS_IN_FOR]


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Invitations to the organizations that this person administers; an official's agents."""
        own = Q(pk__in=[])
        if user.has_role(Role.FIRM_ADMINISTRATOR, Role.CONTRACTOR_ADMINISTRATOR):
            own |= Q(organization=user.organization_id)
        if user.has_role(Role.FIRM_OFFICIAL):
            own |= Q(organization=user.organization_id, representation__isnull=False)
        if user.has_role(Role.FDA_ADMINISTRATOR):
            own |= Q(organization__kind__in=[Side.FDA, Side.CONTRACTOR])
        return self.filter(own)

    def standing(self):
        """Neither accepted nor revoked; they may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A colleague or an agent asked by mail to join; its link holds a token, kept as a hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="invitations")
    email = models.EmailField("e-mail address")
    name = models.CharField("full name", max_length=200)
    roles = models.JSONField(default=list)
    representation = models.OneToOneField(
        Representation, models.PROTECT, null=True, related_name="invitation"
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(help_text="Exclusive.")
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    sent_at = models.DateTimeField(help_text="Later than invited_at where it was sent again.")
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_standing_invitation_per_address",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_is_accepted_by_someone",
            ),
        ]

    def __str__(self):
        return f"Invitation of {self.name} to {self.organization}"

    @property
    def role_labels(self) -> list[str]:
        """What the invited person will be, in words."""
        if self.representation:
            return [scope.label for scope in self.representation.scopes]
        return [Role(role).label for role in self.roles]

    def is_open_at(self, moment) -> bool:
        """Whether its link leads in at this moment."""
        return not self.accepted_at and not self.revoked_at and moment < self.expires_at


class AddressChange(models.Model):
    """A wish to sign in with another e-mail address, confirmed at the old one and the new (A15)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="address_changes")
    old_email = models.EmailField()
    new_email = models.EmailField()
    old_token_sha256 = models.CharField(max_length=64, unique=True)
    new_token_sha256 = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Exclusive.")
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Carried out, or replaced by another.")

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None), name="one_address_change_at_a_time"
            )
        ]

    def __str__(self):
        return f"Change of the address of {self.user}"
