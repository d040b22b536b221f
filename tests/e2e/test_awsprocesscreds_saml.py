"""awsprocesscreds-saml (awslabs), by symlink or as `touchsts awsprocesscreds-saml`: one row for each thing that a script could
depend on."""
import contextlib
import datetime
import hashlib
import json
import os
import subprocess

from dialect import Row, Table, content
from support import BINARY, authority

from identity_providers import assertions, okta, pages, site

USER, PASSWORD = "ada@example.com", "correct horse"
USUAL = f"-e <okta> -u {USER} -p okta -a <plain>"
GOT = '{"AccessKeyId": "<key id>", "SecretAccessKey": "<secret key>", "SessionToken": "<token>", "Expiration": "<offset until>", "Version": 1}\n\n'
CALL = ("AssumeRoleWithSAML", {"RoleArn": "<plain>", "PrincipalArn": assertions.PROVIDER, "SAMLAssertion": "<assertion>"})
MISSING = "*awsprocesscreds-saml: error: the following arguments are required: "
IN = {"stdin": PASSWORD + "\n"}


def cache_key(provider, endpoint, role, user=USER):
    """As the original names its files (dialects: SHA-1 of sorted JSON)."""
    config = {"role_arn": role, "saml_authentication_type": "form", "saml_endpoint": endpoint, "saml_username": user}
    return hashlib.sha1(json.dumps({"provider_name": provider, "saml_config": config}, sort_keys=True).encode()).hexdigest()


def cached(seconds, **other):
    """What the original leaves, good for so many seconds more."""
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=seconds)
    return {"Credentials": {"AccessKeyId": "ASIACACHED0000000000", "SecretAccessKey": "old", "SessionToken": "oldtoken", "Expiration": until.isoformat()} | other,
            "AssumedRoleUser": {"AssumedRoleId": "AROA:ada", "Arn": "arn:aws:sts::123456789012:assumed-role/plain/ada"},
            "ResponseMetadata": {"RequestId": "x", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}


class AwsprocesscredsSaml(Table):
    program = "awsprocesscreds-saml"
    rows = (
        # The command line.
        Row("nothing", "", code=2, err=MISSING + "-e/--endpoint, -u/--username, -p/--provider, -a/--role-arn"),
        Row("a part", "-e <okta> -p okta", code=2, err=MISSING + "-u/--username, -a/--role-arn"),
        Row("a provider that it does not know", f"-e <okta> -u {USER} -p ping -a <plain>", code=2, err="*argument -p/--provider: invalid choice (choose from 'okta', 'adfs')"),
        Row("no value", f"-e <okta> -u {USER} -p okta -a", code=2, err="*argument -a: expected one argument"),
        Row("what it does not know", USUAL + " --duration 900", code=2, err="*unrecognized arguments: --duration"),
        Row("a word", USUAL + " word", code=2, err="*there is an argument too many"),
        Row("no --version", USUAL + " --version", code=2, err="*unrecognized arguments: --version"),
        # Okta.
        Row("short options, the password by a pipe", USUAL, GOT, calls=(CALL,), **IN),
        Row("long options", f"--endpoint <okta> --username {USER} --provider okta --role-arn <plain>", GOT, calls=(CALL,), **IN),
        Row("joined by =", f"--endpoint=<okta> --username={USER} --provider=okta --role-arn=<plain>", GOT, calls=(CALL,), **IN),
        Row("the beginning of a name will do", f"--end <okta> --user {USER} --prov okta --role <plain>", GOT, calls=(CALL,), **IN),
        Row("glued", f"-e<okta> -u{USER} -pokta -a<plain>", GOT, calls=(CALL,), **IN),
        Row("the last of two", f"-p adfs {USUAL}", GOT, calls=(CALL,), **IN),
        Row("as a command of touchsts", "awsprocesscreds-saml " + USUAL, GOT, calls=(CALL,), program="touchsts", **IN),
        Row("by a path", USUAL, GOT, calls=(CALL,), program="/opt/bin/awsprocesscreds-saml", **IN),
        Row("a wrong password", USUAL, code=1, err="*awsprocesscreds-saml: Okta refuses user name or password", stdin="incorrect\n"),
        Row("nobody to ask", USUAL, code=1, err="*awsprocesscreds-saml: a password is needed, but there is no terminal"),
        Row("a role that is not offered", f"-e <okta> -u {USER} -p okta -a arn:aws:iam::123456789012:role/other", code=1,
            err="*does not let you have role arn:aws:iam::123456789012:role/other; it offers <plain>", **IN),
        Row("an endpoint without TLS", f"-e http://localhost/ -u {USER} -p okta -a <plain>", code=1, err="*saml_endpoint http://localhost/ is not https", **IN),
        # ADFS.
        Row("ADFS of old", f"-e <adfs> -u {USER} -p adfs -a <plain>", GOT, calls=(("AssumeRoleWithSAML", CALL[1] | {"SAMLAssertion": "<adfs assertion>"}),), **IN),
        Row("ADFS, a wrong password", f"-e <adfs> -u {USER} -p adfs -a <plain>", code=1, err="*does not take user name or password; check both", stdin="incorrect\n"),
        # Files and variables.
        Row("the region of the active profile's file", USUAL, GOT, calls=(CALL,), config="[profile x]\nregion = eu-west-1\n", env={"AWS_PROFILE": "x"}, **IN),
        Row("a profile that calls it is not followed", USUAL, GOT, calls=(CALL,), env={"AWS_PROFILE": "x"},
            config="[profile x]\ncredential_process = awsprocesscreds-saml -e https://localhost:1/ -u x -p okta -a y\n", **IN),
        Row("the identity provider's CA bundle", USUAL, GOT, calls=(CALL,), env={"REQUESTS_CA_BUNDLE": authority().bundle}, **IN),
        Row("a CA bundle that is not there", USUAL, code=1, err="*/nowhere", env={"REQUESTS_CA_BUNDLE": "/nowhere"}, **IN),
        # The cache.
        Row("what was got before, without a password", USUAL, GOT, first=(USUAL,), first_stdin=PASSWORD + "\n"),
        Row("--no-cache", USUAL + " --no-cache", GOT, calls=(CALL,), first=(USUAL,), first_stdin=PASSWORD + "\n", **IN),
    )

    @contextlib.contextmanager
    def surroundings(self):
        with super().surroundings() as where:
            pairs = [assertions.pair(where.plain_role)]
            self.okta, self.adfs = okta.Okta(pairs), pages.Make(pairs, pages.ADFS2)
            with site.running(self.okta, authority().server) as first, site.running(self.adfs, authority().server) as second:
                self.okta.origin = first.origin
                self.urls = {"okta": first.origin + okta.APP, "adfs": second.origin + self.adfs.start}
                yield where

    def texts(self, where):
        return super().texts(where) | self.urls | {"assertion": self.okta.assertion or "", "adfs assertion": self.adfs.assertion or ""}

    def test_rows(self):
        self.run_rows()

    def run_it(self, where, *more, stdin=PASSWORD + "\n"):
        words = ["-e", self.urls["okta"], "-u", USER, "-p", "okta", "-a", where.plain_role, *more]
        return subprocess.run([self.program, *words], executable=BINARY, env=where.environment, capture_output=True, text=True, timeout=60,
                              start_new_session=True, input=stdin)

    def test_help(self):
        with self.surroundings() as where:
            done = self.run_it(where, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for option in ("--endpoint, -e", "--username, -u", "--provider, -p", "--role-arn, -a", "--no-cache", "--verbose, -v"):
                self.assertIn(option, done.stdout)

    def test_verbose_goes_to_stderr_and_has_no_secrets(self):
        with self.surroundings() as where:
            done = self.run_it(where, "-v")
            self.assertEqual(done.returncode, 0, done.stderr)
            json.loads(done.stdout)
            self.assertIn("/api/v1/authn: HTTP status 200", done.stderr)
            for secret in (PASSWORD, self.okta.assertion[:64], "sessionToken="):
                self.assertNotIn(secret, done.stderr)

    def test_the_files_of_the_original(self):
        with self.surroundings() as where:
            name = cache_key("okta", self.urls["okta"], where.plain_role) + ".json"
            file = where.home / ".aws/cli/process-creds-cache" / name
            file.parent.mkdir(parents=True)
            table = [("good", cached(910), True), ("fourteen minutes", cached(890), False), ("not ours", {"Credentials": {}}, False), ("torn", None, False)]
            for says, what, taken in table:
                with self.subTest(says):
                    where.forget()
                    text = json.dumps(what) if what else '{"Credentials": {"AccessKe'
                    file.write_text(text)
                    file.chmod(0o600)
                    done = self.run_it(where)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(json.loads(done.stdout)["AccessKeyId"] == "ASIACACHED0000000000", taken)
                    self.assertEqual(file.read_text(), text)  # nobody asked to have it written
            with self.subTest("others may write it"):
                where.forget()
                file.write_text(json.dumps(cached(3000)))
                file.chmod(0o666)
                self.assertNotEqual(json.loads(self.run_it(where).stdout)["AccessKeyId"], "ASIACACHED0000000000")
            with self.subTest("written when asked"):
                where.forget()
                with open(where.home / ".config/touchsts/config.toml", "a") as own:
                    own.write("[cache]\nprocess_creds_cache = true\n")
                for before in (True, False):
                    if not before:
                        file.unlink()
                    where.forget()
                    file.parent.chmod(0o700)
                    got = json.loads(self.run_it(where).stdout)
                    got.pop("Version")
                    self.assertEqual(json.loads(content(file))["Credentials"], got)
                    self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)

    def test_the_name_of_a_file_is_the_original_s(self):
        """The check value of the original's cache."""
        self.assertEqual(cache_key("okta", "https://example.okta.com/home/amazon_aws/blob/123", "arn:aws:iam::123456789012:role/monty", "monty@example.com"),
                         "c3589d00a3cce8d6e14eda2bab6549ab4c0088e0")
