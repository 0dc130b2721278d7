"""TOPICS, OPTIONS and AUTO_CONFIRM: demanded where the provider needs them, and judged."""

from __future__ import annotations

import pytest

from hookseal import webhook
from hookseal.audit import audit
from hookseal.conf import endpoint
from hookseal.schemes import mac
from tests.published import AMAZON, PLAID, PLAID_OPTIONS, PLAID_SECRET, TOPIC

SECRET = "acme-canary-3f9c1e7a5b2d8064"
ACME = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{option:hook}.{body}", options=["hook"])


@pytest.fixture
def built(settings):
    """Build one endpoint: `built("bank", PROVIDER=PLAID, OPTIONS={...})`."""

    def build(alias: str, **entry: object):
        settings.HOOKSEAL = {alias: entry}
        return endpoint(alias)

    return build


def errors(endpoint) -> list[tuple[str, str]]:
    """List ids and paths of an endpoint's errors."""
    return [(error.id, error.path) for error in endpoint.errors]


def test_T106_sns_demands_its_topics(built):
    """Amazon signs for anybody's topic, so that without a list everybody could send."""
    assert errors(built("mail", PROVIDER=AMAZON)) == [("E005", 'HOOKSEAL["mail"]["TOPICS"]')]
    ready = built("mail", PROVIDER=AMAZON, TOPICS=[TOPIC])
    assert (errors(ready), ready.particulars.topics, ready.secrets) == ([], (TOPIC,), ())


def test_T106_topics_may_be_given_to_the_decorator(settings):
    """They alone make an endpoint, as secrets do elsewhere."""
    settings.HOOKSEAL = {}
    webhook("mail", provider=AMAZON, topics=[TOPIC])
    assert errors(endpoint("mail", {"provider": AMAZON, "topics": [TOPIC]})) == []


@pytest.mark.parametrize(
    "topics",
    [
        TOPIC,
        [],
        ["*"],
        ["arn:aws:sns:us-east-1:123456789012"],
        ["arn:aws:sns:us-east-1:123456789012:*"],
        ["arn:aws:sns:*:123456789012:mail"],
        ["arn:aws:sqs:us-east-1:123456789012:mail"],
        [f"{TOPIC}:11111111-2222-3333-4444-555555555555"],
        [f"{TOPIC}\n"],
        [f" {TOPIC}"],
        [TOPIC, None],
    ],
)
def test_T106_what_is_no_topic_is_an_error(built, topics):
    """A pattern, for instance, or the ARN of a subscription; no delivery would ever match."""
    assert errors(built("mail", PROVIDER=AMAZON, TOPICS=topics)) == [("E006", 'HOOKSEAL["mail"]["TOPICS"]')]


@pytest.mark.parametrize(
    "topic",
    [
        TOPIC,
        f"{TOPIC}.fifo",
        "arn:aws-cn:sns:cn-north-1:123456789012:mail",
        "arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail_a-b",
        "arn:scw:sns:fr-par:project-01234567-89ab-cdef-0123-456789abcdef:mail",
    ],
)
def test_topics_of_every_partition_are_known(built, topic):
    """Amazon's own, in every part of the world, and Scaleway's."""
    assert built("mail", PROVIDER=AMAZON, TOPICS=[topic]).particulars.topics == (topic,)


def test_an_option_that_the_record_names_is_demanded(built):
    """With its name, and the way to write it."""
    missing = built("acme", PROVIDER=ACME, SECRETS=[SECRET])
    assert errors(missing) == [("E005", 'HOOKSEAL["acme"]["OPTIONS"]["hook"]')]
    assert '"OPTIONS": {"hook": ...}' in missing.errors[0].hint
    ready = built("acme", PROVIDER=ACME, SECRETS=[SECRET], OPTIONS={"hook": "7"})
    assert (errors(ready), dict(ready.particulars.options)) == ([], {"hook": "7"})


def test_an_option_that_nobody_knows_is_an_error(built):
    """With the nearest spelling; a name that may be a secret is not repeated."""
    wrong = built("acme", PROVIDER=ACME, SECRETS=[SECRET], OPTIONS={"hook": "7", "hok": "8", SECRET: "9"})
    assert errors(wrong) == [
        ("E005", 'HOOKSEAL["acme"]["OPTIONS"]["hok"]'),
        ("E005", 'HOOKSEAL["acme"]["OPTIONS"]'),
    ]
    assert wrong.errors[0].hint == 'Did you mean "hook"?'
    assert SECRET not in "".join(map(str, wrong.errors))


@pytest.mark.parametrize("options", [["hook"], "hook", {"hook": 7}, {7: "hook"}, {"hook": ""}, {"hook": None}])
def test_options_are_texts_by_name(built, options):
    """Anything else is refused, and not shown."""
    wrong = built("acme", PROVIDER=ACME, SECRETS=[SECRET], OPTIONS=options)
    assert ("E006", 'HOOKSEAL["acme"]["OPTIONS"]') in errors(wrong)


def test_plaid_demands_an_account(built):
    """Its keys are given to nobody else."""
    assert errors(built("bank", PROVIDER=PLAID)) == [
        ("E005", 'HOOKSEAL["bank"]["OPTIONS"]["client_id"]'),
        ("E005", 'HOOKSEAL["bank"]["OPTIONS"]["secret"]'),
    ]
    ready = built("bank", PROVIDER=PLAID, OPTIONS=PLAID_OPTIONS)
    assert (errors(ready), ready.particulars.account.host) == ([], "sandbox.plaid.com")
    production = {name: text for name, text in PLAID_OPTIONS.items() if name != "environment"}
    assert built("bank", PROVIDER=PLAID, OPTIONS=production).particulars.account.host == "production.plaid.com"


def test_plaid_has_two_environments(built):
    """Whatever else is named has no server."""
    wrong = built("bank", PROVIDER=PLAID, OPTIONS=PLAID_OPTIONS | {"environment": "productoin"})
    assert errors(wrong) == [("E005", 'HOOKSEAL["bank"]["OPTIONS"]["environment"]')]
    assert wrong.errors[0].hint == 'Did you mean "production"?'


@pytest.mark.parametrize(
    "entry", [{"PROVIDER": AMAZON, "TOPICS": [TOPIC]}, {"PROVIDER": PLAID, "OPTIONS": PLAID_OPTIONS}]
)
def test_secrets_beside_published_keys_are_an_error(built, entry):
    """They would verify nothing, and whoever wrote them thinks that they do."""
    assert errors(built("mail", SECRETS=[SECRET], **entry)) == [("E003", 'HOOKSEAL["mail"]["SECRETS"]')]


def test_T44_an_endpoint_shows_no_option(built):
    """Its repr stands on error pages."""
    shown = repr(built("bank", PROVIDER=PLAID, OPTIONS=PLAID_OPTIONS))
    assert "<PlaidAccount at sandbox.plaid.com>" in shown
    assert PLAID_SECRET not in shown


def test_T56_the_account_at_plaid_is_hidden_by_django(settings):
    """Its secret by its name; the rest is none, however long it is."""
    from django.views.debug import get_exception_reporter_filter

    settings.HOOKSEAL = {"bank": {"PROVIDER": PLAID, "OPTIONS": PLAID_OPTIONS}}
    assert PLAID_SECRET not in str(get_exception_reporter_filter(None).get_safe_settings())
    assert [finding for finding in audit() if finding.id == "W018"] == []


def test_a_switched_off_endpoint_needs_neither(built):
    """As it needs no secrets."""
    assert errors(built("mail", PROVIDER=AMAZON, ENABLED=False)) == []


def test_confirming_is_opt_in(built):
    """Nothing is visited because a delivery asks for it, unless the owner says so."""
    assert built("mail", PROVIDER=AMAZON, TOPICS=[TOPIC]).particulars.auto_confirm is False
    assert built("mail", PROVIDER=AMAZON, TOPICS=[TOPIC], AUTO_CONFIRM=True).particulars.auto_confirm is True
    assert errors(built("mail", PROVIDER=AMAZON, TOPICS=[TOPIC], AUTO_CONFIRM="yes"))[0][0] == "E006"
