"""Other programs' command lines against the native one, and the editor of ~/.aws/credentials."""
from figures import row, spawn
from support import BINARY, place


def cached(program):
    """Each front end, answering from the cache, against credential-process with the same."""
    with place() as where:
        where.environment |= {"AWS_DEFAULT_REGION": "us-east-1", "USER": "ada", "LOGNAME": "ada"}
        keys = f"aws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n"
        credentials = where.home / ".aws/credentials"
        credentials.write_text(f"[base]\n{keys}[default]\n{keys}[work-long-term]\n{keys}aws_mfa_device = {where.serial}\n")
        with open(where.home / ".aws/config", "a") as config:
            config.write(f"[profile vegas]\nvegas_source_profile = base\nvegas_role_arn = {where.role}\nmfa_serial = {where.serial}\n")
        where.login()
        native = [BINARY, "credential-process", "--profile", "ops"]
        seed = ["aws-credential-process", "--mfa-serial-number", where.serial, "--assume-role-arn", where.role]
        given = [*seed, "--access-key-id", where.user.access_key_id, "--secret-access-key", where.user.secret]
        vegas = ["vegas-credentials", "assume", "--profile", "vegas"]
        code = where.service.fresh_code(where.user)
        name = "ada"
        done = where.run("aws-mfa", "--profile", "work", "--assume-role", where.role, "--role-session-name", name, "--token", code)
        assert done.returncode == 0, done.stdout
        where.run(*given)
        with open(where.home / ".aws/config", "a") as config:  # what aws-mfa got is what this one asks for
            config.write(f"role_session_name = {name}\nduration_seconds = 3600\n")
        aws_mfa = ["aws-mfa", "--profile", "work", "--assume-role", where.role]
        for words, what in ((seed, ""), (given, " with a secret key given"), (vegas, ""), (aws_mfa, "")):
            before = where.service.count()
            done = where.run(*words)
            assert done.returncode == 0 and where.service.count() == before, (words, done.stdout, done.stderr)
            (ours, _), (theirs, _) = spawn(program, where, 500, [BINARY, *words], native)
            row(f"{words[0]}{what}, cached, against the native command", f"{ours / theirs:.2f}", "x", "<= 1.2", ours / theirs <= 1.2)


def editing(program):
    with place() as where:
        assert where.run("login", "--profile", "plain").returncode == 0
        with open(where.home / ".aws/credentials", "a") as file:
            for number in range(10_000):
                file.write(f"[team-{number}]\naws_access_key_id = AKIA{number:016}\naws_secret_access_key = {'s' * 40}\nregion = eu-west-1\n\n")
        write = [BINARY, "login", "--profile", "plain", "--write", "short"]
        (took, _), _ = spawn(program, where, 20, write, write)
        row("editing a credentials file of 10,000 sections", f"{took / 1000:.0f}", "ms", "<= 50", took <= 50_000)


def all_figures(program):
    cached(program)
    editing(program)
