"""vegas-credentials and aws-mfa-assume-credential-process (aripalo): one row for each thing that a script could depend on."""
import contextlib
import hashlib
import json
import os
import pwd
import re

from dialect import Row, Table

KEYS = "[default]\naws_access_key_id = <id>\naws_secret_access_key = <secret>\n"
JSON = ('{\n    "Version": 1,\n    "AccessKeyId": "<key id>",\n    "SecretAccessKey": "<secret key>",\n    "SessionToken": "<token>",\n'
        '    "Expiration": "<until>"\n}')
CONFIG = "[default]\nmfa_serial = <serial>\n[profile ops]\nvegas_source_profile = default\nvegas_role_arn = <role>\n"
# The user's full name comes first, as far as STS takes it.
NAME = re.sub(r"[^A-Za-z0-9_=,.@-]", "", pwd.getpwuid(os.geteuid()).pw_gecos.split(",")[0])[:64] or "ada"
NAME = NAME if len(NAME) > 2 else "mysession-" + NAME
CALL = ("AssumeRole", {"RoleArn": "<role>", "RoleSessionName": NAME, "DurationSeconds": "3600", "SerialNumber": "<serial>", "TokenCode": "<code>"})
EXTERN = "arn:aws:iam::123456789012:role/extern"
OPS = "assume --profile ops"


def ok(says, argv=OPS, config=CONFIG, calls=(CALL,), credentials=KEYS, out=JSON, **more):
    return Row(says, argv, out, config=config, calls=calls, credentials=credentials, **more)


def with_line(line, **parameters):
    return {"config": CONFIG + line + "\n", "calls": ((CALL[0], CALL[1] | parameters),)}


def refused(says, err, config=CONFIG, argv=OPS, code=1, credentials=KEYS, **more):
    return Row(says, argv, "", code, err, config=config, credentials=credentials, **more)


def error(text):
    return f"❌ Credentials: Error: {text}\n"


ROWS = (
    ok("assume, JSON by four spaces without an end"),
    ok("-p", "assume -p ops"),
    ok("-pNAME", "assume -pops"),
    ok("--profile=NAME", "assume --profile=ops"),
    ok("--profile without assume, as its web site has it", "--profile ops"),
    ok("the name of old", "--profile=ops", program="aws-mfa-assume-credential-process"),
    ok("as a command of touchsts", "vegas-credentials assume --profile ops", program="touchsts"),
    ok("by a path", program="/opt/vegas-credentials"),
    *(ok(f"{flag} is taken", f"{OPS} {flag}") for flag in (
        "--verbose", "--no-color", "--no-emoji", "--no-gui", "--disable-dialog", "--disable-mandatory-refresh", "--hide-arns", "--debug",
        "--verbose=false", "--no-gui=true")),
    # Keys of every age.
    ok("the names of the manual", config="[default]\n[profile ops]\n__source_profile = default\n__role_arn = <role>\n__mfa_serial = <serial>\n"),
    ok("the names of the first version", config="[profile default]\n[profile ops]\nsource_profile = default\nassume_role_arn = <role>\nmfa_serial = <serial>\n"),
    ok("the names of 0.6", config="[default]\nmfa_serial = <serial>\n[profile ops]\nsource_profile = default\n_role_arn = <role>\n"),
    ok("newer names come first", config=CONFIG + "assume_role_arn = <plain>\nsource_profile = none\n"),
    ok("another source profile", config=CONFIG.replace("[default]", "[profile base]").replace("= default", "= base"), credentials=KEYS.replace("default", "base")),
    ok("AWS_SHARED_CREDENTIALS_FILE counts", env={"AWS_SHARED_CREDENTIALS_FILE": "<home>/other"}, credentials=None, files={"other": KEYS}),
    ok("AWS_CONFIG_FILE counts", env={"AWS_CONFIG_FILE": "<home>/other"}, config=None, files={"other": CONFIG}),
    ok("the profile comes before AWS_ACCESS_KEY_ID", env={"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "x"}),
    ok("AWS_PROFILE does not count", env={"AWS_PROFILE": "none"}),
    ok("duration_seconds", **with_line("duration_seconds = 900", DurationSeconds="900")),
    ok("a role for twelve hours", **with_line("duration_seconds = 43200", DurationSeconds="43200")),
    ok("role_session_name", **with_line("role_session_name = deploy", RoleSessionName="deploy")),
    ok("a session name of one letter is none", **with_line("role_session_name = x")),
    ok("external_id", config=CONFIG.replace("<role>", EXTERN) + "external_id = abc-1\n",
       calls=((CALL[0], CALL[1] | {"RoleArn": EXTERN, "ExternalId": "abc-1"}),)),
    ok("values may stand in quotes", **with_line('role_session_name = "deploy"', RoleSessionName="deploy")),
    ok("comments behind values", **with_line("role_session_name = deploy ; mine", RoleSessionName="deploy")),
    ok("region", **with_line("region = eu-west-1"), env={"AWS_DEFAULT_REGION": ""}),
    ok("the source's region", config=CONFIG.replace("[profile ops]", "region = eu-west-1\n[profile ops]"), env={"AWS_DEFAULT_REGION": ""}),
    ok("AWS_REGION", env={"AWS_DEFAULT_REGION": "", "AWS_REGION": "eu-west-1"}),
    ok("the role's region comes before AWS_REGION", **with_line("region = eu-west-1"), env={"AWS_REGION": "mars-1"}),
    ok("no region at all", env={"AWS_DEFAULT_REGION": ""}),
    # What is held.
    ok("what is held is used", calls=(), first=(OPS,)),
    ok("also what another program's command line got", calls=(), first=("--profile ops",)),
    ok("another profile for the same shares it", "assume -p two", CONFIG + "[profile two]\nvegas_source_profile = default\nvegas_role_arn = <role>\n", (),
       first=(OPS,)),
    # What is wrong.
    refused("no such profile", error('section "profile none" does not exist'), argv="assume -p none"),
    refused("no default", error('section "default" does not exist'), argv="assume -p default", config="[profile ops]\nx = 1\n"),
    refused("no config", error("open <home>/.aws/config: no such file or directory"), config=None),
    refused("no source profile named", error('Profile "ops" does not contain "vegas_source_profile"'), config="[profile ops]\nvegas_role_arn = <role>\n"),
    refused("no MFA device", error('Profile "default" does not contain "mfa_serial"'), config=CONFIG.replace("mfa_serial", "# mfa_serial")),
    refused("no source profile", error('section "profile base" does not exist'), config=CONFIG.replace("= default", "= base")),
    refused("no role", error('Profile "ops" does not contain "vegas_role_arn"'), config=CONFIG.replace("vegas_role_arn", "role")),
    refused("a wrong device", "*❌ Credentials: Error: Profile \"default\" contains invalid mfa_serial \"x\"", config=CONFIG.replace("<serial>", "x")),
    refused("a wrong role", "*❌ Credentials: Error: Profile \"ops\" contains invalid vegas_role_arn \"x\"", config=CONFIG.replace("<role>", "x")),
    refused("a wrong duration", "*invalid duration_seconds \"1h\"", config=CONFIG + "duration_seconds = 1h\n"),
    refused("a wrong session name", "*Credentials: Error: ", config=CONFIG + "role_session_name = a b\n"),
    refused("a wrong external id", "*Credentials: Error: ", config=CONFIG + "external_id = a b\n"),
    refused("the source has no keys", "*Credentials: Error: profile default has neither role_arn nor access keys", credentials=None),
    refused("STS refuses", "*Credentials: Error: STS: SignatureDoesNotMatch", credentials=KEYS.replace("<secret>", "wrong"), calls=(CALL,)),
    *(refused(f"{name} takes the emoji away", 'Credentials: Error: section "profile none" does not exist\n', argv=f"assume -p none {flag}", env=env)
      for name, flag, env in (("--no-emoji", "--no-emoji", {}), ("--no-color", "--no-color", {}), ("NO_EMOJI", "", {"NO_EMOJI": "1"}),
                              ("an empty NO_COLOR", "", {"NO_COLOR": ""}), ("VEGAS_CREDENTIALS_NO_EMOJI", "", {"VEGAS_CREDENTIALS_NO_EMOJI": "1"}),
                              ("VEGAS_CREDENTIALS_NO_COLOR", "", {"VEGAS_CREDENTIALS_NO_COLOR": "1"}), ("TERM=dumb", "", {"TERM": "dumb"}))),
    refused("NO_EMOJI=0 does not", error('section "profile none" does not exist'), argv="assume -p none", env={"NO_EMOJI": "0"}),
    refused("NO_EMOJI=false does not", error('section "profile none" does not exist'), argv="assume -p none", env={"NO_EMOJI": "false"}),
    refused("no profile", '*required flag(s) "profile" not set', argv="assume"),
    refused("nothing", '*required flag(s) "profile" not set', argv=""),
    refused("another command", "*unknown command for", argv="frob -p ops"),
    refused("another flag", "*unrecognized arguments: --frob", argv="assume --frob"),
    refused("a flag that is none", "*ignored explicit argument", argv=f"{OPS} --verbose=maybe"),
    # The other commands.
    Row("version", "version", "v0.14.4\n"),
    Row("--version", "--version", "v0.14.4\n"),
    Row("-v", "-v", "v0.14.4\n"),
    Row("version --full", "version --full", "vegas-credentials version v0.14.4 linux/amd64\n"),
    ok("cache clean: everything is got anew", first=(OPS, "cache clean")),
    ok("cache clean --credential as well", first=(OPS, "cache clean --credential")),
    Row("cache clean says nothing", "cache clean", config=CONFIG),
    Row("but with --verbose", "cache clean --verbose", "✅ Cache cleaned\n", config=CONFIG),
    Row("cache clean --credential --verbose", "cache clean --credential --verbose", "✅ Credential cache cleaned\n", config=CONFIG),
    refused("cache clean --password", "*go by themselves", argv="cache clean --password"),
    Row("config list", "config list", "aws config: <home>/.aws/config\nykman cli: none, keys are read over USB\ncache dir: <home>/.cache/touchsts\n"
        "state dir: <home>/.cache/touchsts\nexec dir: <home>/.cache/touchsts\n", config=CONFIG),
    Row("completion bash", "completion bash", "complete -W 'assume cache clean completion config list show-profile version --profile' vegas-credentials\n"),
    refused("completion for another shell", "*completion is for bash, zsh or fish", argv="completion csh"),
)


class VegasCredentials(Table):
    program = "vegas-credentials"
    rows = ROWS
    types_code = True

    @contextlib.contextmanager
    def surroundings(self):
        with super().surroundings() as where:
            where.service.add_role("extern", needs_mfa=True, external_id="abc-1")
            yield where

    def test_each_row(self):
        self.run_rows()

    def test_what_is_held_is_used_while_it_is_good_for_ten_minutes(self):
        with self.surroundings() as where:
            for seconds, calls in ((612, 0), (599, 1)):
                with self.subTest(seconds):
                    where.forget()
                    where.service.duration_override = seconds
                    row = Row("", OPS, config=CONFIG, credentials=KEYS)
                    self.lay_out(where, row, self.texts(where))
                    for wanted in (1, calls):
                        before = where.service.count()
                        done = self.call(where, row, OPS, {"code": where.service.fresh_code(where.user)})
                        self.assertEqual((done.returncode, done.stderr, where.service.count() - before), (0, "", wanted))

    def test_show_profile_and_its_checksum(self):
        with self.surroundings() as where:
            texts = self.texts(where)
            row = Row("", "", config=CONFIG + "role_session_name = a-b\nexternal_id = x\nregion = eu-west-1\nduration_seconds = 900\n")
            self.lay_out(where, row, texts)
            fields = {"ProfileName": "ops", "MfaSerial": where.serial, "YubikeySerial": "", "YubikeyLabel": where.serial, "Region": "eu-west-1",
                      "SourceProfile": "default", "RoleArn": where.role, "DurationSeconds": 900, "RoleSessionName": "a-b", "ExternalID": "x"}
            checksum = hashlib.sha1(json.dumps(fields | {"Checksum": ""}, separators=(",", ":")).encode()).hexdigest()
            done = where.run("vegas-credentials", "config", "show-profile", "-p", "ops")
            self.assertEqual(done.stdout, "".join(f"{name}: {value}\n" for name, value in fields.items()) + f"Checksum: {checksum}\n")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
