"""Addresses of sign-in: the views of allauth that this product opens, each by name, and no others.

Left out are e-mail management (a person's address changes by a recorded deed) and what has no
use here: sign-in by mailed code, phone numbers, trusted browsers.
"""

from allauth.account import views
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path
from django.views.generic import RedirectView

from .views import factors

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("confirm-email/", views.email_verification_sent, name="account_email_verification_sent"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    # allauth leads here from its own pages; addresses are shown with one's own details.
    path("email/", RedirectView.as_view(pattern_name="accounts:profile"), name="account_email"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # the second step
    path("2fa/", factors.Index.as_view(), name="mfa_index"),
    path("2fa/authenticate/", factors.Authenticate.as_view(), name="mfa_authenticate"),
    path("2fa/reauthenticate/", factors.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    path("2fa/app/add/", factors.AddApp.as_view(), name="mfa_activate_totp"),
    path("2fa/app/remove/", factors.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("2fa/codes/", factors.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "2fa/codes/new/",
        factors.MakeRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/codes/download/",
        factors.RecoveryCodesFile.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/passkeys/add/", factors.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("2fa/passkeys/<int:pk>/name/", factors.NamePasskey.as_view(), name="mfa_edit_webauthn"),
    path(
        "2fa/passkeys/<int:pk>/remove/",
        factors.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("2fa/passkeys/sign-in/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
]
