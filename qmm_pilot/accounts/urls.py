"""Addresses of accounts."""

from django.urls import path

from .views import addresses, agents, factors, invitations, own, people, session

app_name = "accounts"
own_pages = [
    path("organization/new/", own.register_organization, name="register_organization"),
    path("profile/", own.profile, name="profile"),
    path("session/", session.session, name="session"),
    path("profile/address/", addresses.own_address, name="own_address"),
    path("confirm-address/<str:token>/", addresses.confirm_address, name="confirm_address"),
    path("join/<str:token>/", invitations.join, name="join"),
]
administration = [
    path("people/", people.people, name="people"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/find/", people.person_find, name="person_find"),
    path("people/<uuid:pk>/", people.person, name="person"),
    path("people/<uuid:pk>/roles/", people.person_roles, name="person_roles"),
    path("people/<uuid:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<uuid:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("people/<uuid:pk>/second-step/reset/", factors.reset_factors, name="reset_factors"),
    path("people/<uuid:pk>/address/", people.person_address, name="person_address"),
    path("invitations/<uuid:pk>/resend/", invitations.invitation_resend, name="invitation_resend"),
    path("invitations/<uuid:pk>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("contractors/", people.contractor_list, name="contractor_list"),
    path("contractors/new/", people.contractor_new, name="contractor_new"),
    path("contractors/<uuid:pk>/", people.contractor_detail, name="contractor_detail"),
    path("contractors/<uuid:pk>/invite/", invitations.contractor_invite, name="contractor_invite"),
]
agency = [
    path("agents/", agents.agents, name="agents"),
    path("agents/invite/", agents.agent_invite, name="agent_invite"),
    path("agents/<uuid:pk>/revoke/", agents.agent_revoke, name="agent_revoke"),
    path("agents/<uuid:pk>/letter/", agents.agent_letter, name="agent_letter"),
]
urlpatterns = [*own_pages, *administration, *agency]
