"""Which addresses of this floor open a firm's records, for its access register (A13)."""

from applications.models import Engagement
from qmm_pilot.records.register import declare_files, declare_list, declare_record

from .models import Assessment


def declare_own():
    """Declare assessments, topics, findings, reports and their files, and the lists of visits."""
    for kind, what, nouns, way in [
        ("assessment", "Assessment: dates, people, deadlines", "assessments", ""),
        ("assessedtopic", "Topic with its findings", "topics", "assessment__"),
        ("finding", "Finding", "findings", "topic__assessment__"),
        ("report", "Report", "reports", "assessment__"),
    ]:
        declare_record(
            f"assessments.{kind}",
            what,
            firm=f"{way}participation__organization_id",
            site=f"{way}participation__facility__name",
            program=f"{way}participation__program__short_name",
            addresses={f"{nouns}/<uuid:pk>/": "pk"},
        )
    declare_record(
        "applications.ownershipchange",
        "Change of owner",
        firm="former_id",
        site="facility__name",
        addresses={"owners/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    declare_record(
        "programs.lateadmission",
        "Late admission of your firm",
        firm="organization_id",
        addresses={"late-admissions/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    declare_list("programs/<uuid:pk>/manage/", "FDA’s list of firms admitted late")
    declare_files("files/<uuid:pk>/")
    declare_list("assessments/", "List of assessments", firms=_firms_visited_by)
    declare_list("archives/<uuid:pk>/file/", "FDA’s archive of a program", is_confidential=True)
    # Pages of FDA's records officers that name records of several firms.
    for route in ("", "<uuid:pk>/lift/"):
        declare_list(f"holds/{route}", "FDA’s list of records that are kept longer")
    for deed in ("end", "move"):
        declare_list(f"agreements/<uuid:pk>/{deed}/", "FDA’s list of what an agreement closes")
    declare_list("copies/", "List of copies that contractors hold", firms=_firms_engaged_for)
    declare_list("deadlines/", "FDA’s deadline board")


def _firms_engaged_for(user):
    engagements = Engagement.objects.filter(organization=user.organization_id)
    return engagements.values_list("participation__organization_id", flat=True)


def _firms_visited_by(user):
    visible = Assessment.objects.visible_to(user)
    return visible.values_list("participation__organization_id", flat=True)
