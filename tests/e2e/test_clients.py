"""The real SDKs call our credential_process."""
import json
import os
import subprocess
import unittest

from support import ROOT, Case, place

NODE_CLIENT = ROOT / "tests/e2e/node"


class Clients(Case):
    def aws(self, where, *arguments):
        return subprocess.run(["/usr/bin/aws", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"], "--profile", "cli", *arguments],
                              env=where.environment, capture_output=True, text=True, timeout=60, start_new_session=True)

    def test_aws_cli_gets_an_identity_and_the_second_call_needs_no_sts(self):
        with place() as where:
            where.login()
            for _ in range(2):
                done = self.aws(where, "sts", "get-caller-identity")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(json.loads(done.stdout)["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/ops/touchsts-"))
            self.assertEqual(where.service.count("GetSessionToken"), 1)
            self.assertEqual(where.service.count("AssumeRole"), 1)
            self.assertEqual(where.service.count("GetCallerIdentity"), 2)

    def test_aws_cli_shows_our_line_when_a_person_is_needed(self):
        with place() as where:
            done = self.aws(where, "sts", "get-caller-identity")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("touchsts login", done.stderr)

    def test_boto3_gets_an_identity_from_the_cache(self):
        script = ("import boto3, os, json; s = boto3.Session(profile_name='cli');"
                  "c = s.client('sts', endpoint_url=os.environ['AWS_ENDPOINT_URL_STS']);"
                  "print(json.dumps([c.get_caller_identity()['Arn'] for _ in range(3)]))")
        with place() as where:
            where.login()
            calls = where.service.count("AssumeRole")
            done = subprocess.run(["/usr/bin/python3", "-c", script], env=where.environment, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(json.loads(done.stdout)), 3)
            self.assertEqual(where.service.count("AssumeRole"), calls)

    def test_javascript_sdk_gets_an_identity(self):
        modules = os.environ.get("TOUCHSTS_NODE_MODULES")
        if not modules:
            self.skipTest("TOUCHSTS_NODE_MODULES is not set: ci/test installs the SDK and sets it")
        with place() as where:
            where.login()
            calls = where.service.count("AssumeRole")
            environment = where.environment | {"NODE_PATH": modules, "NODE_EXTRA_CA_CERTS": where.environment["AWS_CA_BUNDLE"]}
            done = subprocess.run(["node", str(NODE_CLIENT / "identity.js")], env=environment, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["identities"], 3)
            self.assertEqual(where.service.count("AssumeRole"), calls)

    def test_the_strict_sts_itself_takes_curl_and_botocore_and_refuses_a_wrong_signature(self):
        with place() as where:
            url, user = where.environment["AWS_ENDPOINT_URL_STS"], where.user

            def curl(secret):
                return subprocess.run(
                    ["curl", "-s", "--cacert", where.environment["AWS_CA_BUNDLE"], "--aws-sigv4", "aws:amz:us-east-1:sts", "--user",
                     f"{user.access_key_id}:{secret}", "-d", "Action=GetCallerIdentity&Version=2011-06-15", url + "/"],
                    capture_output=True, text=True, timeout=60).stdout

            self.assertIn("<Account>123456789012</Account>", curl(user.secret))
            self.assertIn("SignatureDoesNotMatch", curl(user.secret + "x"))


if __name__ == "__main__":
    unittest.main()
