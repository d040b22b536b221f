"""config show, check and explain on real files."""
import json
import pathlib
import unittest

from support import Case, place

HERE = pathlib.Path(__file__).resolve().parent


class Config(Case):
    def test_show_prints_every_rule_of_the_grammar(self):
        expected = {
            "profiles": {
                "default": {"region": "us-east-1"},
                "every/sign_of-a.name%@:+1": {"x": "3"},
                "nested": {"region": "eu-west-1", "s3": {"max_queue_size": "5", "addressing_style": "path=virtual"}},
                "plain": {"comment": "a", "continued": "first\nsecond # kept\nthird\nfourth", "empty": "", "hash": "a#b", "key": "wins",
                          "semicolon": "a", "utf8": "😂", "aws_access_key_id": "AKIAX", "aws_secret_access_key": "(hidden)"},
                "tabs": {"x": "1"},
                "with blanks": {"x": "2"},
            },
            "sso_sessions": {"corp": {"sso_region": "us-east-1"}},
            "services": {"local": {"sts": {"endpoint_url": "https://localhost:4566"}}},
        }
        with place() as where:
            (where.home / ".aws/credentials").write_text("[plain]\nkey = wins\naws_access_key_id = AKIAX\naws_secret_access_key = s\n[profile not]\nx = 1\n")
            for newline in ("\n", "\r\n"):
                (where.home / ".aws/config").write_text((HERE / "grammar.config").read_text(), newline=newline)
                done = where.run("config", "show", "--format", "json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout), expected)

    def test_check_finds_faults_and_says_so_by_its_exit_code(self):
        with place() as where:
            done = where.run("config", "check")
            self.assertEqual((done.returncode, done.stdout), (0, "nothing to complain about\n"))
            config = where.home / ".aws/config"
            config.write_text(config.read_text() + "[profile bad]\nrole_arn = arn:aws-cn:iam::123456789012:role/x\nsource_profile = base\nregion = us-east-1\n")
            config.chmod(0o666)
            done = where.run("config", "check", "--format", "json")
            self.assertEqual(done.returncode, 3)
            found = json.loads(done.stdout)
            self.assertEqual({(item["weight"], item["where"]) for item in found}, {("warning", str(config)), ("error", "profile bad")})

    def test_explain_does_nothing(self):
        with place() as where:
            done = where.run("config", "explain", "--profile", "ops", "--format", "json")
            plan = json.loads(done.stdout)
            self.assertEqual([step["step"] for step in plan["steps"]], ["long-term keys", "GetSessionToken", "AssumeRole"])
            self.assertEqual(plan["endpoint_from"], "AWS_ENDPOINT_URL_STS")
            self.assertEqual(where.service.count(), 0)
            self.assertFalse((where.home / ".cache").exists())
            where.login()
            plan = json.loads(where.run("config", "explain", "--profile", "ops", "--format", "json").stdout)
            self.assertTrue(plan["steps"][2]["cache"].startswith("held until "))


if __name__ == "__main__":
    unittest.main()
