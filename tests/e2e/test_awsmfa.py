"""awsmfa (reusabit), by symlink or as `touchsts awsmfa`: one row for each thing that a script could depend on."""
from dialect import Row, Table

CONFIG = "[temp]\nsource_profile = perm\n[perm]\nmfa_serial = <serial>\nuser_arn = arn:aws:iam::123456789012:user/ada\n"
PERM = "[perm]\naws_access_key_id = <id>\naws_secret_access_key = <secret>\n"
GOT = "[temp]\naws_access_key_id = <key id>\naws_secret_access_key = <secret key>\naws_session_token = <token>\n"
OLD = "[temp]\naws_access_key_id = ASIAOLD\naws_secret_access_key = old\naws_session_token = oldtoken\n"
LOGIN = "--profile temp login --token-code <code>"
CREATING = "Creating temp profile section [temp]\n"
SESSION = ("GetSessionToken", {"SerialNumber": "<serial>", "TokenCode": "<code>"})


def login(says, argv=LOGIN, out="", calls=(SESSION,), credentials=PERM + "\n" + OLD, after=PERM + "\n" + GOT, config=CONFIG, **more):
    return Row(says, argv, out, calls=calls, credentials=credentials, after=after, config=config, **more)


def refused(says, out, argv=LOGIN, credentials=PERM, config=CONFIG, code=1, **more):
    return Row(says, argv, out, code, credentials=credentials, config=config, **more)


class Awsmfa(Table):
    program = "awsmfa"
    rows = (
        login("login writes the section, and says nothing"),
        login("a section that is missing is made", out=CREATING, credentials=PERM),
        login("as a command of touchsts", "awsmfa " + LOGIN, program="touchsts"),
        login("by a path", program="/opt/awsmfa"),
        login("--token-code=", "--profile=temp login --token-code=<code>"),
        login("the beginning of a name will do", "--prof temp login --tok <code>"),
        login("AWS_PROFILE", "login --token-code <code>", env={"AWS_PROFILE": "temp"}),
        login("AWS_DEFAULT_PROFILE", "login --token-code <code>", env={"AWS_DEFAULT_PROFILE": "temp"}),
        login("AWS_PROFILE comes first", "login --token-code <code>", env={"AWS_PROFILE": "temp", "AWS_DEFAULT_PROFILE": "x"}),
        login("--profile comes before both", env={"AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": "y"}),
        login("sections of the config may have their prefix",
              config=CONFIG.replace("[temp]", "[profile temp]").replace("[perm]", "[profile perm]")),
        login("other keys of the section stay, and comments", credentials="# top\n" + PERM + "\n; mine\n" + OLD + "region = x\n# end\n",
              after="# top\n" + PERM + "\n; mine\n" + GOT + "region = x\n# end\n"),
        login("sections around it stay, byte for byte", credentials="[a]\nx=1\n\n\n" + OLD + "\n[b]\n  \ny : = 2\n" + PERM,
              after="[a]\nx=1\n\n\n" + GOT + "\n[b]\n  \ny : = 2\n" + PERM),
        login("lines end as they did", credentials=(PERM + "\n" + OLD).replace("\n", "\r\n"), after=(PERM + "\n" + GOT).replace("\n", "\r\n")),
        login("a % in a value", credentials=PERM + "password = 50%\n\n" + OLD, after=PERM + "password = 50%\n\n" + GOT),
        login("a % in the config", config=CONFIG + "[other]\nx = %(y)s\n"),
        login("a last line without an end", credentials=PERM + "\n" + OLD.rstrip("\n")),
        login("--duration-seconds", LOGIN + " -- --duration-seconds 900", calls=(("GetSessionToken", SESSION[1] | {"DurationSeconds": "900"}),)),
        login("--duration-seconds=", LOGIN + " -- --duration-seconds=900", calls=(("GetSessionToken", SESSION[1] | {"DurationSeconds": "900"}),)),
        login("--region", LOGIN + " -- --region eu-west-1"),
        login("--endpoint-url", LOGIN + " -- --endpoint-url <origin>", env={"AWS_ENDPOINT_URL_STS": ""}),
        login("nothing behind --", LOGIN + " --"),
        login("the region of the config", env={"AWS_DEFAULT_REGION": ""}, config=CONFIG + "region = eu-west-1\n"),
        login("AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE do not count",
              env={"AWS_CONFIG_FILE": "<home>/none", "AWS_SHARED_CREDENTIALS_FILE": "<home>/none"}),
        login("every login asks STS", first=(LOGIN,), after=PERM + "\n" + GOT),
        login("AWS_ACCESS_KEY_ID in the environment does not count", env={"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "x"}),
        login("temp and perm may have one name in part", "--profile temp-x login --token-code <code>",
              credentials=PERM + "\n" + OLD.replace("[temp]", "[temp-x]"), after=PERM + "\n" + GOT.replace("[temp]", "[temp-x]"),
              config=CONFIG.replace("[temp]", "[temp-x]")),
        # Checks, in their order.
        refused("no profile", "Profile not specified and not provided in environment variable.\n"
                "usage: awsmfa [--profile PROFILE] login --token-code CODE [-- ARGUMENTS]\n       awsmfa [--profile PROFILE] logout\n\n"
                "Puts temporary credentials into ~/.aws/credentials. ARGUMENTS: --duration-seconds, --region, --endpoint-url.\n\n",
                "login --token-code <code>"),
        refused("the temp profile is not in the config", "The specified temp profile [temp] is not present in the config file\n", config="[perm]\nx = 1\n"),
        refused("no config", "The specified temp profile [temp] is not present in the config file\n", config=None),
        refused("a section of the credentials is none of the config", "The specified temp profile [temp] is not present in the config file\n",
                config="[perm]\nx = 1\n", credentials=PERM + OLD),
        refused("no source_profile", "The specified temp profile [temp] does not contain a source_profile setting.\n", config="[temp]\nx = 1\n"),
        refused("no perm profile", "The perm profile [perm] specified by the source_profile setting is not present in the config file.\n",
                config="[temp]\nsource_profile = perm\n"),
        refused("no mfa_serial", "The perm profile [perm] does not contain the mfa_serial setting.\n",
                config=CONFIG.replace("mfa_serial", "mfa_seria")),
        refused("no user_arn", "The perm profile [perm] does not contain the user_arn setting.\n", config=CONFIG.replace("user_arn", "user_ar")),
        refused("perm is called otherwise in the credentials", "The credentials file does not contain the perm profile [perm] section.\n",
                credentials=PERM.replace("[perm]", "[permanent]")),
        refused("no credentials file", "The credentials file does not contain the perm profile [perm] section.\n", credentials=None),
        # Usage.
        Row("no command", "", config=CONFIG, credentials=PERM),
        Row("no command, though a profile", "--profile temp", config=CONFIG, credentials=PERM),
        refused("an empty token code", "", "--profile temp login --token-code ''", code=2, credentials=PERM + OLD,
                err="*argument --token-code: no code was given"),
        refused("no token code", "", "--profile temp login", code=2, err="*the following arguments are required: --token-code"),
        refused("another command", "", "--profile temp logoff", code=2, err="*argument command: invalid choice (choose from 'login', 'logout')"),
        refused("two commands", "", "login logout --token-code <code>", code=2, err="*argument command: invalid choice (choose from 'login', 'logout')"),
        refused("another option", "", "--frob login", code=2, err="*unrecognized arguments: --frob"),
        *(refused(f"{word} is not passed on", "", f"{LOGIN} -- {word}", code=2,
                  err="*of the arguments after --, only --duration-seconds, --region and --endpoint-url are taken: unrecognized arguments")
          for word in ("--debug", "--no-verify-ssl", "--query Credentials", "--output text", "word", "--profile perm")),
        refused("a duration that is no number", "", LOGIN + " -- --duration-seconds 1h", code=2, err="*invalid int value"),
        # Errors.
        refused("a shell would run this code", "", "--profile temp login --token-code '1;touch <home>/ran'", credentials=PERM + OLD,
                err="*an MFA code is six digits"),
        refused("a wrong code", "", "--profile temp login --token-code 000000", credentials=PERM + OLD, err="*AccessDenied",
                calls=(("GetSessionToken", SESSION[1] | {"TokenCode": "000000"}),)),
        refused("a key that STS does not know", "", credentials=PERM.replace("<secret>", "wrong") + OLD, err="*SignatureDoesNotMatch", calls=(SESSION,)),
        refused("perm has no secret key", "", credentials="[perm]\naws_access_key_id = <id>\n" + OLD, err="*no aws_secret_access_key"),
        refused("a credentials file that is none", "", credentials="nonsense\n", err="*line 1: a property before any section"),
        refused("a config file that is none", "", config="[temp\n", err="*line 1: the section header has no ']'"),
        refused("two sections of a name", "", credentials=PERM + OLD + OLD, err="*there are two sections [temp]"),
        refused("long-term keys in the section are not lost", "", credentials=PERM + "[temp]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n",
                err="*holds long-term keys, which would be lost"),
        refused("too short a session", "", LOGIN + " -- --duration-seconds 5", credentials=PERM + OLD, err="*session_duration 5 is not between 900 and 129600"),
        refused("another region's name", "", LOGIN + " -- --region 'eu west'", credentials=PERM + OLD, err="*eu west"),
        refused("an endpoint that nobody allowed", "", LOGIN + " -- --endpoint-url https://evil.example", credentials=PERM + OLD, err="*allowed_endpoints"),
        # logout
        Row("logout takes the three keys out, the section stays", "--profile temp logout", credentials=PERM + OLD + "region = x\n", config=CONFIG,
            after=PERM + "[temp]\nregion = x\n"),
        Row("also when nothing else is in it", "--profile temp logout", credentials=OLD + "\n" + PERM, config=CONFIG, after="[temp]\n\n" + PERM),
        Row("expiry and old token are other keys", "--profile temp logout", credentials=OLD + "expiration = x\naws_security_token = y\n", config=CONFIG,
            after="[temp]\nexpiration = x\naws_security_token = y\n"),
        Row("what is out already", "--profile temp logout", credentials=PERM + "[temp]\n", config=CONFIG),
        Row("no config is needed", "--profile temp logout", credentials=OLD, after="[temp]\n"),
        Row("AWS_PROFILE", "logout", env={"AWS_PROFILE": "temp"}, credentials=OLD, after="[temp]\n"),
        refused("no such section", "The credentials file does not have the specified temp profile [temp]\n", "--profile temp logout"),
        refused("no credentials file at logout", "The credentials file does not have the specified temp profile [temp]\n", "--profile temp logout", credentials=None),
        refused("logout leaves long-term keys", "", "--profile perm logout", err="*holds long-term keys, which stay"),
    )

    def test_each_row(self):
        with self.surroundings() as where:
            for row in self.rows:
                with self.subTest(row.says, argv=row.argv):
                    self.check(where, row)
            self.assertFalse((where.home / "ran").exists())
        print(f"{self.program}: {len(self.rows)} cases", flush=True)
