"""The endpoint that SDKs ask: `touchsts serve` and `touchsts exec --serve`."""
import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from support import BINARY, Case, place, processes_with, wait_for, without_seccomp

BOTO = ("import boto3, json, os, sys, time\n"
        "session = boto3.Session()\n"
        "client = session.client('sts', endpoint_url=os.environ['AWS_ENDPOINT_URL_STS'])\n"
        "until = time.monotonic() + float(sys.argv[1])\n"
        "while time.monotonic() < until:\n"
        "    client.get_caller_identity()\n"
        "    print(session.get_credentials().get_frozen_credentials().access_key, flush=True)\n"
        "    time.sleep(0.2)\n")
ASK = "import os, urllib.request as u; print(u.urlopen(u.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'], headers={'Authorization': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']})).read().decode())"


def ask(url, token="", method="GET"):
    """Status and body of one request."""
    request = urllib.request.Request(url, headers={"Authorization": token} if token else {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


# What must not count as asking: method, path, whether the token is right, Host ("" is the right one, None is no header).
STRANGERS = {401: [("GET", "/", False, ""), ("POST", "/", False, ""), ("GET", "/other", False, "evil.example")],
             404: [("GET", "/other", True, ""), ("POST", "/", True, ""), ("HEAD", "/", True, ""), ("OPTIONS", "/", True, "")],
             421: [("GET", "/", True, "evil.example"), ("GET", "/", True, "127.0.0.1.evil.example:80"), ("GET", "/", True, None)]}


def raw(served, method, path, token, host=""):
    """The status of a request that no library makes better."""
    lines = [f"{method} {path} HTTP/1.1", *([] if host is None else [f"Host: {host or f'127.0.0.1:{served.port}'}"]), *([f"Authorization: {token}"] if token else [])]
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.makefile("rb").readline().split()[1])


class Served:
    """A running `touchsts serve`."""

    def __init__(self, process, settings):
        self.process = process
        self.settings = settings
        self.url = settings["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    @property
    def token(self):
        file = self.settings.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        return pathlib.Path(file).read_text() if file else self.settings["AWS_CONTAINER_AUTHORIZATION_TOKEN"]

    def ask(self):
        return ask(self.url, self.token)

    def closed(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


@contextlib.contextmanager
def serve(where, *arguments, **environment):
    process = subprocess.Popen([BINARY, "serve", "--format", "json", *arguments], env=where.environment | environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.stderr.read())
        yield Served(process, json.loads(line))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def sockets():
    """proc_net_tcp(5), a list of fields for each socket; 0A is the state LISTEN."""
    return [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]


def target(link):
    try:
        return os.readlink(link)
    except OSError:  # it has gone meanwhile
        return ""


def answering(served):
    """The process that listens."""
    inode = next(line[9] for line in sockets() if line[1].endswith(f":{served.port:04X}") and line[3] == "0A")
    found = {int(entry.parts[2]) for entry in pathlib.Path("/proc").glob("[0-9]*/fd/*") if target(entry) == f"socket:[{inode}]"}
    assert len(found) == 1, found
    return found.pop()


def short_lived(where, profile="plain"):
    """Credentials last 85 s, and are to be replaced when they have 80 s left."""
    own = where.home / ".config/touchsts/config.toml"
    own.write_text(own.read_text() + f'[profile.{profile}]\nduration_seconds = 900\nmin_ttl = 60\n')
    where.service.duration_override = 85


class Endpoint(Case):
    unit_per_test = True

    def test_the_answer_is_what_sdks_want_and_only_for_the_token(self):
        with place() as where, serve(where, "--profile", "plain") as served:
            status, answer = served.ask()
            self.assertEqual((status, answer["Code"]), (200, "Success"))
            self.assertEqual(sorted(answer), ["AccessKeyId", "AccountId", "Code", "Expiration", "SecretAccessKey", "Token"])
            self.assertEqual(len(served.token), 64)
            for token in ("", "wrong", served.token[:-1], served.token + "x", served.token.upper(), "Bearer " + served.token):
                status, answer = ask(served.url, token)
                self.assertEqual((status, answer["code"]), (401, "Unauthorized"), token)
                self.assertNotIn("SecretAccessKey", answer)
            self.assertEqual(ask(served.url + "other", served.token)[0], 404)
            self.assertEqual(ask(served.url, served.token, "POST")[0], 404)
            self.assertEqual(ask(served.url + "other", "wrong")[0], 401)

    def test_nobody_but_this_machine_reaches_it(self):
        with place() as where, serve(where, "--profile", "plain") as served:
            listening = [line[1] for line in sockets() if line[1].endswith(f":{served.port:04X}") and line[3] == "0A"]
            self.assertEqual(listening, [f"0100007F:{served.port:04X}"])

    def test_the_port_is_closed_on_exit(self):
        with place() as where:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
                with serve(where, "--profile", "plain") as served:
                    self.assertEqual(served.ask()[0], 200)
                    served.process.send_signal(number)
                    served.process.wait(10)
                    wait_for(served.closed, 2)

    def test_a_port_that_is_taken_is_one_clear_line(self):
        with place() as where, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assert_fails(where.run("serve", "--profile", "plain", "--port", str(port)), 3, f"port {port}", "choose another --port")
            self.assertEqual(where.service.count(), 0)  # nobody was bothered in vain

    def test_what_is_printed_is_for_a_shell(self):
        with place() as where:
            script = f'{shlex.quote(BINARY)} serve --profile plain > settings & until [ -s settings ]; do sleep 0.1; done; . ./settings; kill $!; env'
            done = subprocess.run(["bash", "-c", script], env=where.environment, cwd=where.folder, capture_output=True, text=True, timeout=60, start_new_session=True)
            self.assertRegex(done.stdout, r"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127\.0\.0\.1:\d+/\n")
            self.assertRegex(done.stdout, r"AWS_CONTAINER_AUTHORIZATION_TOKEN=[0-9a-f]{64}\n")
            self.assertIn("AWS_REGION=us-east-1\n", done.stdout)

    def test_standard_output_ends_when_everything_is_printed(self):
        with place() as where:
            script = f'eval "$({shlex.quote(BINARY)} serve --profile plain & echo server=$!)"; python3 -c {shlex.quote(ASK)}; kill $server'
            done = subprocess.run(["bash", "-c", script], env=where.environment, capture_output=True, text=True, timeout=60, start_new_session=True)
            self.assertIn('"Token"', done.stdout, done.stderr)

    def test_boto3_and_the_aws_cli_go_on_through_a_rotation(self):
        with place() as where:
            short_lived(where)
            with serve(where, "--profile", "plain") as served:
                environment = where.environment | served.settings
                boto = subprocess.Popen(["/usr/bin/python3", "-c", BOTO, "12"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                identities = set()
                while boto.poll() is None:
                    done = subprocess.run(["/usr/bin/aws", "sts", "get-caller-identity", "--endpoint-url", environment["AWS_ENDPOINT_URL_STS"]],
                                          env=environment, capture_output=True, text=True, timeout=60)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    identities.add(json.loads(done.stdout)["UserId"])
                out, err = boto.communicate(timeout=60)
                self.assertEqual(boto.returncode, 0, err)
                keys = out.split()
                self.assertGreater(len(keys), 10)
                self.assertGreaterEqual(len(set(keys)), 2)
                # In order, and each for a while: it is the endpoint that renews, not each request.
                self.assertEqual(len([key for before, key in zip(keys, keys[1:]) if key != before]), len(set(keys)) - 1)
                self.assertLessEqual(where.service.count("AssumeRole"), 4)

    def test_the_token_in_a_file_is_renewed_with_the_credentials_and_the_last_one_still_opens(self):
        with place() as where:
            short_lived(where)
            runtime = where.folder / "runtime"
            runtime.mkdir(mode=0o700)
            file = runtime / "token"
            with serve(where, "--profile", "plain", "--token-file", str(file)) as served:
                self.assertEqual(served.settings["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"], str(file))
                self.assertNotIn("AWS_CONTAINER_AUTHORIZATION_TOKEN", served.settings)
                self.assertEqual(file.stat().st_mode & 0o777, 0o600)
                tokens = [file.read_text()]
                first = served.ask()[1]
                while len(tokens) < 3:
                    token = wait_for(lambda: file.read_text() != tokens[-1] and file.read_text(), 60)
                    self.assertEqual(ask(served.url, token)[0], 200)
                    self.assertEqual(ask(served.url, tokens[-1])[0], 200)
                    tokens.append(token)
                self.assertEqual(ask(served.url, tokens[0])[0], 401)
                self.assertNotEqual(first["AccessKeyId"], served.ask()[1]["AccessKeyId"])

    def test_the_token_file_goes_when_serve_ends(self):
        with place() as where:
            runtime = where.folder / "runtime"
            runtime.mkdir(mode=0o700)
            file = runtime / "token"
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU,
                           signal.SIGXFSZ, signal.SIGVTALRM, signal.SIGPROF, signal.SIGPOLL):
                with serve(where, "--profile", "plain", "--token-file", str(file)) as served:
                    self.assertEqual(served.ask()[0], 200)
                    served.process.send_signal(number)
                    self.assertEqual(served.process.wait(10), -number)
                    self.assertEqual(list(runtime.iterdir()), [], number)
            with serve(where, "--profile", "plain", "--token-file", str(file)) as served:
                os.kill(answering(served), signal.SIGKILL)
                self.assertEqual(served.process.wait(10), 0)
                self.assertEqual(list(runtime.iterdir()), [])

    def test_a_token_file_that_is_another_by_then_stays(self):
        with place() as where:
            runtime = where.folder / "runtime"
            runtime.mkdir(mode=0o700)
            file = runtime / "token"
            with serve(where, "--profile", "plain", "--token-file", str(file)) as first, serve(where, "--profile", "plain", "--token-file", str(file)) as second:
                first.process.terminate()
                first.process.wait(10)
                self.assertEqual(second.ask()[0], 200)
                file.unlink()
                file.write_text("somebody else's")
            self.assertEqual(file.read_text(), "somebody else's")

    def test_the_token_file_goes_also_while_a_code_is_waited_for(self):
        with place() as where:
            runtime = where.folder / "runtime"
            runtime.mkdir(mode=0o700)
            program = where.folder / "code"
            program.write_text(f"#!/bin/sh\nuntil cat {where.folder}/digits 2>&-; do sleep 0.2; done\n")
            program.chmod(0o755)
            own = where.home / ".config/touchsts/config.toml"
            own.write_text(own.read_text() + f'[defaults]\nmfa_process = "{program}"\n')
            where.service.duration_override = 8
            (where.folder / "digits").write_text(where.service.fresh_code(where.user))
            with serve(where, "--profile", "ops", "--token-file", str(runtime / "token")) as served:
                (where.folder / "digits").unlink()
                time.sleep(2)  # the first attempt, without a person, is over
                served.ask()
                wait_for(lambda: processes_with(program))
                served.process.terminate()
                served.process.wait(10)
                self.assertEqual(list(runtime.iterdir()), [])
            (where.folder / "digits").write_text("")  # the program ends

    def test_a_token_file_must_lie_where_nobody_else_can_read_it(self):
        with place() as where:
            (where.folder / "open").mkdir(mode=0o755)
            self.assert_fails(where.run("serve", "--profile", "plain", "--token-file", str(where.folder / "open/token")), 3, "--token-file")
            self.assert_fails(where.run("serve", "--profile", "plain", "--token-file", "token"), 2, "absolute path")

    def test_strangers_who_say_nothing_are_in_nobodys_way(self):
        with place() as where, serve(where, "--profile", "plain") as served, contextlib.ExitStack() as stack:
            for number in range(200):
                idle = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=60))
                if number % 2:
                    idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            for _ in range(5):
                start = time.monotonic()
                self.assertEqual(served.ask()[0], 200)
                self.assert_took(time.monotonic() - start, 1.5)

    def test_rubbish_does_not_end_it(self):
        with place() as where, serve(where, "--profile", "plain") as served:
            token = served.token.encode()
            for rubbish in (b"\0" * 30000, b"GET\r\n\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
                            b"GET / HTTP/1.1\r\nAuthorization: " + token + b"\r\nContent-Length: 99999999999\r\n\r\n",
                            b"GET / HTTP/1.1\r\nAuthorization: " + token + b"\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
                            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
                            b"GET / HTTP/1.1\r\nAuthorization: " + token + b"\r\nRange: bytes=-5,7-3,99999999999999999999-\r\n\r\n",
                            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", b"\xff\xfe\x80GET / HTTP/1.1\r\n\r\n"):
                with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
                    with contextlib.suppress(OSError):
                        connection.sendall(rubbish)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(65536):
                            pass
                self.assertEqual(served.ask()[0], 200, rubbish[:40])

    def test_two_hundred_at_once(self):
        with place() as where, serve(where, "--profile", "plain") as served:
            answers = []
            threads = [threading.Thread(target=lambda: answers.append(served.ask())) for _ in range(200)]
            start = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assert_took(time.monotonic() - start, 8)
            self.assertEqual(len(answers), 200)
            self.assertEqual({(status, answer["AccessKeyId"]) for status, answer in answers}, {(200, answers[0][1]["AccessKeyId"])})
            self.assertEqual(where.service.count("AssumeRole"), 1)

    def test_it_goes_on_after_the_machine_slept(self):
        with place() as where, serve(where, "--profile", "plain") as served:
            worker = answering(served)
            for _ in range(3):
                for process in (worker, served.process.pid):
                    os.kill(process, signal.SIGSTOP)  # as the kernel does before it suspends: waiting calls are made again
                time.sleep(0.2)
                for process in (worker, served.process.pid):
                    os.kill(process, signal.SIGCONT)
                time.sleep(0.2)
                self.assertEqual(served.ask()[0], 200)

    def test_the_process_that_answers_can_do_nothing_else(self):
        with place() as where, serve(where, "--profile", "plain") as served:
            worker = answering(served)
            self.assertNotEqual(worker, served.process.pid)
            status = pathlib.Path(f"/proc/{worker}/status")
            wait_for(lambda: "Seccomp:\t2" in status.read_text(), 5)  # it has only just begun, perhaps
            self.assertIn("NoNewPrivs:\t1", status.read_text())
            # Nothing is open but its sockets, the owner's pidfd and what stands for the standard streams.
            kinds = {os.readlink(entry) for entry in pathlib.Path(f"/proc/{worker}/fd").iterdir()}
            self.assertEqual({re.sub(r":\[.*", "", kind) for kind in kinds}, {"/dev/null", "socket", "anon_inode"})

    def test_without_a_sandbox_it_says_so_and_the_doctor_sees_it(self):
        no_filters = without_seccomp()
        with place() as where:
            self.assertIn("ok       sandbox: ", where.run("doctor").stdout)
            done = where.run("doctor", preexec_fn=no_filters)
            self.assertIn("note     sandbox: system calls cannot be filtered here, so pages of SAML sign-ins are not read", done.stdout)
            self.assertIn("note     sandbox: the endpoint of touchsts serve runs without a sandbox here", done.stdout)
            self.assertNotIn("ok       sandbox", done.stdout)
            done = where.run("doctor", preexec_fn=no_filters, environment={"TOUCHSTS_SANDBOX": "0"})
            self.assertIn("are read without a sandbox (TOUCHSTS_SANDBOX=0)", done.stdout)
            log = where.folder / "log"
            where.run("exec", "--serve", "--profile", "plain", "--log-file", str(log), "--", "true", preexec_fn=no_filters)
            self.assertIn("endpoint: it runs without a sandbox", log.read_text())


class Renewal(Case):
    def test_a_dead_sts_leaves_what_is_good_and_says_why_when_it_is_not(self):
        with place() as where:
            where.service.duration_override = 8
            with serve(where, "--profile", "plain") as served:
                status, first = served.ask()
                self.assertEqual(status, 200)
                where.service.faults += [lambda request: (503, [], b"<Error/>")] * 1000
                wait_for(lambda: served.ask()[0] != 200, 20)
                status, answer = served.ask()
                self.assertEqual((status, answer["code"]), (503, "NoCredentials"))
                self.assertIn("touchsts login helps", wait_for(lambda: "login" in served.ask()[1]["message"] and served.ask()[1]["message"]))
                self.assertNotIn("SecretAccessKey", answer)

    def test_a_code_is_asked_for_only_when_somebody_wants_credentials(self):
        with place() as where:
            asked = where.folder / "asked"
            program = where.folder / "code"
            program.write_text(f"#!/bin/sh\necho >> {asked}\nexec cat {where.folder}/digits\n")
            program.chmod(0o755)
            own = where.home / ".config/touchsts/config.toml"
            own.write_text(own.read_text() + f'[defaults]\nmfa_process = "{program}"\n[profile.ops]\nduration_seconds = 900\nmin_ttl = 60\n')
            where.service.duration_override = 66  # so that after 6 s the session cannot be built upon any more
            (where.folder / "digits").write_text(where.service.fresh_code(where.user))
            with serve(where, "--profile", "ops") as served:
                self.assertEqual(asked.read_text().count("\n"), 1)
                first = served.ask()[1]
                time.sleep(9)
                self.assertEqual(asked.read_text().count("\n"), 1)
                (where.folder / "digits").write_text(where.service.fresh_code(where.user))
                wait_for(lambda: served.ask()[1]["AccessKeyId"] != first["AccessKeyId"] and where.service.count("GetSessionToken") == 2, 20)
                self.assertEqual(asked.read_text().count("\n"), 2)

    def test_only_who_is_let_in_makes_it_ask_for_a_code(self):
        with place() as where:
            asked = where.folder / "asked"
            program = where.folder / "code"
            program.write_text(f"#!/bin/sh\necho >> {asked}\nexec cat {where.folder}/digits\n")
            program.chmod(0o755)
            own = where.home / ".config/touchsts/config.toml"
            own.write_text(own.read_text() + f'[defaults]\nmfa_process = "{program}"\n')
            where.service.duration_override = 8
            (where.folder / "digits").write_text(where.service.fresh_code(where.user))
            with serve(where, "--profile", "ops") as served:
                token = served.token
                time.sleep(9)  # nothing is good any more
                (where.folder / "digits").write_text(where.service.fresh_code(where.user))
                before = where.service.count()
                for _ in range(3):
                    for status, request in STRANGERS.items():
                        for method, path, shown, host in request:
                            self.assertEqual(raw(served, method, path, shown and token, host), status, (method, path, host))
                    time.sleep(0.5)
                self.assertEqual(asked.read_text().count("\n"), 1)
                self.assertEqual(where.service.count(), before)
                raw(served, "GET", "/", token, "LOCALHOST")
                wait_for(lambda: asked.read_text().count("\n") == 2)
                wait_for(lambda: where.service.count() > before)

    def test_what_another_run_got_is_handed_out(self):
        with place() as where:
            short_lived(where, "ops")
            where.login()
            with serve(where, "--profile", "ops", "--no-prompt") as served:
                where.service.duration_override = None
                fresh = where.run("credential-process", "--profile", "ops", "--renew-session", "--token-code", where.service.fresh_code(where.user))
                self.assertEqual(fresh.returncode, 0, fresh.stderr)
                wait_for(lambda: served.ask()[1]["AccessKeyId"] == json.loads(fresh.stdout)["AccessKeyId"], 40)


class Start(Case):
    def test_it_starts_at_once(self):
        with place() as where:
            where.run("credential-process", "--profile", "plain")
            begin = time.monotonic()
            with serve(where, "--profile", "plain") as served:
                self.assertEqual(served.ask()[0], 200)
                self.assert_took(time.monotonic() - begin, 0.5)  # of which nearly all is this test's own


class Exec(Case):
    def test_the_command_gets_an_endpoint_and_no_credentials(self):
        with place() as where:
            done = where.run("exec", "--serve", "--profile", "plain", "--", "sh", "-c", f"env; python3 -c {shlex.quote(ASK)}",
                             environment={"AWS_PROFILE": "ops", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"})
            self.assertEqual(done.returncode, 0, done.stderr)
            variables = dict(line.split("=", 1) for line in done.stdout.splitlines() if re.match(r"AWS_\w+=", line))
            for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
                self.assertNotIn(name, variables)
            answer = json.loads(done.stdout.strip().splitlines()[-1])
            self.assertIn("Token", answer)

    def test_the_real_clients_use_it(self):
        with place() as where:
            for command in (["/usr/bin/aws", "sts", "get-caller-identity", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"]], ["/usr/bin/python3", "-c", BOTO, "0.1"]):
                other = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/other", "AWS_ROLE_SESSION_NAME": "me"}
                done = where.run("exec", "--serve", "--profile", "plain", "--", *command, environment=other)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(where.service.count("GetCallerIdentity"), 2)

    def test_the_endpoint_ends_with_the_command_and_its_children_are_its_own(self):
        with place() as where:
            # `wait` would never return if a process of ours were the shell's child.
            mark = where.folder / "only-in-its-command-line"
            script = f"# {mark}\nimport os\ntry:\n    os.wait(); print('a child')\nexcept ChildProcessError:\n    print('no child')\nprint(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])"
            done = where.run("exec", "--serve", "--profile", "plain", "--", "python3", "-c", script)
            self.assertEqual(done.stdout.splitlines()[0], "no child", done.stderr)
            port = int(done.stdout.split()[-1].rstrip("/").rsplit(":", 1)[1])

            def closed():
                with socket.socket() as probe:
                    return probe.connect_ex(("127.0.0.1", port)) != 0

            wait_for(closed, 2)
            wait_for(lambda: not processes_with(mark), 3)

    def test_exit_codes_are_the_commands(self):
        with place() as where:
            self.assertEqual(where.run("exec", "--serve", "--profile", "plain", "--", "sh", "-c", "exit 7").returncode, 7)
            self.assertEqual(where.run("exec", "--serve", "--profile", "plain", "--", "/no/such/program").returncode, 127)

    def test_it_goes_on_through_a_rotation(self):
        with place() as where:
            short_lived(where)
            done = where.run("exec", "--serve", "--profile", "plain", "--", "/usr/bin/python3", "-c", BOTO, "10")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreaterEqual(len(set(done.stdout.split())), 2)

    def test_a_default_profile_that_sdks_would_take_first_is_refused(self):
        with place(extra="[default]\ncredential_process = /bin/true\n") as where:
            done = where.run("exec", "--serve", "--profile", "plain", "--", "true")
            self.assert_fails(done, 125, "profile default", "without --serve")
            self.assertEqual(where.service.count(), 0)


if __name__ == "__main__":
    unittest.main()
