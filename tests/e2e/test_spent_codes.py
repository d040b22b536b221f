"""Which MFA codes count as used: those that STS has judged, whatever happens to the cache and its key."""
import datetime
import unittest

from support import place
from test_keys import KeyCase, keyring_usable

OPS = ("credential-process", "--profile", "ops")


def too_skewed(request):
    """Refuses by date, as services do that speak of RequestTimeTooSkewed; what is dated well is answered as usual."""
    signed = next(value for name, value in request["headers"] if name.lower() == "x-amz-date")
    signed_at = datetime.datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((signed_at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 600:
        return refused_by_date(request)  # the service's clock is an hour ahead
    return None


def refused_by_date(_request):
    return 403, [("Content-Type", "text/xml")], (b"<ErrorResponse><Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request "
                                                 b"time and the current time is too large.</Message></Error></ErrorResponse>")


class Ledger(KeyCase):
    """A code that was sent stays used when the cache is emptied, locked or gets another key."""

    def setUp(self):
        super().setUp()
        trouble = keyring_usable()
        if trouble:
            self.skipTest(f"no kernel keyring here: {trouble}")

    def test_the_cache_is_cleared_locked_and_rekeyed(self):
        self.set_passphrase("one")
        code = self.where.service.fresh_code(self.where.user)
        self.ok(*OPS, "--token-code", code)
        calls = self.where.service.count()
        for change in (("cache", "clear"), ("cache", "lock"), ("cache", "rekey"), ("cache", "lock")):
            with self.subTest(change):
                if change[1] == "rekey":
                    done = self.with_passphrase("one", *change)
                    self.assertEqual(done.returncode, 0, done.stderr)
                else:
                    self.ok(*change)
                self.assert_fails(self.where.run(*OPS, "--renew-session", "--token-code", code), 4, "this MFA code was used already")
                self.assertEqual(self.where.service.count(), calls)


class WrongClock(KeyCase):
    def test_a_given_code_is_sent_again_with_the_right_date(self):
        for faults in ([], [too_skewed]):
            with self.subTest(faults), place() as where:
                where.service.clock_offset = 3600
                where.service.faults = list(faults)
                done = where.run(*OPS, "--token-code", where.service.fresh_code(where.user))
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual([call.code for call in where.service.calls], ["403" if faults else "SignatureDoesNotMatch", "OK", "OK"])

    def test_a_given_code_that_was_refused_by_date_is_not_used(self):
        with place() as where:
            code = where.service.fresh_code(where.user)
            where.service.faults = [refused_by_date]
            self.assert_fails(where.run(*OPS, "--token-code", code), 4, "RequestTimeTooSkewed", "set this machine's clock")
            done = where.run(*OPS, "--token-code", code)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
