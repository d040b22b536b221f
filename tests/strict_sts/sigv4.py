"""Verifying AWS Signature Version 4, written from the IAM User Guide and independent of the program under test."""
import datetime
import hashlib
import hmac
import re
import urllib.parse


class Refused(Exception):
    """A request that STS would not take; `code` and `message` are what it would say."""

    def __init__(self, status, code, message):
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


def mac(key, text):
    return hmac.digest(key, text.encode(), "sha256")


def parse_authorization(header):
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([\w]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?"
        r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
        header or "",
    )
    if not match:
        raise Refused(400, "IncompleteSignature", f"Authorization header is not of the expected form: {header!r}")
    return match.groups()


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    return "&".join(sorted(f"{quote(name)}={quote(value)}" for name, value in pairs))


def verify(request, secret_of, now, regions, wanted_service="sts"):
    """Checks the signature of `request` (method, path, query, headers as a list of pairs, body) and returns the access
    key id. `secret_of` maps an access key id to (secret, session token or None) and raises Refused."""
    headers = {}
    for name, value in request["headers"]:
        headers.setdefault(name.lower(), []).append(value)
    single = {name: ",".join(values) for name, values in headers.items()}
    key_id, day, region, service, signed, signature = parse_authorization(single.get("authorization"))
    date = single.get("x-amz-date", "")
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or date[:8] != day:
        raise Refused(400, "IncompleteSignature", "X-Amz-Date is missing or not of the credential's day")
    if service != wanted_service or region not in regions:
        raise Refused(403, "SignatureDoesNotMatch", f"Credential should be scoped to a valid region and service, not {region}/{service}")
    names = signed.split(";")
    must = {"host", "x-amz-date"} | {name for name in single if name.startswith("x-amz-")}
    if names != sorted(set(names)) or not must <= set(names) or not set(names) <= set(single):
        raise Refused(403, "SignatureDoesNotMatch", f"SignedHeaders {signed} must be sorted and hold {sorted(must)}")

    secret, token = secret_of(key_id)
    if token != single.get("x-amz-security-token"):
        raise Refused(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    canonical = "\n".join(
        [request["method"], urllib.parse.quote(request["path"], safe="/-_.~"), canonical_query(request["query"])]
        + [f"{name}:{' '.join(single[name].split())}" for name in names]
        + ["", signed, hashlib.sha256(request["body"]).hexdigest()]
    )
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = mac(mac(mac(mac(("AWS4" + secret).encode(), day), region), service), "aws4_request")
    if not hmac.compare_digest(mac(key, to_sign).hex(), signature):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
    signed_at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    if abs(signed_at - now) > 15 * 60:
        word = "Signature expired" if signed_at < now else "Signature not yet current"
        raise Refused(403, "SignatureDoesNotMatch", f"{word}: {date} is too far from the server's time")
    return key_id
