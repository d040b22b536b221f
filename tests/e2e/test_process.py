"""The process itself: streams, exit codes, signals, places without anything, and what a hit costs."""
import json
import os
import pathlib
import re
import signal
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import unittest

from support import BINARY, SANITIZED, Case, place, wait_for


class Process(Case):
    def test_a_closed_stdout_is_an_error(self):
        """Of every command that has something to say there; a full one as well."""
        with place() as where:
            where.login()
            commands = (("--help",), ("--version",), ("credential-process", "--profile", "ops"), ("export", "--profile", "ops"), ("login", "--profile", "ops"), ("config", "show"),
                        ("config", "check"), ("config", "explain", "--profile", "ops"), ("cache", "list"), ("cache", "status"), ("migrate",), ("doctor",),
                        ("aws-mfa", "--help"), ("aws-credential-process", "--help"))
            for to in (">&-", ">/dev/full", ">/proc/self/maps"):
                for words in commands:
                    with self.subTest(to=to, words=words):
                        done = subprocess.run(["sh", "-c", f'"$0" "$@" {to}', BINARY, *words], env=where.environment, capture_output=True, text=True, timeout=60,
                                              stdin=subprocess.DEVNULL, start_new_session=True)
                        self.assertNotEqual(done.returncode, 0)
                        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                        self.assertIn("stdout", done.stderr)
            for words, code in ((("exec", "--profile", "ops", "--", "true"), 0), (("exec", "--profile", "ops", "--", "sh", "-c", "exit 7"), 7)):  # these print nothing themselves
                self.assertEqual(subprocess.run(["sh", "-c", '"$0" "$@" >&-', BINARY, *words], env=where.environment, stdin=subprocess.DEVNULL, timeout=60).returncode, code)

    def test_a_code_from_a_file_or_a_descriptor(self):
        with place() as where:
            code = where.home / "code"
            code.write_text(where.service.fresh_code(where.user) + "\n")
            self.assertEqual(where.run("login", "--profile", "ops", "--token-code-file", str(code)).returncode, 0)
            self.assert_fails(where.run("login", "--profile", "ops", "--renew-session", "--token-code-file", "/nope"), 2, "no such file")
            read, write = os.pipe()
            os.write(write, where.service.fresh_code(where.user).encode())
            os.close(write)
            done = where.run("login", "--profile", "ops", "--renew-session", "--token-code-fd", str(read), pass_fds=[read])
            os.close(read)
            self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipIf(SANITIZED, "a dynamic binary has a loader for that")
    @unittest.skipUnless(os.geteuid() == 0, "another process's map needs root")
    def test_relocated_data_is_read_only(self):
        """PT_GNU_RELRO is in force: its pages are r--p."""
        headers = subprocess.run(["readelf", "-lW", BINARY], capture_output=True, text=True, check=True).stdout
        offset, size = (int(number, 16) for number in re.search(r"GNU_RELRO\s+\S+ (0x\w+) \S+ \S+ (0x\w+)", headers).groups())
        with place() as where:
            read, write = os.pipe()
            process = subprocess.Popen([BINARY, "login", "--profile", "ops", "--token-code-fd", str(read)], env=where.environment, pass_fds=[read], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                maps = pathlib.Path(f"/proc/{process.pid}/maps")
                wait_for(lambda: BINARY in maps.read_text() and pathlib.Path(f"/proc/{process.pid}/wchan").read_text() not in ("", "0"))
                spans = [(*(int(number, 16) for number in line.split()[0].split("-")), line.split()[1]) for line in maps.read_text().splitlines()]
                base = min(begin for begin, _, _ in spans if any(BINARY in line and f"{begin:x}-" in line for line in maps.read_text().splitlines()))
                page = os.sysconf("SC_PAGESIZE")
                inside = [rights for begin, end, rights in spans if begin < (base + offset + size) // page * page and end > (base + offset) // page * page]
                self.assertEqual(set(inside), {"r--p"}, maps.read_text())
            finally:
                os.close(write)
                os.close(read)
                process.wait(10)

    def test_mfa_process_is_run_without_a_shell_and_cancelled_in_time(self):
        with place() as where:
            config = where.home / ".aws/config"
            text = config.read_text()
            helper = where.home / "helper"
            helper.write_text("#!/bin/sh\n[ \"$1\" = '$(id)' ] || exit 9\nprintf '%s\\n' \"$(cat \"$HOME/code\")\"\n")
            helper.chmod(0o700)
            (where.home / "code").write_text(where.service.fresh_code(where.user))
            config.write_text(text.replace("[profile plain]", f"mfa_process = {helper} $(id)\n[profile plain]"))
            done = where.run("credential-process", "--profile", "ops")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr, "")
            for body, code, part in [("exec sleep 60", 6, "in time"), ("exit 3", 1, "exit status 3"), ("kill -9 $$", 1, "signal 9"),
                                     ("head -c 9999 /dev/zero", 8, "more than"), ("echo 12", 2, "six digits")]:
                helper.write_text(f"#!/bin/sh\n{body}\n")
                start = time.monotonic()
                self.assert_fails(where.run("login", "--profile", "ops", "--renew-session", "--timeout", "2"), code, part)
                self.assert_took(time.monotonic() - start, 3, awaited=2)
            config.write_text(text.replace("[profile plain]", "mfa_process = /no/such/program\n[profile plain]"))
            self.assert_fails(where.run("login", "--profile", "ops", "--renew-session"), 3, "cannot be run")

    def test_a_command_is_not_looked_for_in_the_current_folder(self):
        with place() as where:
            config = where.home / ".aws/config"
            text = config.read_text()
            here = where.folder / "here"
            (here / "bin").mkdir(parents=True)
            for name in ("code", "bin/code"):
                (here / name).write_text(f"#!/bin/sh\ntouch {where.folder}/ran\necho 123456\n")
                (here / name).chmod(0o755)
            login = ("login", "--profile", "ops")
            for command in ("./code", "bin/code", "'./code' x"):
                config.write_text(text.replace("[profile plain]", f"mfa_process = {command}\n[profile plain]"))
                self.assert_fails(where.run(*login, cwd=here), 3, "depends on the current folder", "give the full path, one that begins with ~/, or a name that is found in PATH")
                self.assertIn("depends on the current folder", where.run("config", "check", cwd=here).stdout)
            config.write_text(text.replace("[profile plain]", "mfa_process = code\n[profile plain]"))
            for path in ("", ":", ".", "bin", "/none::bin:", ":/usr/bin"):
                self.assert_fails(where.run(*login, cwd=here, environment={"PATH": path}), 3, "cannot be run")
            self.assertFalse((where.folder / "ran").exists())
            home = where.home / "code"
            home.write_text(f"#!/bin/sh\necho {where.service.fresh_code(where.user)}\n")
            home.chmod(0o700)
            config.write_text(text.replace("[profile plain]", "mfa_process = ~/code\n[profile plain]"))
            self.assertIn(str(home), where.run("config", "explain", "--profile", "ops", cwd=here).stdout)
            self.assertEqual(where.run(*login, cwd=here).returncode, 0)

    def test_an_invisible_sign_in_the_name_of_a_key_stops_the_run(self):
        with place() as where:
            config = where.home / ".aws/config"
            text = config.read_text()
            config.write_text(text.replace("mfa_serial =", "\u200bmfa_serial =").replace("mfa_serial=", "\u200bmfa_serial="))
            self.assertIn("\u200b", config.read_text())
            self.assert_fails(where.run("credential-process", "--profile", "ops"), 3, f"{config} line ", "looks like mfa_serial, but has other characters in it")
            self.assertEqual(where.service.count(), 0)

    def test_a_code_that_took_its_time_finds_the_early_connection_closed(self):
        for tls in (True, False):
            with self.subTest(tls=tls), place(tls=tls) as where:
                where.server.patience = 0.5
                config = where.home / ".aws/config"
                helper = where.home / "helper"
                helper.write_text(f"#!/bin/sh\nsleep 1.5\necho {where.service.fresh_code(where.user)}\n")
                helper.chmod(0o700)
                config.write_text(config.read_text().replace("[profile plain]", f"mfa_process = {helper}\n[profile plain]"))
                done = where.run("credential-process", "--profile", "ops")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(where.service.count("GetSessionToken"), 1)

    def test_exec_passes_exit_code_signals_and_environment(self):
        with place() as where:
            where.login()
            done = where.run("exec", "--profile", "ops", "--", "sh", "-c", "env; exit 42",
                             environment={"AWS_PROFILE": "x", "AWS_SECURITY_TOKEN": "old", "AWS_WEB_IDENTITY_TOKEN_FILE": "/x", "AWS_ROLE_ARN": "x", "KEEP": "1"})
            self.assertEqual(done.returncode, 42)
            found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
            self.assertTrue(found["AWS_ACCESS_KEY_ID"].startswith("ASIA"))
            self.assertEqual(found["KEEP"], "1")
            self.assertEqual(found["AWS_REGION"], "us-east-1")
            for name in ("AWS_PROFILE", "AWS_SECURITY_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "TOUCHSTS_KEY_FILE"):
                self.assertNotIn(name, found)
            self.assertEqual(where.run("exec", "--profile", "ops", "--", "sh", "-c", "kill -TERM $$").returncode, -signal.SIGTERM)
            self.assert_fails(where.run("exec", "--profile", "ops", "--", "/no/such"), 127)
            self.assert_fails(where.run("exec", "--profile", "ops", "--", "/etc/passwd"), 126)
            self.assert_fails(where.run("exec", "--profile", "nope", "--", "true"), 125)

    def test_children_start_with_what_we_found(self):
        with place() as where:
            where.login()
            script = "import os, resource, signal; print(oct(os.umask(0)), resource.getrlimit(resource.RLIMIT_CORE)[0], signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)"
            done = where.run("exec", "--profile", "ops", "--", "/usr/bin/python3", "-c", script, preexec_fn=lambda: os.umask(0o027))
            self.assertTrue(done.stdout.startswith("0o27 "), done.stdout)
            # A pipeline whose reader leaves: the writer must die of SIGPIPE as without us.
            done = subprocess.run(["bash", "-c", f"{BINARY} exec --profile ops -- yes | head -n 1; echo ${{PIPESTATUS[0]}}"], env=where.environment,
                                  capture_output=True, text=True, timeout=60, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
            self.assertEqual(done.stdout, "y\n141\n")

    def test_a_reader_that_left_still_leaves_a_filled_cache(self):
        with place() as where:
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([BINARY, "credential-process", "--profile", "ops", "--token-code", where.service.fresh_code(where.user)],
                                  env=where.environment, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
            os.close(write)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Broken pipe", done.stderr)
            self.assertEqual(where.run("credential-process", "--profile", "ops", "--no-prompt").returncode, 0)

    def test_closed_standard_descriptors(self):
        with place() as where:
            where.login()
            done = subprocess.run(["bash", "-c", f"{BINARY} credential-process --profile ops <&- 2>&-"], env=where.environment, capture_output=True, text=True, timeout=60)
            self.assertEqual(json.loads(done.stdout)["Version"], 1)
            done = subprocess.run(["bash", "-c", f"{BINARY} credential-process --profile ops >&-; echo $? >&2"], env=where.environment, capture_output=True, text=True, timeout=60)
            self.assertIn(done.stderr.splitlines()[-1], ("0", "1"))

    @unittest.skipIf(SANITIZED, "the sanitized binary is larger and not static")
    def test_an_empty_root_without_dev_and_proc(self):
        if os.geteuid() != 0:
            self.skipTest("needs root for chroot")
        with place() as where, tempfile.TemporaryDirectory() as root:
            shutil.copy(BINARY, f"{root}/touchsts")
            shutil.copytree(where.home, f"{root}{where.home}")
            shutil.copy(where.environment["AWS_CA_BUNDLE"], f"{root}/ca.pem")
            environment = where.environment | {"AWS_CA_BUNDLE": "/ca.pem"}
            for expected in (2, 2):
                done = subprocess.run(["chroot", root, "/touchsts", "credential-process", "--profile", "ops", *(
                    ["--token-code", where.service.fresh_code(where.user)] if where.service.count() == 0 else ["--no-prompt"])],
                    env=environment, capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(where.service.count(), expected)

    @unittest.skipIf(SANITIZED, "the sanitized binary is larger and not static")
    def test_a_hit_is_frugal(self):
        with place() as where:
            where.login()
            trace = where.folder / "trace"
            done = subprocess.run(["strace", "-f", "-o", str(trace), BINARY, "credential-process", "--profile", "ops"], env=where.environment,
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = [line for line in trace.read_text().splitlines() if "+++" not in line]
            calls = [match[1] for line in lines if (match := re.search(r"^\d+ +(\w+)\(", line))]
            self.assertLessEqual(len(calls), 60, "\n".join(lines))
            for forbidden in ("socket", "fork", "vfork", "clone", "clone3", "flock", "fsync", "rename", "renameat", "unlink", "mkdir", "connect"):
                self.assertNotIn(forbidden, calls)
            self.assertEqual(calls.count("write"), 1)  # the answer
            opened = [match[1] for line in lines if (match := re.search(r'open(?:at2?)?\([^"]*"([^"]+)".* = \d', line))]
            allowed = {str(where.home / name) for name in (".aws/config", ".aws/credentials", ".config/touchsts/config.toml", "key", ".cache/touchsts")}
            entries = [path for path in opened if re.fullmatch(r"[0-9a-f]{32}", path)]
            self.assertEqual(len(entries), 1)
            self.assertLessEqual(set(opened), allowed | {"/proc/sys/kernel/random/boot_id", *entries})

    @unittest.skipIf(SANITIZED, "times are not the release's")
    def test_help_costs_what_an_answer_costs(self):
        """In turns, so that both meet the same machine; medians."""
        with place() as where:
            where.run("credential-process", "--profile", "plain")
            kinds = {"an answer": ("credential-process", "--profile", "plain"), "help": ("--help",), "a command's help": ("login", "--help")}
            taken = {kind: [] for kind in kinds}
            for _ in range(60):
                for kind, arguments in kinds.items():
                    began = time.perf_counter()
                    self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.spawned(where, arguments), 0)[1]), 0)
                    taken[kind].append(time.perf_counter() - began)
            ratios = {kind: statistics.median(times) / statistics.median(taken["an answer"]) for kind, times in taken.items()}
            print("medians: " + ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in ratios.items()))
            self.assertLess(max(ratios.values()), 2)

    def spawned(self, where, arguments):
        return os.posix_spawn(BINARY, [BINARY, *arguments], where.environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])

    @unittest.skipIf(SANITIZED, "the sanitized binary is larger and not static")
    def test_memory_of_a_hit(self):
        with place() as where:
            where.login()
            read, write = os.pipe()  # full, so that the program stands still at its last step
            os.set_blocking(write, False)
            try:
                while True:
                    os.write(write, b"x" * 4096)
            except BlockingIOError:
                os.set_blocking(write, True)
            child = subprocess.Popen([BINARY, "credential-process", "--profile", "ops"], env=where.environment, stdout=write)
            status = pathlib.Path(f"/proc/{child.pid}/status")
            wait_for(lambda: "S (sleeping)" in status.read_text() and "pipe" in pathlib.Path(f"/proc/{child.pid}/wchan").read_text())
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
            child.kill()
            child.wait()
            os.close(read), os.close(write)
            self.assertLessEqual(peak, 4096)

    def test_no_secret_in_the_log(self):
        with place() as where:
            log = where.folder / "log"
            code = where.service.fresh_code(where.user)
            done = where.run("--log-level", "trace", "--log-file", str(log), "credential-process", "--profile", "ops", "--token-code", code)
            answer = json.loads(done.stdout)
            self.assertEqual(done.stderr, "")
            text = log.read_text()
            self.assertIn("sts: attempt 1", text)
            for secret in (code, answer["SecretAccessKey"], answer["SessionToken"], where.user.secret):
                self.assertNotIn(secret, text)
            self.assertEqual(log.stat().st_mode & 0o777, 0o600)

    def test_a_code_does_not_stay_in_the_process_list(self):
        with place() as where:
            asked, looked = threading.Event(), threading.Event()
            where.service.faults.append(lambda request: (asked.set(), looked.wait(20)) and None)
            child = subprocess.Popen([BINARY, "credential-process", "--profile", "ops", "--token-code", "135791"], env=where.environment,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertTrue(asked.wait(20))
            shown = pathlib.Path(f"/proc/{child.pid}/cmdline").read_bytes()
            looked.set()
            child.wait(timeout=60)
            self.assertIn(b"xxxxxx", shown)
            self.assertNotIn(b"135791", shown)

    def test_sessions_near_their_end_are_renewed_by_the_mfa_session(self):
        with place() as where:
            where.login()
            config = where.home / ".aws/config"
            config.write_text(config.read_text().replace("[profile plain]", "[profile short]\nrole_arn = " + where.role + "\nsource_profile = base\n"
                              f"mfa_serial = {where.serial}\nregion = us-east-1\nexternal_id = xx\n[profile plain]"))
            where.service.roles[where.role].external_id = "xx"
            where.service.duration_override = 600  # less than a quarter of an hour: never good enough to be handed out again
            for count in (2, 3):
                self.assertEqual(where.run("credential-process", "--profile", "short", "--no-prompt").returncode, 0)
                self.assertEqual(where.service.count("AssumeRole"), count)
            self.assertEqual(where.service.count("GetSessionToken"), 1)

    def test_a_role_is_replaced_ahead_of_time_and_nobody_waits_for_it(self):
        with place() as where:
            own = where.home / ".config/touchsts/config.toml"
            own.write_text(own.read_text() + "[profile.plain]\nduration_seconds = 900\nmin_ttl = 60\n")
            where.service.duration_override = 83  # with 80 s left it is time for another

            def key(**options):
                done = where.run("credential-process", "--profile", "plain", **options)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                return json.loads(done.stdout)["AccessKeyId"]

            first = key()
            self.assertEqual(key(), first)
            self.assertEqual(where.service.count(), 1)
            time.sleep(4)
            all_have_theirs = threading.Event()

            def answer_late(request):
                all_have_theirs.wait(20)  # and then as usual

            where.service.faults.append(answer_late)
            where.service.duration_override = None
            crowd = [subprocess.Popen([BINARY, "credential-process", "--profile", "plain"], env=where.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      start_new_session=True) for _ in range(20)]
            said = {process.communicate(timeout=60) for process in crowd}
            all_have_theirs.set()
            self.assertEqual([(json.loads(out)["AccessKeyId"], err) for out, err in said], [(first, "")])
            wait_for(lambda: where.service.count("AssumeRole") == 2)
            wait_for(lambda: key() != first)
            time.sleep(0.5)
            self.assertEqual(where.service.count(), 2)

    def test_a_wrong_clock_is_corrected_by_the_server(self):
        with place() as where:
            where.service.clock_offset = 3600
            done = where.run("credential-process", "--profile", "plain")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([call.code for call in where.service.calls], ["SignatureDoesNotMatch", "OK"])

    def test_long_roles_take_the_code_themselves(self):
        with place() as where:
            done = where.run("credential-process", "--profile", "ops", "--duration-seconds", "7200", "--token-code", where.service.fresh_code(where.user))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([call.action for call in where.service.calls], ["AssumeRole"])

    def test_hostile_configuration_is_refused_in_one_line(self):
        with place() as where:
            config, own = where.home / ".aws/config", where.home / ".config/touchsts/config.toml"
            good_config, good_own = config.read_text(), own.read_text()
            for text, part in [("[a]\n" * 70000, "more than 65536 sections"), ("x" * (65 << 20), "larger than 65536 KiB"), ("[a]\nb=\0\n", "NUL"),
                               ("[profile ops\n", "line 1"), (good_config.replace("source_profile = base", "source_profile = ops"), "names itself")]:
                config.write_text(text)
                self.assert_fails(where.run("credential-process", "--profile", "ops"), 3, part)
            config.write_text(good_config)
            for text, part in [("a" * 70000, "larger than 64 KiB"), ("[&", "line 1"), ("a = " + "[" * 40, "nested"), ("\x1b]0;x\x07 = 1", "line 1"),
                               (good_own + "nope = 1\n", "nope")]:
                own.write_text(text)
                done = where.run("credential-process", "--profile", "ops")
                self.assert_fails(done, 3, part)
                self.assertNotIn("\x1b", done.stderr)
            own.unlink()
            os.mkfifo(own)
            start = time.monotonic()
            self.assertIn(where.run("credential-process", "--profile", "ops", "--no-prompt").returncode, (3, 6))
            self.assert_took(time.monotonic() - start, 5)

    def test_the_kernel_keyring_just_works(self):
        with place() as where:
            environment = {key: value for key, value in where.environment.items() if key != "TOUCHSTS_KEY_FILE"} | {"TOUCHSTS_KEYRING": "user"}
            where.environment = environment
            probe = subprocess.run(["keyctl", "add", "user", f"touchsts-probe-{os.urandom(8).hex()}", "x", "@u"], capture_output=True, text=True)
            if probe.returncode != 0:
                self.skipTest(f"no kernel keyring here: {probe.stderr.strip()}")
            subprocess.run(["keyctl", "unlink", probe.stdout.strip(), "@u"], capture_output=True)
            where.login()
            self.assertEqual(where.run("credential-process", "--profile", "ops", "--no-prompt").returncode, 0)
            self.assertEqual(where.service.count(), 2)
            done = where.run("credential-process", "--profile", "ops", "--no-prompt", environment={"TOUCHSTS_KEYRING": "off"})
            self.assert_fails(done, 6, "--no-prompt")


if __name__ == "__main__":
    unittest.main()
