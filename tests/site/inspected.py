"""URLs of the test project with the inspector, enabled whatever DEBUG says, and its catch address."""

from __future__ import annotations

from hookseal.inspector.urls import inspector_urls
from tests.site import urls

urlpatterns = [*urls.urlpatterns, *inspector_urls(enabled=True, catch=True)]
