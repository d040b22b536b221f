"""A strict Okta: the authentication API (classic) with its state machine, the app's link, and its limits."""
import itertools
import json
import secrets

from strict_sts import totp

from . import assertions

APP = "/home/amazon_aws/0oa1/272"
ERRORS = {"E0000004": (401, "Authentication failed"), "E0000011": (401, "Invalid token provided"),
          "E0000047": (429, "API call exceeded rate limit due to too many requests."), "E0000068": (403, "Invalid Passcode/Answer"),
          "E0000069": (403, "User Locked"), "E0000003": (400, "The request body was not well-formed."),
          "E0000021": (415, "Bad request.  Accept and/or Content-Type headers likely do not match supported values.")}


class Refused(Exception):
    pass


class Okta:
    """One user. `factors` are kinds: totp, google, push, number, sms, question, webauthn; none: the password will do."""

    def __init__(self, pairs, factors=(), seed="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"):
        self.pairs, self.factors, self.seed = list(pairs), list(factors), seed
        self.username, self.password = "ada@example.com", "correct horse"
        self.status = None     # of the password: PASSWORD_EXPIRED, LOCKED_OUT, MFA_ENROLL
        self.push = ["WAITING", "WAITING", "SUCCESS"]  # what the telephone does, poll by poll
        self.answer = "blue"
        self.sms_code = None
        self.used_steps = set()
        self.limit = None      # requests until the rate limit
        self.wrong = 0         # codes in a row
        self.duration = None
        self.assertion = None  # the last one
        self.transactions, self.session_tokens, self.sessions = {}, set(), set()
        self.origin = ""
        self.identity_engine = False  # without the classic API

    # A Site's answer.
    def __call__(self, request):
        if request.path.startswith("/api/v1/authn"):
            return self._api(request)
        if request.path == APP and request.method == "GET":
            return self._app(request)
        if request.path == "/login/login.htm":
            return 200, [("Content-Type", "text/html;charset=utf-8")], ("<html><head><title>corp - Sign In</title></head><body>"
                    '<div id="okta-login-container"></div><script src="okta-sign-in.min.js"></script></body></html>')
        return 404, [("Content-Type", "text/html")], "<html><title>404</title></html>"

    def _app(self, request):
        token = request.parameters.get("sessionToken")
        if token is not None:
            if token not in self.session_tokens:
                return 302, [("Location", "/login/login.htm?fromURI=" + APP)], ""
            self.session_tokens.discard(token)  # good once
            session = secrets.token_hex(12)
            self.sessions.add(session)
            return 302, [("Location", APP), ("Set-Cookie", f"sid={session}; Path=/; Secure; HttpOnly"),
                         ("Set-Cookie", "t=default; Path=/"), ("Set-Cookie", 'DT=x; Version=1; Path=/; Max-Age=63072000; Secure')], ""
        if request.cookies.get("sid") not in self.sessions:
            return 302, [("Location", "/login/login.htm?fromURI=" + APP)], ""
        self.assertion = assertions.response(self.pairs, self.duration)
        return 200, [("Content-Type", "text/html;charset=utf-8")], assertions.page(self.assertion)

    def _api(self, request):
        try:
            if self.identity_engine:
                return 404, [("Content-Type", "application/json")], json.dumps({"errorCode": "E0000022", "errorSummary": "The endpoint does not support the provided HTTP method"})
            if self.limit is not None:
                self.limit -= 1
                if self.limit < 0:
                    raise Refused("E0000047")
            if request.headers.get("Accept") != "application/json" or request.headers.get("Content-Type", "").split(";")[0] != "application/json":
                raise Refused("E0000021")
            try:
                body = request.json
            except ValueError:
                raise Refused("E0000003") from None
            if request.method != "POST" or not isinstance(body, dict):
                raise Refused("E0000003")
            answer = self._log_in(body) if request.path == "/api/v1/authn" else self._verify(request.path, body)
            return 200, [("Content-Type", "application/json"), ("X-Rate-Limit-Limit", "600")], json.dumps(answer)
        except Refused as refused:
            code = str(refused)
            status, summary = ERRORS[code]
            causes = [{"errorSummary": "Your passcode doesn't match our records. Please try again."}] if code == "E0000068" else []
            return status, [("Content-Type", "application/json")], json.dumps({"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1", "errorCauses": causes})

    def _log_in(self, body):
        if set(body) - {"username", "password", "options", "context", "relayState"} or not all(isinstance(body.get(name), str) for name in ("username", "password")):
            raise Refused("E0000003")
        if body["username"] != self.username or body["password"] != self.password:
            raise Refused("E0000004")
        if self.status:
            return {"stateToken": self._transaction(), "status": self.status, "expiresAt": "2036-01-01T00:00:00.000Z", "_embedded": {"user": self._user()}}
        if not self.factors:
            return self._success()
        state = self._transaction()
        return {"stateToken": state, "status": "MFA_REQUIRED", "expiresAt": "2036-01-01T00:00:00.000Z",
                "_embedded": {"user": self._user(), "factors": [self._factor(kind) for kind in self.factors],
                              "policy": {"allowRememberDevice": True, "rememberDeviceLifetimeInMinutes": 15, "rememberDeviceByDefault": False}},
                "_links": {"cancel": {"href": f"{self.origin}/api/v1/authn/cancel", "hints": {"allow": ["POST"]}}}}

    def _transaction(self):
        state = "00" + secrets.token_urlsafe(30)
        self.transactions[state] = {"polls": itertools.chain(self.push, itertools.repeat("TIMEOUT")), "challenged": set()}
        return state

    def _user(self):
        return {"id": "00u1", "profile": {"login": self.username, "firstName": "Ada", "lastName": "Lovelace", "locale": "en", "timeZone": "UTC"}}

    def _factor(self, kind):
        types = {"totp": ("token:software:totp", "OKTA", {"credentialId": self.username}),
                 "google": ("token:software:totp", "GOOGLE", {"credentialId": self.username}),
                 "push": ("push", "OKTA", {"credentialId": self.username, "deviceType": "SmartPhone_Android", "name": "Pixel"}),
                 "number": ("push", "OKTA", {"credentialId": self.username, "name": "Pixel"}),
                 "sms": ("sms", "OKTA", {"phoneNumber": "+1 XXX-XXX-1337"}),
                 "question": ("question", "OKTA", {"question": "color", "questionText": "What is your favorite color?"}),
                 "webauthn": ("webauthn", "FIDO", {"credentialId": "x", "authenticatorName": "YubiKey"})}
        factor_type, provider, profile = types[kind]
        return {"id": f"f{kind}", "factorType": factor_type, "provider": provider, "vendorName": provider, "profile": profile,
                "_links": {"verify": {"href": f"{self.origin}/api/v1/authn/factors/f{kind}/verify", "hints": {"allow": ["POST"]}}}}

    def _success(self):
        token = "20111" + secrets.token_urlsafe(24)
        self.session_tokens.add(token)
        return {"expiresAt": "2036-01-01T00:00:00.000Z", "status": "SUCCESS", "sessionToken": token, "_embedded": {"user": self._user()}}

    def _challenge(self, state, kind, result, more=None):
        factor = self._factor(kind)
        factor.pop("_links")
        if more:
            factor["_embedded"] = more
        following = {"name": "poll" if result else "verify", "href": f"{self.origin}/api/v1/authn/factors/f{kind}/verify", "hints": {"allow": ["POST"]}}
        answer = {"stateToken": state, "status": "MFA_CHALLENGE", "expiresAt": "2036-01-01T00:00:00.000Z", "_embedded": {"user": self._user(), "factor": factor},
                  "_links": {"next": following}}
        return answer | {"factorResult": result} if result else answer

    def _verify(self, path, body):
        kind = next((kind for kind in self.factors if path == f"/api/v1/authn/factors/f{kind}/verify"), None)
        if kind is None:
            raise Refused("E0000011")
        state = body.get("stateToken")
        if state not in self.transactions:
            raise Refused("E0000011")
        allowed = {"push": set(), "number": set(), "question": {"answer"}}.get(kind, {"passCode"})
        if set(body) - {"stateToken"} - allowed:
            raise Refused("E0000003")
        transaction = self.transactions[state]
        if kind in ("push", "number"):
            result = next(transaction["polls"])
            more = {"challenge": {"correctAnswer": 42}} if kind == "number" and result == "WAITING" else None
            return self._success() if result == "SUCCESS" else self._challenge(state, kind, result, more)
        if kind == "question":
            return self._judge("answer" in body, body.get("answer") == self.answer)
        if kind == "sms":
            if "passCode" not in body:
                transaction["challenged"].add(kind)
                self.sms_code = f"{secrets.randbelow(10**6):06}"
                return self._challenge(state, kind, None)
            return self._judge(kind in transaction["challenged"], body["passCode"] == self.sms_code)
        return self._judge("passCode" in body, self._take(body.get("passCode")))

    def _take(self, code):
        import time
        now = int(time.time()) // totp.PERIOD
        for step in (now - 1, now, now + 1):
            if totp.code(self.seed, step) == code and step not in self.used_steps:
                self.used_steps.add(step)
                return True
        return False

    def _judge(self, complete, right):
        if not complete:
            raise Refused("E0000003")
        if not right:
            self.wrong += 1
            raise Refused("E0000069" if self.wrong > 4 else "E0000068")
        self.wrong = 0
        return self._success()
