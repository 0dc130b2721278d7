"""URLs of the served project with the inspector and its catch address."""

from __future__ import annotations

from hookseal.inspector.urls import inspector_urls
from tests.served import urls

urlpatterns = [*urls.urlpatterns, *inspector_urls(enabled=True, catch=True)]
