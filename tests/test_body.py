"""Reading the body: once, whole, bounded, and still there for Django and the view."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import AsyncRequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hookseal import WebhookRejected
from hookseal.body import check_framing, read_body, read_fields
from tests.site.streams import Stream, environ

FORM = encode_multipart(BOUNDARY, {"timestamp": "1", "token": ["a", "b"], "file": BytesIO(b"attached")})


def request_of(stream: Stream, length: int | None = None, **changes: object) -> WSGIRequest:
    """Make a WSGI request with that body."""
    return WSGIRequest(environ("/hooks/", stream, length, **changes))


def refusal_of(reading, *arguments) -> str:
    """Name the reason for which reading is refused."""
    with pytest.raises(WebhookRejected) as refused:
        reading(*arguments)
    return refused.value.reason.value


def test_the_body_is_read_in_one_call():
    """Where the server gives all at once, one call takes it."""
    stream = Stream(b"x" * 1000)
    assert read_body(request_of(stream, 1000), 1000) == b"x" * 1000
    assert stream.calls == 1


def test_a_server_that_gives_little_at_a_time_is_asked_again():
    """A short read is no end."""
    assert read_body(request_of(Stream(b"x" * 1000, at_once=7), 1000), 1000) == b"x" * 1000


def test_an_empty_body_is_a_body():
    """A Content-Length of zero is read as nothing."""
    assert read_body(request_of(Stream(), 0), 10) == b""


def test_T29_django_still_has_the_body_and_the_form():
    """After our reading, `request.body` and `request.POST` are what they would have been."""
    request = request_of(Stream(b"a=1&a=2"), 7, CONTENT_TYPE="application/x-www-form-urlencoded")
    read_body(request, 100)
    assert request.body == b"a=1&a=2"
    assert request.POST.getlist("a") == ["1", "2"]
    assert request.read() == b"a=1&a=2"


def test_T29_django_still_parses_a_multipart_form():
    """Fields and files are there after the raw body was read."""
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    read_body(request, 10_000)
    assert request.POST["timestamp"] == "1"
    assert request.FILES["file"].read() == b"attached"


def test_reading_twice_reads_the_stream_once():
    """The second guard of a view gets what the first read."""
    stream = Stream(b"{}")
    request = request_of(stream, 2)
    assert read_body(request, 10) is read_body(request, 10)
    assert stream.calls == 1


def test_T29_a_body_that_django_read_before_us_serves():
    """`request.body` in a middleware harms nothing."""
    request = request_of(Stream(b"{}"), 2)
    assert request.body is read_body(request, 10)


@pytest.mark.parametrize("setting", [10, 10_000, None])
@pytest.mark.parametrize(("length", "fits"), [(999, True), (1000, True), (1001, False)])
def test_T32_the_cap_is_ours_whatever_djangos(settings, *, setting: int | None, length: int, fits: bool):
    """MAX_BODY alone decides; one byte over is one too many."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = setting
    request = request_of(Stream(b"x" * length), length)
    if fits:
        assert len(read_body(request, 1000)) == length
        assert len(request.body) == length
    else:
        assert refusal_of(read_body, request, 1000) == "too_large"


def test_T32_a_body_that_was_read_before_us_obeys_the_cap_too():
    """Whoever read it, what is verified is bounded."""
    request = request_of(Stream(b"x" * 11), 11)
    assert len(request.body) == 11
    assert refusal_of(read_body, request, 10) == "too_large"


def test_T32_a_large_body_is_refused_unread():
    """The declared size is enough to refuse."""
    stream = Stream(b"x" * 2000)
    assert refusal_of(check_framing, environ("/", stream, 2000), 1000) == "too_large"
    assert refusal_of(read_body, request_of(stream, 2000), 1000) == "too_large"
    assert stream.taken == 0


def test_T32_an_understated_length_ends_the_body():
    """Under WSGI no more is read than was declared, so what follows is no part of the request."""
    assert read_body(request_of(Stream(b"{}GET / HTTP/1.1"), 2), 100) == b"{}"


def test_T34_an_overstated_length_is_unreadable():
    """A body shorter than its Content-Length was cut on its way."""
    assert refusal_of(read_body, request_of(Stream(b"{}"), 3), 100) == "unreadable"


@pytest.mark.parametrize("error", [OSError("reset"), ConnectionResetError(), ValueError("closed"), EOFError()])
def test_T34_a_client_that_went_away_is_unreadable(error: Exception):
    """Whatever the server's stream raises is one reason."""
    assert refusal_of(read_body, request_of(Stream(b"{", error=error), 2), 100) == "unreadable"


@pytest.mark.parametrize("text", ["-1", "+1", "1.0", "1_0", " 1", "0x1", "\u0661", "abc", "1,1"])
def test_T19_a_length_is_ascii_digits(text: str):
    """What Python alone would take for a number is none in HTTP."""
    assert refusal_of(check_framing, {"CONTENT_LENGTH": text}, None) == "malformed_header"


@pytest.mark.parametrize("text", ["9" * 19, "9" * 10_000])
def test_T32_an_absurd_length_is_too_large(text: str):
    """No text of digits raises anything else."""
    assert refusal_of(check_framing, {"CONTENT_LENGTH": text}, None) == "too_large"


def test_T30_a_chunked_body_that_wsgi_loses_is_refused():
    """Django would see an empty body, and the event would be lost with a 200."""
    meta = environ("/", Stream(b"{}"), HTTP_TRANSFER_ENCODING="chunked")
    assert refusal_of(check_framing, meta, None) == "chunked_unsupported"


def test_T30_a_chunked_body_with_an_end_is_read_to_it():
    """A server that ends the stream gives the whole body, though Django would not read it."""
    changes = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    check_framing(environ("/", Stream(b"{}"), **changes), 100)
    request = request_of(Stream(b"{}" * 20, at_once=3), **changes)
    assert read_body(request, 100) == b"{}" * 20
    assert request.body == b"{}" * 20


def test_T30_a_chunked_body_obeys_the_cap():
    """An endless body is read up to one byte beyond the cap."""
    changes = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    stream = Stream(b"x" * 1_000_000)
    assert refusal_of(read_body, request_of(stream, **changes), 100) == "too_large"
    assert stream.taken == 101


def test_T30_a_chunked_form_has_its_fields():
    """The fields of a multipart form without a Content-Length are not lost."""
    changes = {"wsgi.input_terminated": True, "CONTENT_TYPE": MULTIPART_CONTENT}
    assert read_fields(request_of(Stream(FORM), **changes), 10_000) == {"timestamp": ["1"], "token": ["a", "b"]}


def test_T30_two_framings_are_one_too_many():
    """Servers differ in which of the two they believe, so the body may be any part of what was sent."""
    request = AsyncRequestFactory().post("/", b"{}", content_type="application/json")
    assert refusal_of(check_framing, request.META | {"HTTP_TRANSFER_ENCODING": "chunked"}, 100) == "malformed_header"


def test_T30_asgi_needs_no_length():
    """An ASGI server has received a chunked body already."""
    request = AsyncRequestFactory().post("/", b"{}", content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    check_framing(request.META | {"HTTP_TRANSFER_ENCODING": "chunked"}, 100)
    assert read_body(request, 100) == b"{}"
    assert request.body == b"{}"


def test_T32_asgi_obeys_the_cap_without_a_length():
    """The cap holds while reading."""
    request = AsyncRequestFactory().post("/", b"x" * 1000, content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    assert refusal_of(read_body, request, 999) == "too_large"


def test_T29_a_stream_that_was_read_before_us_is_consumed(settings):
    """The refusal names the middleware that may have done it, and is the site's fault."""
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "shop.middleware.LogsBodies"]
    request = request_of(Stream(b"{}"), 2)
    request.read(1)
    with pytest.raises(WebhookRejected) as refused:
        read_body(request, 100)
    assert refused.value.reason == "body_consumed"
    assert refused.value.detail == "read from its stream; suspects: shop.middleware.LogsBodies"


def test_T29_a_form_that_was_parsed_before_us_is_named_so():
    """A multipart form read by request.POST leaves no raw body."""
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    assert request.POST["timestamp"] == "1"
    with pytest.raises(WebhookRejected) as refused:
        read_body(request, 10_000)
    assert refused.value.detail.startswith("read as a form, by request.POST; suspects: ")


def test_T35_the_fields_of_a_form_keep_their_order_and_repetitions():
    """What is signed of a form is what Django parsed, files left out."""
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    assert read_fields(request, 10_000) == {"timestamp": ["1"], "token": ["a", "b"]}
    assert request.FILES["file"].read() == b"attached"


def test_T35_a_form_that_was_parsed_before_us_serves():
    """A middleware that looks at request.POST does no harm where fields are what is signed."""
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    assert request.POST
    assert read_fields(request, 10_000)["timestamp"] == ["1"]


def test_T29_a_form_whose_stream_was_read_before_us_is_consumed():
    """An empty form is not taken for the sender's."""
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    request.read(1)
    assert refusal_of(read_fields, request, 10_000) == "body_consumed"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\xff",
        "multipart/form-data; x",
    ],
)
def test_T35_a_form_without_a_boundary_is_malformed(content_type: str):
    """What Django cannot parse is the sender's fault, and no error of ours."""
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=content_type)
    assert refusal_of(read_fields, request, 10_000) == "malformed_body"


def test_T35_bad_base64_in_a_form_is_malformed():
    """Django's complaint about a file that cannot be decoded is a refusal of ours."""
    part = b'Content-Disposition: form-data; name="a"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nA\r\n'
    body = b"--x\r\n" + part + b"--x--\r\n"
    request = request_of(Stream(body), len(body), CONTENT_TYPE="multipart/form-data; boundary=x")
    assert refusal_of(read_fields, request, 10_000) == "malformed_body"


def test_T32_too_many_fields_are_malformed(settings):
    """Django's bound on the number of fields is a refusal of ours."""
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    assert refusal_of(read_fields, request, 10_000) == "malformed_body"


def test_T32_fields_beyond_djangos_limit_are_too_large(settings):
    """Django keeps the fields of multipart forms in memory, so its limit holds for them."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1
    request = request_of(Stream(FORM), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    assert refusal_of(read_fields, request, 10_000) == "too_large"


@pytest.mark.parametrize("error", [None, OSError("reset")])
def test_T34_a_form_cut_short_is_unreadable(error: Exception | None):
    """Django takes a form that ends early for whole; half an event must not be handled."""
    request = request_of(Stream(FORM[:-40], error=error), len(FORM), CONTENT_TYPE=MULTIPART_CONTENT)
    assert refusal_of(read_fields, request, 10_000) == "unreadable"
