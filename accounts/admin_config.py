"""The admin with the product's own site; named in INSTALLED_APPS in the place of django.contrib.admin."""

from django.contrib.admin.apps import AdminConfig


class TieoutAdminConfig(AdminConfig):
    """With `unfold.apps.BasicAppConfig` before it: unfold's default config would put its own site back."""

    default_site = "accounts.admin_site.TieoutAdminSite"
