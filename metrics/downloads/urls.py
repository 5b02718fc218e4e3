"""The addresses of downloads and of what is shared with clients."""

from django.urls import path

from metrics.downloads import views as export_views
from metrics.snapshots import shared_link_views, shared_views

_SNAPSHOT = "companies/<slug:slug>/snapshots/<int:snapshot_id>"
_WORK = "companies/<slug:slug>/export/work/<int:work_id>"

urlpatterns = [
    path(f"{_SNAPSHOT}/download/<str:kind>", export_views.download_snapshot, name="download-snapshot"),
    path(f"{_SNAPSHOT}/charts/<slug:key>.<str:form>", export_views.snapshot_chart, name="snapshot-chart"),
    path(f"{_WORK}/", export_views.work_page, name="export-work"),
    path(f"{_WORK}/cancel", export_views.cancel_work, name="cancel-export"),
    path(f"{_WORK}/file", export_views.work_file, name="export-file"),
    path("companies/<slug:slug>/export/<str:kind>/", export_views.export_period, name="export-period"),
    path(f"{_SNAPSHOT}/links/", shared_link_views.shared_links_page, name="shared-links"),
    path(f"{_SNAPSHOT}/links/new/", shared_link_views.create_shared_link, name="create-shared-link"),
    path(
        f"{_SNAPSHOT}/links/<int:link_id>/revoke/",
        shared_link_views.revoke_shared_link,
        name="revoke-shared-link",
    ),
    path("shared/<str:token>/", shared_views.shared_page, name="shared"),
    path("shared/<str:token>/download/<str:kind>", shared_views.shared_file, name="shared-file"),
]
