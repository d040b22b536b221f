"""aws-mfa (broamski), by symlink or as `touchsts aws-mfa`: one row for each thing that a script could depend on."""
import datetime
import subprocess
import time

from dialect import Row, Table
from support import BINARY, Case, place

LONG = "[default-long-term]\naws_access_key_id = <id>\naws_secret_access_key = <secret>\naws_mfa_device = <serial>\n"
GOT = ("[default]\nassumed_role = False\naws_access_key_id = <key id>\naws_secret_access_key = <secret key>\n"
       "aws_session_token = <token>\naws_security_token = <token>\nexpiration = <spaced until>\n")
GOT_ROLE = GOT.replace("assumed_role = False\n", "assumed_role = True\nassumed_role_arn = <role>\n")


def held(seconds, extra="assumed_role = False\n"):
    """A section [default] that was got before, good for so many seconds more."""
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return (f"[default]\n{extra}aws_access_key_id = ASIAOLD\naws_secret_access_key = old\naws_session_token = oldtoken\n"
            f"aws_security_token = oldtoken\nexpiration = {until:%Y-%m-%d %H:%M:%S}\n")


VALIDATING = "INFO - Validating credentials for profile: default \n"
MISSING = "INFO - Short term credentials section default is missing, obtaining new credentials.\n"
RECEIVED = "DEBUG - Received token as argument\n"
FETCHING = "INFO - Fetching Credentials - Profile: default, Duration: 43200\n"
SUCCESS = "INFO - Success! Your credentials will expire in 43200 seconds at: <spaced until>+00:00\n"
FIRST = VALIDATING + MISSING + RECEIVED + FETCHING + SUCCESS
SESSION = ("GetSessionToken", {"DurationSeconds": "43200", "SerialNumber": "<serial>", "TokenCode": "<code>"})
ROLE_LINE = "INFO - Assuming Role - Profile: default, Role: <role>, Duration: 3600\n"
ROLE_SUCCESS = SUCCESS.replace("43200", "3600")
ROLE_CALL = ("AssumeRole", {"RoleArn": "<role>", "RoleSessionName": "ada", "DurationSeconds": "3600", "SerialNumber": "<serial>",
                            "TokenCode": "<code>"})
NEW_ROLE = "INFO - Obtaining credentials for a new role or profile.\n"
RENEWED = "# mine\n" + LONG + "\n" + held(-60).replace("[default]\n", "[default]\nregion = us-east-1\n")


def session(**other):
    return ("GetSessionToken", SESSION[1] | other)


def role(**other):
    return ("AssumeRole", ROLE_CALL[1] | other)


class AwsMfa(Table):
    program = "aws-mfa"
    rows = (
        Row("the first run makes the section", "--token <code>", FIRST, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT),
        Row("its other names", "--mfa-token=<code>", FIRST, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT),
        Row("the beginning of a name will do", "--tok <code> --dur 900", FIRST.replace("43200", "900"),
            calls=(session(DurationSeconds="900"),), credentials=LONG, after=LONG + "\n" + GOT),
        Row("as a command of touchsts", "aws-mfa --token <code>", FIRST, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT, program="touchsts"),
        Row("by a path", "--token <code>", FIRST, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT, program="/opt/bin/aws-mfa"),
        # Where device, duration and role come from.
        Row("--device", "--token <code> --device <serial>", FIRST, calls=(SESSION,), credentials=LONG.replace("<serial>", "arn:aws:iam::1:mfa/x"),
            after=LONG.replace("<serial>", "arn:aws:iam::1:mfa/x") + "\n" + GOT),
        Row("MFA_DEVICE comes before the file", "--token <code>", FIRST, calls=(SESSION,), env={"MFA_DEVICE": "<serial>"},
            credentials=LONG.replace("<serial>", "arn:aws:iam::1:mfa/x"), after=LONG.replace("<serial>", "arn:aws:iam::1:mfa/x") + "\n" + GOT),
        Row("--device comes before MFA_DEVICE", "--token <code> --device <serial>", FIRST, calls=(SESSION,), env={"MFA_DEVICE": "arn:aws:iam::1:mfa/x"},
            credentials=LONG, after=LONG + "\n" + GOT),
        Row("no device", "--token <code>", VALIDATING + 'ERROR - You must provide --device or MFA_DEVICE or set "aws_mfa_device" in ".aws/credentials"\n',
            1, credentials=LONG.replace("aws_mfa_device", "# aws_mfa_device")),
        Row("MFA_STS_DURATION", "--token <code>", FIRST.replace("43200", "1000"), calls=(session(DurationSeconds="1000"),), env={"MFA_STS_DURATION": "1000"},
            credentials=LONG, after=LONG + "\n" + GOT),
        Row("--duration comes before MFA_STS_DURATION", "--token <code> --duration 901", FIRST.replace("43200", "901"),
            calls=(session(DurationSeconds="901"),), env={"MFA_STS_DURATION": "1000"}, credentials=LONG, after=LONG + "\n" + GOT),
        Row("a MFA_STS_DURATION that is no number is said in one line", "--token <code>",
            VALIDATING + "ERROR - MFA_STS_DURATION '1h' is not a whole number of seconds\n", 1, env={"MFA_STS_DURATION": "1h"}, credentials=LONG),
        Row("--duration that is no number", "--duration 1h", "", 2, "*argument --duration: invalid int value", credentials=LONG),
        Row("--assume-role", "--token <code> --assume-role <role>",
            VALIDATING[:-1] + "with assumed role: <role>\n" + MISSING + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS,
            calls=(ROLE_CALL,), credentials=LONG, after=LONG + "\n" + GOT_ROLE),
        Row("--assume, and a name for the session", "--token <code> --assume <role> --role-session-name deploy",
            VALIDATING[:-1] + "with assumed role: <role>\n" + MISSING + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS,
            calls=(role(RoleSessionName="deploy"),), credentials=LONG, after=LONG + "\n" + GOT_ROLE),
        Row("MFA_ASSUME_ROLE is not in the first line", "--token <code>", VALIDATING + MISSING + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS,
            calls=(ROLE_CALL,), env={"MFA_ASSUME_ROLE": "<role>"}, credentials=LONG, after=LONG + "\n" + GOT_ROLE),
        Row("assume_role in the long-term section", "--token <code>", VALIDATING + MISSING + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS,
            calls=(ROLE_CALL,), credentials=LONG + "assume_role = <role>\n", after=LONG + "assume_role = <role>\n\n" + GOT_ROLE),
        Row("MFA_ASSUME_ROLE comes before it", "--token <code>",
            (VALIDATING + MISSING + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS), calls=(ROLE_CALL,), env={"MFA_ASSUME_ROLE": "<role>"},
            credentials=LONG + "assume_role = <plain>\n", after=LONG + "assume_role = <plain>\n\n" + GOT_ROLE),
        Row("a role for twelve hours", "--token <code> --assume-role <role> --duration 43200",
            VALIDATING[:-1] + "with assumed role: <role>\n" + MISSING + NEW_ROLE + RECEIVED + ROLE_LINE.replace("3600", "43200") + SUCCESS,
            calls=(role(DurationSeconds="43200"),), credentials=LONG, after=LONG + "\n" + GOT_ROLE),
        # Names of sections.
        Row("--profile", "--token <code> --profile dev", FIRST.replace("default", "dev"), calls=(SESSION,), credentials=LONG.replace("default", "dev"),
            after=LONG.replace("default", "dev") + "\n" + GOT.replace("default", "dev")),
        Row("AWS_PROFILE, of which no config need know", "--token <code>", FIRST.replace("default", "dev"), calls=(SESSION,), env={"AWS_PROFILE": "dev"},
            credentials=LONG.replace("default", "dev"), after=LONG.replace("default", "dev") + "\n" + GOT.replace("default", "dev")),
        Row("--profile comes before AWS_PROFILE", "--token <code> --profile default", FIRST, calls=(SESSION,), env={"AWS_PROFILE": "dev"},
            credentials=LONG, after=LONG + "\n" + GOT),
        Row("--long-term-suffix", "--token <code> --long-term-suffix keys", FIRST, calls=(SESSION,), credentials=LONG.replace("long-term", "keys"),
            after=LONG.replace("long-term", "keys") + "\n" + GOT),
        Row("--long-suffix none, --short-suffix", "--token <code> --long-suffix NONE --short-suffix tmp", FIRST.replace("default", "default-tmp"),
            calls=(SESSION,), credentials=LONG.replace("-long-term", ""),
            after=LONG.replace("-long-term", "") + "\n" + GOT.replace("default", "default-tmp")),
        Row("--short-term-suffix none is no suffix", "--token <code> --short-term-suffix none", FIRST, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT),
        Row("equal names", "--long-term-suffix none",
            "ERROR - The value for '--long-term-suffix' cannot be equal to the value for '--short-term-suffix'\n", 1, credentials=LONG),
        Row("equal suffixes", "--long-term-suffix x --short-term-suffix x",
            "ERROR - The value for '--long-term-suffix' cannot be equal to the value for '--short-term-suffix'\n", 1, credentials=LONG),
        # What is missing.
        Row("no long-term section", "--profile dev", "INFO - Validating credentials for profile: dev \nERROR - Long term credentials session '[dev-long-term]' "
            "is missing. You must add this section to your credentials file along with your long term 'aws_access_key_id' and 'aws_secret_access_key'\n",
            1, credentials=LONG),
        Row("no secret key", "", VALIDATING + "ERROR - No option 'aws_secret_access_key' in section: 'default-long-term'\n", 1,
            credentials="[default-long-term]\naws_access_key_id = <id>\n"),
        Row("no key id", "", VALIDATING + "ERROR - No option 'aws_access_key_id' in section: 'default-long-term'\n", 1,
            credentials="[default-long-term]\naws_secret_access_key = <secret>\n"),
        Row("no file, and nobody to ask", "", "ERROR - Could not locate credentials file at <home>/.aws/credentials\n", 1, credentials=None),
        Row("no file, and AWS_SHARED_CREDENTIALS_FILE does not count", "", "ERROR - Could not locate credentials file at <home>/.aws/credentials\n", 1,
            credentials=None, env={"AWS_SHARED_CREDENTIALS_FILE": "<home>/other"}, files={"other": LONG}),
        Row("a file that is none", "", "ERROR - There was a problem reading or parsing your credentials file: <home>/.aws/credentials (line 1: "
            "a property before any section)\n", 1, credentials="nonsense = 1\n"),
        Row("two sections of a name, before anybody is asked", "--token <code>",
            VALIDATING + "WARNING - Your existing credentials are missing or invalid, obtaining new credentials.\n" + RECEIVED + FETCHING +
            "ERROR - <home>/.aws/credentials: there are two sections [default]; make one of them, so that it is clear which counts\n", 1,
            credentials=LONG + "[default]\nregion = x\n[default]\nregion = y\n"),
        # When new credentials are got.
        Row("expired ones are renewed", "--token <code>",
            VALIDATING + "INFO - Your credentials have expired, renewing.\n" + RECEIVED + FETCHING + SUCCESS, calls=(SESSION,),
            credentials=LONG + "\n" + held(-60), after=LONG + "\n" + GOT),
        Row("everything else in the file stays", "--token <code>",
            VALIDATING + "INFO - Your credentials have expired, renewing.\n" + RECEIVED + FETCHING + SUCCESS, calls=(SESSION,), credentials=RENEWED,
            after="# mine\n" + LONG + "\n" + GOT.replace("[default]\n", "[default]\nregion = us-east-1\n")),
        Row("one that is missing a key is renewed", "--token <code>",
            VALIDATING + "WARNING - Your existing credentials are missing or invalid, obtaining new credentials.\n" + RECEIVED + FETCHING + SUCCESS,
            calls=(SESSION,), credentials=LONG + "\n" + held(3600, "").replace("[default]\n", "[default]\nassumed_role_x = 1\n"),
            after=LONG + "\n[default]\nassumed_role_x = 1\n" + GOT.split("\n", 2)[2] + "assumed_role = False\n"),
        Row("an expiration that is no time", "--token <code>",
            VALIDATING + "WARNING - Your existing credentials are missing or invalid, obtaining new credentials.\n" + RECEIVED + FETCHING + SUCCESS,
            calls=(SESSION,), credentials=LONG + "\n" + held(3600).rsplit("expiration", 1)[0] + "expiration = tomorrow\n", after=LONG + "\n" + GOT),
        Row("--force", "--force --token <code>", VALIDATING + "INFO - Forcing refresh of credentials.\n" + RECEIVED + FETCHING + SUCCESS,
            calls=(SESSION,), credentials=LONG + "\n" + held(3600), after=LONG + "\n" + GOT),
        Row("another role than was held", "--assume-role <role> --token <code>",
            VALIDATING[:-1] + "with assumed role: <role>\n" + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS, calls=(ROLE_CALL,),
            credentials=LONG + "\n" + held(3600, "assumed_role = True\nassumed_role_arn = <plain>\n"), after=LONG + "\n" + GOT_ROLE),
        Row("a role before and none now: its ARN goes", "--token <code>",
            VALIDATING[:-1] + "with assumed role: <role>\n" + NEW_ROLE + RECEIVED + FETCHING + SUCCESS, calls=(SESSION,),
            credentials=LONG + "\n" + held(3600, "assumed_role = True\nassumed_role_arn = <role>\n"), after=LONG + "\n" + GOT),
        Row("--force and another role", "--force --assume-role <role> --token <code>",
            VALIDATING[:-1] + "with assumed role: <role>\nINFO - Forcing refresh of credentials.\n" + NEW_ROLE + RECEIVED + ROLE_LINE + ROLE_SUCCESS,
            calls=(ROLE_CALL,), credentials=LONG + "\n" + held(3600),
            after=LONG + "\n" + GOT.replace("False", "True") + "assumed_role_arn = <role>\n"),
        # The log.
        Row("--log-level WARNING says nothing of success", "--token <code> --log-level WARNING", calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT),
        Row("--log-level INFO", "--token <code> --log-level INFO", FIRST.replace(RECEIVED, ""), calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT),
        Row("--log-level ERROR still says errors", "--profile dev --log-level ERROR", "ERROR - Long term credentials session '[dev-long-term]' "
            "is missing. You must add this section to your credentials file along with your long term 'aws_access_key_id' and 'aws_secret_access_key'\n",
            1, credentials=LONG),
        Row("a level that is none", "--log-level LOUD", "", 2, "*argument --log-level: invalid choice (choose", credentials=LONG),
        # Errors.
        Row("a code that is none", "--token 12345", VALIDATING + MISSING + RECEIVED + "ERROR - Token must be six digits\n", 1, credentials=LONG),
        Row("a code for a shell is not run", "--token '$(touch <home>/ran)'", VALIDATING + MISSING + RECEIVED + "ERROR - Token must be six digits\n", 1, credentials=LONG),
        Row("a wrong code", "--token 000000", VALIDATING + MISSING + RECEIVED + FETCHING + "ERROR - An error occured while calling assume role: STS: AccessDenied: "
            "MultiFactorAuthentication failed with invalid MFA one time pass code.; the code was used before, came from another device, or this machine's "
            "clock is off; wait for the next code\n", 1, calls=(session(TokenCode="000000"),), credentials=LONG),
        Row("nobody to ask for a code", "", VALIDATING + MISSING + FETCHING + "ERROR - an MFA code is needed, but there is no terminal to ask on (no YubiKey found); run it "
            "in a terminal first, or set mfa_process, or give --token\n", 1, credentials=LONG),
        Row("a code by a pipe", "", VALIDATING + MISSING + FETCHING + SUCCESS, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT, stdin="<code>\n"),
        Row("without an end of line", "", VALIDATING + MISSING + FETCHING + SUCCESS, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT, stdin="<code>"),
        Row("what is no code by a pipe", "", VALIDATING + MISSING + FETCHING + "ERROR - stdin: an MFA code is six digits\n", 1, credentials=LONG, stdin="12;x\n"),
        Row("an option comes before the pipe", "--token <code>", FIRST, calls=(SESSION,), credentials=LONG, after=LONG + "\n" + GOT, stdin="000000\n"),
        Row("too short a duration", "--token <code> --duration 5", VALIDATING + MISSING + RECEIVED + FETCHING.replace("43200", "5") +
            "ERROR - session_duration 5 is not between 900 and 129600\n", 1, credentials=LONG),
        Row("an option that is none", "--frobnicate", "", 2, "*unrecognized arguments: --frobnicate", credentials=LONG),
        Row("a beginning that two have", "--s", "", 2, "*ambiguous option: --s could match --short-term-suffix, --setup", credentials=LONG),
        Row("a value that is missing", "--device", "", 2, "*argument --device: expected one argument", credentials=LONG),
        Row("a value that is an option", "--device --force", "", 2, "*argument --device: expected one argument", credentials=LONG),
        Row("a word", "now", "", 2, "*there is an argument too many", credentials=LONG),
        # Files.
        Row("an inline comment, a %, and CRLF", "--token <code>", FIRST, calls=(SESSION,), credentials=LONG.replace("\n", "\r\n") + "password = 50%\r\n",
            after=LONG.replace("\n", "\r\n") + "password = 50%\r\n\r\n" + GOT.replace("\n", "\r\n")),
        Row("[DEFAULT] is another section", "--token <code>", FIRST, calls=(SESSION,), credentials="[DEFAULT]\nregion = x\n" + LONG,
            after="[DEFAULT]\nregion = x\n" + LONG + "\n" + GOT),
        Row("the region of the short-term section is STS's", "--token <code>",
            VALIDATING + "WARNING - Your existing credentials are missing or invalid, obtaining new credentials.\n" + RECEIVED + FETCHING + SUCCESS,
            calls=(SESSION,), env={"AWS_DEFAULT_REGION": ""}, credentials=LONG + "\n[default]\nregion = eu-west-1\n",
            after=LONG + "\n[default]\nregion = eu-west-1\n" + GOT.split("\n", 1)[1]),
        Row("AWS_PROFILE's config may name the region", "--token <code> --profile default", FIRST, calls=(SESSION,),
            env={"AWS_DEFAULT_REGION": "", "AWS_PROFILE": "west"}, config="[profile west]\nregion = eu-west-1\n", credentials=LONG, after=LONG + "\n" + GOT),
        # One cache.
        Row("what touchsts has, it takes", "", VALIDATING + MISSING + FETCHING + SUCCESS, credentials=LONG,
            after=LONG + "\n" + GOT.replace("[default]", "[default-other]") + "\n" + GOT, first=("--token <code> --short-suffix other",)),
    )

    def test_each_row(self):
        self.run_rows()


class AwsMfaInTime(Case):
    def test_good_ones_stay_until_the_last_second(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            for seconds in (2, 7200):
                old = held(seconds)
                credentials.write_text(LONG.replace("<id>", "AKIA1").replace("<secret>", "s").replace("<serial>", where.serial) + old)
                until = old.split("expiration = ")[1].strip()
                done = where.run("aws-mfa")
                self.assertRegex(done.stdout, r"\AINFO - Validating credentials for profile: default \nINFO - Your credentials are still valid for "
                                 rf"\d+\.\d+ seconds they will expire at {until}\n\Z")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(where.service.count(), 0)

    def test_help_is_on_stdout_even_without_files(self):
        with place() as where:
            (where.home / ".aws/credentials").unlink()
            for flag in ("-h", "--help"):
                done = where.run("aws-mfa", flag)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("usage: aws-mfa", done.stdout)
                self.assertIn("--long-term-suffix, --long-suffix TEXT", done.stdout)

    def test_a_code_is_blanked_in_the_arguments(self):
        """Nobody who lists processes sees it."""
        with place() as where:
            def slow(_request):
                time.sleep(3)
            where.service.faults.append(slow)
            credentials = where.home / ".aws/credentials"
            credentials.write_text(LONG.replace("<id>", where.user.access_key_id).replace("<secret>", where.user.secret).replace("<serial>", where.serial))
            code = where.service.fresh_code(where.user)
            with subprocess.Popen([BINARY, "aws-mfa", "--token", code], env=where.environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as run:
                run.stdout.readline()
                with open(f"/proc/{run.pid}/cmdline", "rb") as line:
                    self.assertEqual(line.read(), f"{BINARY}\0aws-mfa\0--token\0xxxxxx\0".encode())
                run.communicate()
            self.assertEqual(run.returncode, 0)

    def test_a_code_that_comes_late_by_a_pipe(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            credentials.write_text(LONG.replace("<id>", where.user.access_key_id).replace("<secret>", where.user.secret).replace("<serial>", where.serial))
            code = where.service.fresh_code(where.user)
            with subprocess.Popen([BINARY, "aws-mfa"], env=where.environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
                                  start_new_session=True) as run:
                time.sleep(0.5)
                run.stdin.write(code[:3])
                run.stdin.flush()
                time.sleep(0.2)
                out, _ = run.communicate(code[3:] + "\nmore")
            self.assertIn("INFO - Success!", out)
            self.assertEqual(run.returncode, 0)
