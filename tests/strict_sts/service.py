"""What STS and IAM know and decide: users, roles, sessions, MFA devices. No networking here."""
import base64
import dataclasses
import datetime
import json
import re
import secrets
import threading
import time
from xml.sax.saxutils import escape

from . import habits, saml, totp
from .sigv4 import Refused, verify

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


@dataclasses.dataclass
class User:
    name: str
    access_key_id: str
    secret: str
    account: str = "123456789012"
    mfa: dict = dataclasses.field(default_factory=dict)  # serial: seed in base 32


@dataclasses.dataclass
class Role:
    arn: str
    needs_mfa: bool = False
    external_id: str | None = None
    max_duration: int = 3600


@dataclasses.dataclass
class Session:
    access_key_id: str
    secret: str
    token: str
    arn: str
    account: str
    expires: float
    mfa: bool
    user: User | None = None  # of GetSessionToken


@dataclasses.dataclass
class Call:
    action: str
    parameters: dict
    access_key_id: str
    code: str  # "OK" or the error code
    host: str
    at: float  # seconds since 1970, by the service's clock, when it had been answered


def check(condition, code, message, status=400):
    if not condition:
        raise Refused(status, code, message)


class Service:
    """One account's STS. `clock_offset` shifts its idea of the time; `faults` are answers given instead of the next ones:
    each is a function of the request that returns (status, headers, body), or None to answer as usual."""

    def __init__(self, regions=("us-east-1", "eu-west-1")):
        self.regions = set(regions)
        self.users, self.roles, self.sessions = {}, {}, {}
        self.calls, self.faults, self.used_steps = [], [], {}
        self.clock_offset = 0.0
        self.waiting = {}  # virtual MFA devices that nobody has enabled: seed in base 32 by serial
        self.oldest_pair = -3  # steps from now that IAM still takes the first of two codes of
        self.duration_override = None  # seconds; what sessions really last, to test expiry
        self.lock = threading.Lock()

    def add_user(self, name, mfa=True):
        user = User(name, "AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30).replace("-", "/").replace("_", "+"))
        if mfa:
            user.mfa[f"arn:aws:iam::{user.account}:mfa/{name}"] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        self.users[user.access_key_id] = user
        return user

    def add_role(self, name, **options):
        arn = f"arn:aws:iam::123456789012:role/{name}"
        self.roles[arn] = Role(arn, **options)
        return arn

    def now(self):
        return time.time() + self.clock_offset

    def code(self, user, ahead=0):
        """The MFA code of the user's device, `ahead` steps from now."""
        return totp.code(next(iter(user.mfa.values())), int(self.now()) // totp.PERIOD + ahead)

    def fresh_code(self, user):
        """A code that STS will take for ten seconds at least: the earliest of those whose step has not been used."""
        serial = next(iter(user.mfa))
        step = max(int(self.now() + 10) // totp.PERIOD - 1, self.used_steps.get(serial, 0) + 1)
        while step > int(self.now()) // totp.PERIOD + 1:
            time.sleep(0.2)
        return totp.code(user.mfa[serial], step)

    def count(self, action=None):
        return sum(1 for call in self.calls if action in (None, call.action))

    # A request is a dict: method, path, query, headers (pairs), body (bytes).
    def answer(self, request):
        with self.lock:
            if self.faults:
                fault = self.faults.pop(0)(request)
                if fault is not None:
                    self.calls.append(Call("fault", {}, "", str(fault[0]), "", self.now()))
                    return fault
            return self._answer(request)

    def _answer(self, request):
        parameters, action, key_id = {}, "?", ""
        host = next((value for name, value in request["headers"] if name.lower() == "host"), "")
        try:
            parameters = self._parameters(request)
            action = parameters.get("Action", "?")
            version = parameters.get("Version")
            check(version in ("2011-06-15", "2010-05-08"), "InvalidAction", "Version must be 2011-06-15, or IAM's 2010-05-08")
            iam = version == "2010-05-08"
            if action == "AssumeRoleWithSAML" and not iam:
                # Whoever signs this gives keys away that nobody asked for.
                check(not any(name.lower() in ("authorization", "x-amz-security-token") for name, _ in request["headers"]), "ValidationError", "this is not signed")
            else:
                key_id = verify(request, self._secret_of, self.now(), self.regions, "iam" if iam else "sts")
            handler = self._iam_actions().get(action) if iam else {"GetSessionToken": self._get_session_token, "AssumeRole": self._assume_role, "AssumeRoleWithSAML": self._assume_role_with_saml,
                       "GetCallerIdentity": self._get_caller_identity}.get(action)
            check(handler, "InvalidAction", f"Could not find operation {action}")
            body = handler(parameters, key_id)
            self.calls.append(Call(action, parameters, key_id, "OK", host, self.now()))
            result = "" if body is None else f"<{action}Result>{body}</{action}Result>"  # some actions of IAM say nothing
            return 200, [], self._xml(f"{action}Response", result, IAM_NAMESPACE if iam else NAMESPACE)
        except Refused as refused:
            self.calls.append(Call(action, parameters, key_id, refused.code, host, self.now()))
            error = f"<Error><Type>Sender</Type><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
            return refused.status, [], self._xml("ErrorResponse", error)

    @staticmethod
    def _xml(root, inner, namespace=NAMESPACE):
        return (f'<{root} xmlns="{namespace}">\n  {inner}\n  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef'
                f"</RequestId></ResponseMetadata>\n</{root}>\n").encode()

    @staticmethod
    def _parameters(request):
        import urllib.parse
        check(request["method"] == "POST" and request["path"] == "/", "InvalidAction", "only POST / is served", 404)
        types = [value for name, value in request["headers"] if name.lower() == "content-type"]
        check(len(types) == 1 and types[0].lower().startswith("application/x-www-form-urlencoded"), "InvalidAction",
              f"content type {types}")
        pairs = urllib.parse.parse_qsl(request["body"].decode("ascii"), keep_blank_values=True, strict_parsing=True)
        check(len({name for name, _ in pairs}) == len(pairs), "ValidationError", "a parameter is given twice")
        return dict(pairs)

    def _secret_of(self, key_id):
        if key_id in self.users:
            return self.users[key_id].secret, None
        check(key_id in self.sessions, "InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        session = self.sessions[key_id]
        check(session.expires > self.now(), "ExpiredToken", "The security token included in the request is expired", 403)
        return session.secret, session.token

    def _check_code(self, user, parameters):
        serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
        if serial is None and code is None:
            return False
        check(serial and code and re.fullmatch(r"\d{6}", code), "ValidationError", "TokenCode must be six digits with a SerialNumber")
        check(serial in user.mfa, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  "
              "Please verify your MFA serial number is valid and associated with this user.", 403)
        now = int(self.now()) // totp.PERIOD
        for step in (now - 1, now, now + 1):
            if totp.code(user.mfa[serial], step) == code and step > self.used_steps.get(serial, 0):
                self.used_steps[serial] = step
                return True
        raise Refused(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")

    def _new_session(self, arn, account, duration, mfa, user=None):
        lasts = self.duration_override or duration
        session = Session("ASIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30).replace("-", "/").replace("_", "+"),
                          self._new_token(), arn, account, int(self.now()) + lasts, mfa, user)
        self.sessions[session.access_key_id] = session
        expiration = datetime.datetime.fromtimestamp(session.expires, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId><SecretAccessKey>{session.secret}</SecretAccessKey>"
                f"<SessionToken>{session.token}</SessionToken><Expiration>{expiration}</Expiration></Credentials>")

    @staticmethod
    def _new_token():
        if habits.chosen[1] == "minio":  # a JWT
            return ".".join(secrets.token_urlsafe(size) for size in (15, 150, 48))
        return "FwoGZXIvYXdzE" + secrets.token_hex(180)

    @staticmethod
    def _duration(parameters, usual, longest):
        text = parameters.get("DurationSeconds", str(usual))
        check(re.fullmatch(r"\d+", text) and 900 <= int(text) <= longest, "ValidationError",
              f"Value '{text}' at 'durationSeconds' failed to satisfy constraint: between 900 and {longest}")
        return int(text)

    def _get_session_token(self, parameters, key_id):
        self._only(parameters, {"SerialNumber", "TokenCode", "DurationSeconds"})
        user = self.users.get(key_id)
        check(user, "AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
        duration = self._duration(parameters, 43200, 129600)
        mfa = self._check_code(user, parameters)
        return self._new_session(f"arn:aws:iam::{user.account}:user/{user.name}", user.account, duration, mfa, user)

    def _assume_role(self, parameters, key_id):
        plain = {"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "SourceIdentity", "SerialNumber", "TokenCode"}
        self._only(parameters, plain, r"(PolicyArns\.member\.\d+\.arn|Tags\.member\.\d+\.(Key|Value)|TransitiveTagKeys\.member\.\d+|"
                                      r"ProvidedContexts\.member\.\d+\.(ProviderArn|ContextAssertion))")
        name = parameters.get("RoleSessionName", "")
        check(re.fullmatch(r"[\w+=,.@-]{2,64}", name), "ValidationError", f"RoleSessionName {name!r}")
        role = self.roles.get(parameters.get("RoleArn"))
        check(role, "AccessDenied", f"User: {key_id} is not authorized to perform: sts:AssumeRole on resource: {parameters.get('RoleArn')}", 403)
        duration = self._duration(parameters, 3600, 43200)
        user, session = self.users.get(key_id), self.sessions.get(key_id)
        if session:
            check(duration <= 3600, "ValidationError",
                  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
            check("TokenCode" not in parameters, "AccessDenied", "Cannot use MFA with session credentials", 403)
            mfa = session.mfa
        else:
            mfa = self._check_code(user, parameters)
        check(duration <= role.max_duration, "ValidationError",
              "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        check(mfa or not role.needs_mfa, "AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {role.arn}", 403)
        check(role.external_id == parameters.get("ExternalId"), "AccessDenied",
              f"User is not authorized to perform: sts:AssumeRole on resource: {role.arn}", 403)
        if "Policy" in parameters:
            try:
                json.loads(parameters["Policy"])
            except ValueError:
                raise Refused(400, "MalformedPolicyDocument", "This policy contains invalid Json") from None
        role_name = role.arn.rsplit("/", 1)[1]
        arn = f"arn:aws:sts::123456789012:assumed-role/{role_name}/{name}"
        return (self._new_session(arn, "123456789012", duration, False) +
                f"<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:{name}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>")

    def _assume_role_with_saml(self, parameters, _):
        self._only(parameters, {"RoleArn", "PrincipalArn", "SAMLAssertion", "DurationSeconds", "Policy"}, r"PolicyArns\.member\.\d+\.arn")
        text = parameters.get("SAMLAssertion", "")
        check(4 <= len(text) <= 100000 and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text) and len(text) % 4 == 0, "ValidationError",
              "SAMLAssertion must be 4 to 100000 characters of base 64")
        assertion = saml.read(base64.b64decode(text))
        check(assertion.recipient == "https://signin.aws.amazon.com/saml", "InvalidIdentityToken", f"Recipient {assertion.recipient}")
        check(assertion.audiences == ["urn:amazon:webservices"], "InvalidIdentityToken", "Response does not contain the required audience.")
        check(self.now() < assertion.not_on_or_after, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
        check(re.fullmatch(r"[\w+=,.@-]{2,64}", assertion.session_name or ""), "InvalidIdentityToken", "RoleSessionName is required in AuthnResponse")
        role, principal = parameters.get("RoleArn", ""), parameters.get("PrincipalArn", "")
        check({role, principal} in [{part.strip() for part in value.split(",")} for value in assertion.roles] and ":saml-provider/" in principal, "AccessDenied",
              "Not authorized to perform sts:AssumeRoleWithSAML", 403)
        known = self.roles.get(role)
        check(known, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403)
        duration = self._duration(parameters, 3600, 43200)
        check(duration <= known.max_duration, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        role_name = role.rsplit("/", 1)[1]
        arn = f"arn:aws:sts::123456789012:assumed-role/{role_name}/{assertion.session_name}"
        return (self._new_session(arn, "123456789012", duration, False) +
                f"<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:{assertion.session_name}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>"
                f"<Subject>{escape(assertion.session_name)}</Subject><Issuer>https://idp.example.com</Issuer><SubjectType>persistent</SubjectType>")

    def _get_caller_identity(self, parameters, key_id):
        self._only(parameters, set())
        user, session = self.users.get(key_id), self.sessions.get(key_id)
        arn = session.arn if session else f"arn:aws:iam::{user.account}:user/{user.name}"
        return f"<Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>"

    def _iam_actions(self):
        return {"CreateVirtualMFADevice": self._create_virtual_mfa_device, "EnableMFADevice": self._enable_mfa_device,
                "ResyncMFADevice": self._resync_mfa_device, "DeactivateMFADevice": self._deactivate_mfa_device,
                "DeleteVirtualMFADevice": self._delete_virtual_mfa_device, "ListMFADevices": self._list_mfa_devices}

    def _own(self, parameters, key_id):
        """The user that calls; IAM's policies of this account let users change themselves alone."""
        user = self.users.get(key_id)
        check(user, "AccessDenied", "MFA is needed for that with session credentials", 403)
        check(parameters.get("UserName", user.name) == user.name, "AccessDenied",
              f"User: {user.name} is not authorized to change {parameters.get('UserName')}", 403)
        return user

    def _create_virtual_mfa_device(self, parameters, key_id):
        self._only(parameters, {"VirtualMFADeviceName", "Path"})
        user, name = self._own({}, key_id), parameters.get("VirtualMFADeviceName", "")
        check(re.fullmatch(r"[\w+=,.@-]+", name, re.ASCII), "ValidationError", f"VirtualMFADeviceName {name!r}")
        serial = f"arn:aws:iam::{user.account}:mfa/{name}"
        check(serial not in user.mfa and serial not in self.waiting, "EntityAlreadyExists", f"MFADevice entity at {serial} already exists.", 409)
        seed = base64.b32encode(secrets.token_bytes(40)).decode()  # as long as AWS's
        self.waiting[serial] = seed
        # Blobs are base 64 in the Query protocol.
        return (f"<VirtualMFADevice><SerialNumber>{serial}</SerialNumber><Base32StringSeed>{base64.b64encode(seed.encode()).decode()}"
                f"</Base32StringSeed><QRCodePNG>{base64.b64encode(b'PNG').decode()}</QRCodePNG></VirtualMFADevice>")

    def _take_pair(self, seed, serial, parameters):
        first, second = parameters.get("AuthenticationCode1", ""), parameters.get("AuthenticationCode2", "")
        check(re.fullmatch(r"\d{6}", first) and re.fullmatch(r"\d{6}", second), "ValidationError", "AuthenticationCode1 and 2 must be six digits")
        now = int(self.now()) // totp.PERIOD
        for step in range(now + self.oldest_pair, now + 1):
            if (totp.code(seed, step), totp.code(seed, step + 1)) == (first, second):
                self.used_steps[serial] = step + 1
                return
        raise Refused(403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")

    def _enable_mfa_device(self, parameters, key_id):
        self._only(parameters, {"UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"})
        user, serial = self._own(parameters, key_id), parameters.get("SerialNumber")
        check("UserName" in parameters, "ValidationError", "UserName is missing")
        check(serial in self.waiting, "NoSuchEntity", f"MFA Device with serial number {serial} does not exist.", 404)
        check(len(user.mfa) < 8, "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8", 409)
        self._take_pair(self.waiting[serial], serial, parameters)
        user.mfa[serial] = self.waiting.pop(serial)

    def _resync_mfa_device(self, parameters, key_id):
        self._only(parameters, {"UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"})
        user, serial = self._own(parameters, key_id), parameters.get("SerialNumber")
        check(serial in user.mfa, "NoSuchEntity", f"MFA Device with serial number {serial} does not exist.", 404)
        self._take_pair(user.mfa[serial], serial, parameters)

    def _deactivate_mfa_device(self, parameters, key_id):
        self._only(parameters, {"UserName", "SerialNumber"})
        user, serial = self._own(parameters, key_id), parameters.get("SerialNumber")
        check(serial in user.mfa, "NoSuchEntity", f"MFA Device with serial number {serial} does not exist.", 404)
        self.waiting[serial] = user.mfa.pop(serial)

    def _delete_virtual_mfa_device(self, parameters, key_id):
        self._only(parameters, {"SerialNumber"})
        user, serial = self._own({}, key_id), parameters.get("SerialNumber")
        check(serial not in user.mfa, "DeleteConflict", "Virtual MFA Device must be deactivated first.", 409)
        check(self.waiting.pop(serial, None), "NoSuchEntity", f"VirtualMFADevice with serial number {serial} does not exist.", 404)

    def _list_mfa_devices(self, parameters, key_id):
        self._only(parameters, {"UserName", "MaxItems", "Marker"})
        user = self._own(parameters, key_id)
        members = "".join(f"<member><UserName>{user.name}</UserName><SerialNumber>{serial}</SerialNumber><EnableDate>2026-01-02T03:04:05Z</EnableDate></member>"
                          for serial in user.mfa)
        return f"<MFADevices>{members}</MFADevices><IsTruncated>false</IsTruncated>"

    @staticmethod
    def _only(parameters, plain, pattern="(?!)"):
        for name in parameters:
            check(name in plain | {"Action", "Version"} or re.fullmatch(pattern, name), "ValidationError", f"unknown parameter {name}")
