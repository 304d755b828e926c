"""A8: FDA and contractor people have a second factor before any page; deeds on factors."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import reverse

from qmm_pilot.accounts import operations
from qmm_pilot.accounts.access import lacks_second_factor, needs_second_factor
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.accounts.second_factors import MFAAdapter, enrol_app
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AT, TOTP_SECRET

from .signing_in import INDEX, at_address, code_now, confirmed, confirms, is_signed_in, signs_in

pytestmark = pytest.mark.django_db
REMOVE_APP = "/accounts/2fa/app/remove/"
ADD_APP = "/accounts/2fa/app/add/"
CODES = "/accounts/2fa/codes/"


def staff(role=Role.FDA_REVIEWER):
    return confirmed(factories.fda(role))


def assessor():
    contractor = factories.organization("contractor")
    return confirmed(factories.person(contractor, Role.CONTRACTOR_ASSESSOR))


def without_factors(person):
    Authenticator.objects.filter(user=person).delete()
    return User.objects.get(pk=person.pk)


def add_passkey(person, name="blue key"):
    """A passkey's row as far as lists and removals read it."""
    return Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}}
    )


def kinds_of(person):
    return sorted(Authenticator.objects.filter(user=person).values_list("type", flat=True))


def deeds_of(person):
    return [
        entry.deed
        for entry in TrailEntry.objects.filter(subject_id=str(person.pk)).order_by("position")
    ]


# --- who needs one -----------------------------------------------------------------------------


def test_fda_and_contractor_people_need_a_second_factor_and_firms_do_not():
    assert needs_second_factor(staff())
    assert needs_second_factor(assessor())
    assert not needs_second_factor(factories.registrant())


def test_recovery_codes_alone_are_no_second_factor(client):
    person = without_factors(staff())
    RecoveryCodes.activate(person)
    assert lacks_second_factor(person)
    client.force_login(person)
    assert client.get("/programs/")["Location"] == INDEX


@pytest.mark.parametrize("make", [staff, assessor], ids=["FDA", "contractor"])
@pytest.mark.parametrize(
    "path", ["/", "/profile/", "/programs/", "/requests/", "/metrics/", "/no/such/page/"]
)
def test_who_lacks_a_needed_factor_is_led_to_enrolment_from_every_page(client, make, path):
    client.force_login(without_factors(make()))
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, answer["Location"]) == (302, INDEX)


def test_the_same_pages_open_once_a_factor_is_enrolled_in_the_same_session(client):
    person = without_factors(staff())
    client.force_login(person)
    assert client.get("/programs/")["Location"] == INDEX
    enrol_app(person, TOTP_SECRET)
    assert client.get("/programs/").status_code == 200


def test_losing_the_factor_closes_an_open_session_again(client):
    person = staff()
    client.force_login(person)
    assert client.get("/programs/").status_code == 200
    without_factors(person)
    assert client.get("/programs/")["Location"] == INDEX


def test_enrolment_signing_out_and_static_files_are_open_meanwhile(client):
    client.force_login(without_factors(staff()))
    page = client.get(INDEX).content.decode()
    assert "Add a second step before you go on" in page
    assert client.get(ADD_APP)["Location"].startswith("/accounts/reauthenticate/")
    assert client.get("/accounts/reauthenticate/").status_code == 200
    assert client.get("/accounts/password/change/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"


def test_a_firms_person_without_a_factor_reads_everything_and_is_offered_one(client):
    client.force_login(factories.registrant())
    assert "Add a second step" in client.get("/").content.decode()
    assert "Add a second step" in client.get("/profile/").content.decode()


def test_the_gate_asks_the_database_nothing_more(client, django_assert_max_num_queries):
    counts = []
    for person in (factories.registrant(), staff()):
        client.force_login(person)
        with django_assert_max_num_queries(12) as queries:
            client.get("/no/such/page/")
        counts.append(len(queries))
    assert counts[0] == counts[1]  # who needs no factor is asked for none


def test_a_mutant_gate_that_lets_everybody_pass_is_seen(client, monkeypatch):
    from qmm_pilot.accounts import middleware

    monkeypatch.setattr(middleware, "lacks_second_factor", lambda user: False)
    client.force_login(without_factors(staff()))
    assert client.get("/programs/").status_code == 200


# --- signing in --------------------------------------------------------------------------------


def test_the_password_alone_signs_nobody_in_who_has_a_factor():
    person, client = staff(), at_address()
    answer = signs_in(client, person, code="123456")
    assert "This code does not count" in answer.content.decode()
    assert not is_signed_in(client)
    assert client.get("/programs/")["Location"].startswith("/accounts/login/")


def test_both_steps_sign_in_and_are_in_the_trail():
    person, client = staff(), at_address()
    assert signs_in(client, person)["Location"] == "/"
    client.post("/accounts/logout/")
    entries = TrailEntry.objects.filter(subject_id=str(person.pk)).order_by("position")
    assert [(entry.deed, entry.actor, entry.after) for entry in entries] == [
        ("sign_in", person, {"steps": ["password", "totp"]}),
        ("sign_out", person, {}),
    ]


def test_a_recovery_code_opens_once_and_each_use_is_in_the_trail():
    person = staff()
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    assert signs_in(at_address(), person, code)["Location"] == "/"
    again = at_address()
    assert "This code does not count" in signs_in(again, person, code).content.decode()
    [entry] = TrailEntry.objects.filter(deed="use_recovery_code")
    assert (entry.before, entry.after) == ({"unused_codes": 10}, {"unused_codes": 9})


def test_no_secret_is_readable_in_the_database_or_the_trail():
    person = staff()
    client = at_address()
    signs_in(client, person)
    confirms(client)
    client.post("/accounts/2fa/codes/new/")
    rows = [str(row.data) for row in Authenticator.objects.filter(user=person)]
    entries = [f"{e.before_json} {e.after_json}" for e in TrailEntry.objects.all()]
    codes = client.get(CODES).context["unused_codes"]
    for secret in [TOTP_SECRET, *codes]:
        assert not any(secret in text for text in rows + entries)


def test_secrets_outlive_a_new_key_as_long_as_the_old_one_is_named(settings):
    kept = MFAAdapter().encrypt("a secret")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 5
    settings.SECRET_KEY_FALLBACKS = [old]
    assert MFAAdapter().decrypt(kept) == "a secret"
    assert MFAAdapter().encrypt("a secret") != kept


# --- one's own factors -------------------------------------------------------------------------


@pytest.fixture
def colleague():
    """An FDA person who has signed in and said again who she is."""
    client = at_address()
    client.person = staff()
    signs_in(client, client.person)
    confirms(client)
    return client


def test_changes_of_factors_ask_first_who_is_there():
    person, client = staff(), at_address()
    signs_in(client, person)
    passkey = add_passkey(person)
    for path in (
        REMOVE_APP,
        "/accounts/2fa/codes/new/",
        "/accounts/2fa/passkeys/add/",
        f"/accounts/2fa/passkeys/{passkey.pk}/name/",
        f"/accounts/2fa/passkeys/{passkey.pk}/remove/",
    ):
        assert client.get(path)["Location"].startswith("/accounts/reauthenticate/"), path
        assert client.post(path)["Location"].startswith("/accounts/reauthenticate/"), path
    assert kinds_of(person) == ["totp", "webauthn"]


def test_an_app_is_enrolled_by_the_first_code_of_its_secret(client):
    person = confirmed(factories.registrant())
    signs_in(client, person)
    confirms(client)
    page = client.get(ADD_APP)
    secret = page.context["secret"].replace(" ", "")
    assert f'd="{page.context["qr_path"]}"' in page.content.decode()
    assert "data:image" not in page.content.decode()
    refused = client.post(ADD_APP, {"code": "000000"})
    assert "This code does not count" in refused.content.decode()
    done = client.post(ADD_APP, {"code": code_now(secret)})
    assert done["Location"] == CODES
    assert kinds_of(person) == ["recovery_codes", "totp"]
    assert len(client.get(CODES).context["unused_codes"]) == 10
    assert "add_authenticator_app" in deeds_of(person)


def test_a_firms_person_may_give_up_her_factor_and_its_codes_end_with_it(client):
    person = confirmed(factories.registrant())
    enrol_app(person, TOTP_SECRET)
    RecoveryCodes.activate(person)
    signs_in(client, person)
    confirms(client)
    assert "password alone" in client.get(REMOVE_APP).content.decode()
    assert client.post(REMOVE_APP)["Location"] == INDEX
    assert kinds_of(person) == []
    entry = TrailEntry.objects.get(deed="remove_authenticator_app")
    assert entry.before == {"factors": ["recovery_codes", "totp"]}
    assert entry.after == {"factors": []}


def test_the_last_factor_of_fda_staff_stays_and_the_page_says_why(colleague):
    assert "this is your only one" in colleague.get(REMOVE_APP).content.decode()
    colleague.post(REMOVE_APP)
    assert kinds_of(colleague.person) == ["totp"]
    assert "remove_authenticator_app" not in deeds_of(colleague.person)


def test_the_last_passkey_of_fda_staff_stays_though_allauth_would_let_it_go(colleague):
    passkey = add_passkey(colleague.person)
    Authenticator.objects.filter(user=colleague.person, type="totp").delete()
    path = f"/accounts/2fa/passkeys/{passkey.pk}/remove/"
    assert "this is your only one" in colleague.get(path).content.decode()
    answer = colleague.post(path, follow=True)
    assert "this is your only one" in answer.content.decode()
    assert kinds_of(colleague.person) == ["webauthn"]


def test_one_of_two_factors_may_go(colleague):
    add_passkey(colleague.person)
    assert colleague.post(REMOVE_APP)["Location"] == INDEX
    assert kinds_of(colleague.person) == ["webauthn"]


def test_a_mutant_without_the_rule_lets_the_last_passkey_go(colleague, monkeypatch):
    monkeypatch.setattr(MFAAdapter, "can_delete_authenticator", lambda self, factor: True)
    passkey = add_passkey(colleague.person)
    Authenticator.objects.filter(user=colleague.person, type="totp").delete()
    colleague.post(f"/accounts/2fa/passkeys/{passkey.pk}/remove/")
    assert kinds_of(colleague.person) == []


def test_the_operation_refuses_the_last_factor_before_it_changes_anything():
    person = staff()
    factor = Authenticator.objects.get(user=person)
    with pytest.raises(Refusal, match="your only one"):
        operations.change_own_factors("x", factor.delete, removes=factor, by=person, at=AT)
    assert kinds_of(person) == ["totp"]
    assert deeds_of(person) == []


def test_a_change_that_fails_leaves_no_entry_and_no_change():
    person = staff()

    def breaks():
        Authenticator.objects.filter(user=person).delete()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        operations.change_own_factors("x", breaks, by=person, at=AT)
    assert kinds_of(person) == ["totp"]
    assert deeds_of(person) == []


def test_nobody_reaches_another_persons_passkey(colleague):
    theirs = add_passkey(assessor())
    for verb in ("name", "remove"):
        path = f"/accounts/2fa/passkeys/{theirs.pk}/{verb}/"
        assert colleague.get(path).status_code == 404
        assert colleague.post(path, {"name": "mine now"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.data["name"] == "blue key"


def test_the_overview_asks_no_more_for_five_passkeys_than_for_one(
    colleague, django_assert_num_queries, django_assert_max_num_queries
):
    add_passkey(colleague.person)
    with django_assert_max_num_queries(12) as one:
        colleague.get(INDEX)
    for number in range(4):
        add_passkey(colleague.person, f"key {number}")
    with django_assert_num_queries(len(one)):
        page = colleague.get(INDEX).content.decode()
    assert "key 3" in page


def test_a_passkey_is_renamed_on_record(colleague):
    passkey = add_passkey(colleague.person)
    answer = colleague.post(f"/accounts/2fa/passkeys/{passkey.pk}/name/", {"name": "red key"})
    assert answer["Location"] == INDEX
    passkey.refresh_from_db()
    assert passkey.data["name"] == "red key"
    assert "rename_passkey" in deeds_of(colleague.person)


def test_new_recovery_codes_end_the_old_ones(colleague):
    old = RecoveryCodes.activate(colleague.person).get_unused_codes()
    assert colleague.post("/accounts/2fa/codes/new/")["Location"] == CODES
    new = colleague.get(CODES).context["unused_codes"]
    assert not set(old) & set(new)
    assert "make_recovery_codes" in deeds_of(colleague.person)
    file = colleague.get("/accounts/2fa/codes/download/")
    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert all(code in file.content.decode() for code in new)


def test_a_changed_sign_in_is_told_by_letter_without_any_secret(
    colleague, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        colleague.post("/accounts/2fa/codes/new/")
    letter = Letter.objects.get(kind="sign_in_changed")
    assert (letter.person, letter.status) == (colleague.person, Letter.Status.QUEUED)
    assert "New recovery codes were made" in letter.body
    codes = colleague.get(CODES).context["unused_codes"]
    assert not any(code in letter.body for code in codes)


@pytest.mark.parametrize(
    "credential",
    ["", "x", "[]", "{}", '"text"', "1", "null", '{"response": []}', '{"response": {}}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "!"}}',
     '{"id": 1, "rawId": null, "response": {"clientDataJSON": "AA", "userHandle": 7}}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30",'
     ' "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30",'
     ' "attestationObject": "AA"}}'],
)  # fmt: skip
def test_a_passkey_that_no_browser_makes_is_refused_and_breaks_nothing(colleague, credential):
    sent = {"credential": credential, "name": "x"}
    colleague.get("/accounts/2fa/passkeys/add/")
    assert colleague.post("/accounts/2fa/passkeys/add/", sent).status_code == 200
    stranger = at_address()
    stranger.get("/accounts/2fa/passkeys/sign-in/", HTTP_ACCEPT="application/json")
    answer = stranger.post("/accounts/2fa/passkeys/sign-in/", sent)
    assert answer["Location"] == "/accounts/login/"
    assert not is_signed_in(stranger)
    assert kinds_of(colleague.person) == ["totp"]


# --- FDA resets a lost factor ------------------------------------------------------------------


@pytest.fixture
def administrator():
    return factories.fda(Role.FDA_ADMINISTRATOR)


def test_a_reset_removes_every_factor_ends_sessions_and_tells_the_person(administrator, client):
    person = assessor()
    RecoveryCodes.activate(person)
    client.force_login(person)
    operations.reset_factors(person, reason="Phone lost; called her.", by=administrator, at=AT)
    assert kinds_of(person) == []
    assert client.get("/programs/")["Location"].startswith("/accounts/login/")
    entry = TrailEntry.objects.get(deed="reset_factors")
    assert (entry.actor, entry.reason, entry.before, entry.after) == (
        administrator,
        "Phone lost; called her.",
        {"factors": ["recovery_codes", "totp"]},
        {"factors": []},
    )
    assert Letter.objects.get(kind="factors_reset").person == person


@pytest.mark.parametrize("role", [role for role in Role if role != Role.FDA_ADMINISTRATOR])
def test_nobody_but_an_fda_administrator_resets_factors(role):
    person = assessor()
    kind = {"fda": "fda", "firm": "firm", "contractor": "contractor"}[role.side]
    other = factories.person(factories.organization(kind), role)
    with pytest.raises(Refusal, match="Only FDA administrators"):
        operations.reset_factors(person, reason="Lost.", by=other, at=AT)
    assert kinds_of(person) == ["totp"]
    assert deeds_of(person) == []


def test_nobody_resets_her_own_factors_or_without_a_reason_or_what_is_not_there(administrator):
    with pytest.raises(Refusal, match="nobody resets their own"):
        operations.reset_factors(administrator, reason="Lost.", by=administrator, at=AT)
    person = assessor()
    with pytest.raises(Refusal, match="Say why"):
        operations.reset_factors(person, reason=" ", by=administrator, at=AT)
    assert kinds_of(person) == ["totp"]
    with pytest.raises(Refusal, match="Nothing was reset"):
        operations.reset_factors(without_factors(person), reason="Lost.", by=administrator, at=AT)
    assert not Letter.objects.filter(kind="factors_reset").exists()


def test_the_page_of_the_reset_asks_for_the_reason_and_leads_back(administrator, client):
    person = assessor()
    client.force_login(administrator)
    path = reverse("accounts:reset_factors", args=[person.pk])
    page = client.get(path).content.decode()
    assert 'name="reason"' in page
    assert person.name in page
    assert client.post(path, {"reason": ""}).status_code == 200
    assert kinds_of(person) == ["totp"]
    answer = client.post(path, {"reason": "Phone lost; called her."}, follow=True)
    assert "is reset" in answer.content.decode()
    assert kinds_of(person) == []
    assert "nothing to reset" in client.get(path).content.decode()


def test_after_a_reset_the_password_leads_to_enrolment(administrator):
    person = assessor()
    operations.reset_factors(person, reason="Lost.", by=administrator, at=AT)
    client = at_address()
    assert signs_in(client, person)["Location"] == "/"
    assert client.get("/")["Location"] == INDEX
    assert EmailAddress.objects.filter(user=person, verified=True).exists()
