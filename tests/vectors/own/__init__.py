"""What only one scheme can get wrong: cases of single senders, or of the few that share a scheme."""

from __future__ import annotations

from collections.abc import Callable

from senders.model import Sender

from . import body, certified, fields, messages, public, shared, standard, timed, tokens, urls
from .case import Cases

OWN: dict[str, Callable[[Sender], Cases]] = {
    **dict.fromkeys(["basic", "chargebee", "mailjet", "postmark"], shared.basic),
    **dict.fromkeys(["token"], shared.bearer),
    **dict.fromkeys(["auth0", "deepgram", "gitlab", "okta", "telegram"], shared.token),
    **dict.fromkeys(["github", "meta"], body.hub),
    **dict.fromkeys(["bitbucket", "cursor", "expo", "intercom", "jira", "notion", "typeform", "x"], body.prefixed),
    **dict.fromkeys(["circleci", "mollie", "pagerduty"], body.repeated),
    "sentry": body.sentry,
    **dict.fromkeys(["customerio", "emailit", "klaviyo", "webflow"], timed.beside),
    **dict.fromkeys(["airwallex", "cashfree", "zendesk"], timed.adjacent),
    **dict.fromkeys(["slack", "zoom"], timed.slack),
    **dict.fromkeys(
        [
            *("buildkite", "calendly", "cloudflare-stream", "convoy-advanced", "elevenlabs", "fintoc", "mailkite"),
            *("mux", "paddle", "shippo", "stripe", "tailscale", "workos"),
        ],
        timed.entries,
    ),
    "coinbase-cdp": timed.hook0,
    "twitch": timed.twitch,
    "linear": timed.linear,
    **dict.fromkeys(
        ["standard-webhooks", "openai", "openai/raw", "svix/unbranded", "resend/unbranded"], standard.standard
    ),
    **dict.fromkeys(["svix", "resend"], standard.two_sets),
    **dict.fromkeys(["docusign", "docusign/second"], body.docusign),
    "pusher": body.pusher,
    "easypost": body.easypost,
    **dict.fromkeys(["box/primary", "box/secondary"], timed.box),
    "orb": timed.orb,
    "ripple": timed.ripple,
    "inngest": timed.inngest,
    "square": urls.square,
    "hubspot": urls.hubspot,
    "twilio/json": urls.twilio_json,
    "twilio/form": urls.twilio_form,
    "mandrill": urls.mandrill,
    "plivo": urls.plivo,
    "contentful": urls.contentful,
    "sendgrid": public.sendgrid,
    **dict.fromkeys(["discord", "telnyx"], public.edwards),
    "gemini": public.standard,
    "messagebird": tokens.messagebird,
    "qstash": tokens.qstash,
    "livekit": tokens.livekit,
    **dict.fromkeys(["fusionauth", "fusionauth-es256", "fusionauth-hs256"], tokens.fusionauth),
    "plaid": tokens.plaid,
    "rfc9421-hmac-sha256": messages.message_by_hmac,
    "amazon-sns": certified.sns,
    "adyen-standard": fields.adyen,
    "braintree": fields.braintree,
    **dict.fromkeys(["dropbox-sign/form", "dropbox-sign/json"], fields.dropbox_sign),
    "unisender-go": fields.unisender,
    "mailgun/json": fields.mailgun_json,
    "mailgun/form": fields.mailgun_form,
}
"""The further cases of each sender, by its name."""
