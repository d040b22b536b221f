"""Time-based one-time passwords (RFC 6238) as AWS's virtual MFA devices use them: SHA-1, six digits, 30 seconds."""
import base64
import hmac

PERIOD = 30


def code(seed_base32, step):
    """The code of `step`, the number of 30-second periods since 1970."""
    key = base64.b32decode(seed_base32)
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset:offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
