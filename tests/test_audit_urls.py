"""The audit of how a site says what its URLs look like from outside."""

from __future__ import annotations

import pytest

from hookseal.audit import audit
from tests.site.settings import HOOKSEAL, SECRETS_OF


@pytest.mark.parametrize(("says_host", "named"), [(False, "PUBLIC_URL"), (True, "SECURE_PROXY_SSL_HEADER")])
def test_W007_names_the_setting_that_is_missing(settings, says_host, named):
    """Where a proxy already says the host, only the scheme is missing."""
    settings.HOOKSEAL = {"addressed": HOOKSEAL["addressed"]}
    settings.USE_X_FORWARDED_HOST = says_host
    [hint] = [finding.hint for finding in audit() if finding.id == "W007"]
    assert hint.startswith(f"Set {named}")


def test_W018_a_password_in_the_public_url_is_told_apart(settings):
    """It may belong there, as the one secret that does."""
    public = {"PUBLIC_URL": "https://user:canary@hooks.example.com/"}
    settings.HOOKSEAL = {"github": {"SECRETS": [SECRETS_OF["github"]], **public}}
    [finding] = [finding for finding in audit() if finding.id == "W018"]
    assert finding.path == 'HOOKSEAL["github"]["PUBLIC_URL"]'
    assert "signs its URL" in finding.hint
    assert "canary" not in str(finding)
