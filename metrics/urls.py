"""The addresses of the pages with figures."""

from django.urls import path

from metrics import views
from metrics.downloads import urls as export_urls
from metrics.explain import views as explain_views
from metrics.overview import views as overview_views
from metrics.reporting import views as reporting_views
from metrics.review import edit_views as review_edit_views
from metrics.review import slides as review_slides
from metrics.review import views as review_page_views
from metrics.scheduled_mail import urls as mail_urls
from metrics.snapshots import views as review_views
from metrics.targets import views as target_views
from metrics.tie_out import restatement_views
from metrics.tie_out import views as tie_out_views
from metrics.workspace import change_views as workspace_change_views
from metrics.workspace import views as workspace_views

urlpatterns = [
    *export_urls.urlpatterns,
    *mail_urls.urlpatterns,
    path("", overview_views.home, name="home"),
    path("companies/<slug:slug>/", views.dashboard, name="dashboard"),
    path("companies/<slug:slug>/review/", review_page_views.review_page, name="review"),
    path("companies/<slug:slug>/review/notes/", review_page_views.review_note, name="review-note"),
    path(
        "companies/<slug:slug>/review/notes/<int:note_id>/delete/",
        review_edit_views.delete_note,
        name="delete-review-note",
    ),
    path("companies/<slug:slug>/review/notes/<int:note_id>/", review_edit_views.edit_note, name="edit-review-note"),
    path("companies/<slug:slug>/review/present/", review_slides.present, name="review-present"),
    path("companies/<slug:slug>/review/actions/", review_slides.add_action, name="add-action"),
    path("companies/<slug:slug>/review/actions/carry/", review_slides.carry_actions, name="carry-actions"),
    path("companies/<slug:slug>/review/actions/<int:item_id>/", review_slides.change_action, name="change-action"),
    path("companies/<slug:slug>/review/actions/<int:item_id>/edit/", review_edit_views.edit_action, name="edit-action"),
    path("companies/<slug:slug>/explain/<str:metric_key>/<str:period>/", explain_views.explain_page, name="explain"),
    path("companies/<slug:slug>/tie-out/", tie_out_views.tie_out_page, name="tie-out"),
    path("companies/<slug:slug>/tie-out/<str:month>/", tie_out_views.tie_out_month_page, name="tie-out-month"),
    path("companies/<slug:slug>/restatements/", restatement_views.restatements_page, name="restatements"),
    path("companies/<slug:slug>/reporting/", reporting_views.reporting_page, name="reporting"),
    path("companies/<slug:slug>/reporting/head-counts/<str:month>/", reporting_views.head_count, name="head-count"),
    path("companies/<slug:slug>/targets/", target_views.targets_page, name="targets"),
    path("companies/<slug:slug>/targets/plan/", target_views.plan_targets, name="plan-targets"),
    path("companies/<slug:slug>/targets/apply/", target_views.apply_targets, name="apply-targets"),
    path("companies/<slug:slug>/targets/export.csv", target_views.export_targets, {"form": "csv"}, name="targets-csv"),
    path(
        "companies/<slug:slug>/targets/export.xlsx", target_views.export_targets, {"form": "xlsx"}, name="targets-xlsx"
    ),
    path("companies/<slug:slug>/snapshots/", review_views.snapshots_page, name="snapshots"),
    path("companies/<slug:slug>/snapshots/<int:snapshot_id>/", review_views.snapshot_page, name="snapshot"),
    path(
        "companies/<slug:slug>/snapshots/<int:snapshot_id>/content.json",
        review_views.snapshot_file,
        name="snapshot-file",
    ),
    path(
        "companies/<slug:slug>/snapshots/<int:snapshot_id>/delete/",
        review_views.delete_snapshot_page,
        name="delete-snapshot",
    ),
    path("companies/<slug:slug>/mapping/", workspace_views.mapping_page, name="mapping"),
    path("companies/<slug:slug>/mapping/account/", workspace_views.mapping_account, name="mapping-account"),
    path("companies/<slug:slug>/mapping/draft/", workspace_views.mapping_draft, name="mapping-draft"),
    path("companies/<slug:slug>/mapping/preview/", workspace_change_views.mapping_preview, name="mapping-preview"),
    path("companies/<slug:slug>/mapping/save/", workspace_change_views.mapping_save, name="mapping-save"),
    path("companies/<slug:slug>/mapping/versions/", workspace_change_views.mapping_versions, name="mapping-versions"),
    path(
        "companies/<slug:slug>/mapping/versions/<int:number>/",
        workspace_change_views.mapping_version,
        name="mapping-version",
    ),
    path("companies/<slug:slug>/mapping/files/", workspace_change_views.mapping_files, name="mapping-files"),
    *(
        path(
            f"companies/<slug:slug>/mapping/export.{form}",
            workspace_change_views.mapping_export,
            {"form": form},
            name=f"mapping-{form}",
        )
        for form in workspace_change_views.FILE_TYPES
    ),
]
