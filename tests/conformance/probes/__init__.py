"""All probes, in the order in which they run."""

from importlib import import_module

for _name in (
    "settings", "access", "repositories", "resource_tags", "mutability", "layers", "pushing", "reading",
    "lifecycle", "repository_policy", "templates", "data_plane", "registry_documents",
):
    import_module(f"{__name__}.{_name}")
