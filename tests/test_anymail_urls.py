"""The drop-in: the same URLs and names as Anymail's own, and a table that knows every webhook Anymail has."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest
from anymail import urls as theirs
from django.urls import resolve, reverse

from hookseal.contrib.anymail import urls as ours
from hookseal.contrib.anymail.esps import ESPS
from hookseal.contrib.anymail.origin import alias_of, setting_of
from hookseal.guards import guards
from hookseal.origins import origin_of, registered

pytestmark = pytest.mark.urls("tests.site.anymail_urls")


def test_the_patterns_are_anymails():
    """Paths, names, arguments and namespace, in the same order; only the views are others."""
    assert [(str(each.pattern), each.name, each.default_args) for each in ours.urlpatterns] == [
        (str(each.pattern), each.name, each.default_args) for each in theirs.urlpatterns
    ]
    assert ours.app_name == theirs.app_name == "anymail"
    assert len(ours.urlpatterns) == 27


@pytest.mark.parametrize("pattern", theirs.urlpatterns, ids=lambda pattern: pattern.name)
def test_T79_reverse_and_resolve_work_as_before(pattern):
    """Django finds Anymail's class behind each URL, exempt from CSRF and login."""
    url = reverse(f"anymail:{pattern.name}")
    view = resolve(url).func
    assert view.view_class is pattern.callback.view_class
    assert (view.csrf_exempt, view.login_required) == (True, False)
    assert view is not pattern.callback


def test_mailguns_two_inbound_urls_stay():
    """Mailgun tells by the URL whether raw mail is wanted."""
    names = {resolve(f"/anymail/mailgun/{path}/").view_name for path in ("inbound", "inbound_mime")}
    assert names == {"anymail:mailgun_inbound_webhook"}


def test_anymails_own_views_are_not_touched():
    """Whoever includes them elsewhere gets them as they were."""
    kinds = {pattern.callback.view_class for pattern in theirs.urlpatterns}
    assert {inspect.getmodule(kind.validate_request).__name__.partition(".")[0] for kind in kinds} == {"anymail"}
    assert not any(hasattr(pattern.callback, "_non_atomic_requests") for pattern in theirs.urlpatterns)


def test_every_webhook_of_anymail_is_in_the_table():
    """A new ESP in a new release of Anymail makes this fail, and not somebody's site."""
    names = {pattern.callback.view_class.esp_name.lower().replace(" ", "_") for pattern in theirs.urlpatterns}
    assert names == set(ESPS)


def test_every_check_of_anymail_is_known():
    """The classes that check something are those the table speaks of: a new check must not be lost unseen."""
    modules = [sys.modules[name] for name in sys.modules if name.startswith("anymail.webhooks.")]
    checking = {
        kind.__name__
        for module in modules
        for kind in vars(module).values()
        if inspect.isclass(kind) and kind.__module__ == module.__name__ and "validate_request" in vars(kind)
    }
    assert checking == {
        *("AnymailCoreWebhookView", "AnymailBasicAuthMixin", "AmazonSESBaseWebhookView", "MailgunBaseWebhookView"),
        *("MailerSendBaseWebhookView", "MailtrapWebhookView", "MandrillSignatureMixin", "PostalBaseWebhookView"),
        *("SvixWebhookValidationMixin", "SendGridBaseWebhookView", "UnisenderGoTrackingWebhookView"),
    }


@pytest.mark.parametrize("name", ESPS)
def test_the_options_are_anymails(name: str):
    """Each setting of the table is one that Anymail's source names, or says that it would be."""
    source = inspect.getsource(sys.modules[f"anymail.webhooks.{name}"])
    esp = ESPS[name]
    for option in {*esp.tracking, *esp.inbound, *([esp.url] if esp.url else ())}:
        assert f'"{option.name}"' in source, setting_of(name, option)


def test_each_view_is_an_endpoint():
    """Named after ESP and signal; where one view takes both, it is the tracking endpoint."""
    aliases = {alias for alias in registered() if "brand_new" not in alias}
    assert {alias.count(".") for alias in aliases} == {2}
    assert aliases <= {each.alias for each in guards()}
    assert alias_of("Amazon SES", inbound=True) == "anymail.amazon_ses.inbound"
    assert alias_of("Mailgun", inbound=False) == "anymail.mailgun.tracking"
    assert {origin_of(alias).parent for alias in aliases} == {"anymail"}


def test_the_docs_list_every_esp():
    """The page's table has a row for each, in the order of the table in the code."""
    page = (Path(__file__).resolve().parent.parent / "docs" / "anymail.md").read_text()
    assert re.findall(r"(?m)^\| `(\w+)` \|", page) == list(ESPS)
