"""The jobs of continuous integration. `ci/test --list` prints them; CONTRIBUTING.md says how to add one."""
from .graph import Job

RELEASE, RELEASE_AARCH64 = "build/release-x86_64-linux-musl", "build/release-aarch64-linux-musl"
# Iterations in ci/test and in ci/nightly.
SIGV4_REQUESTS = (50_000, 1_000_000)
SCHEDULES = (300, 5_000)
SHARED_CONFIGS = (500, 10_000)
SAML_ASSERTIONS = (200, 2_000)
CHAINS = (40, 600)
OTPAUTH_URIS = (200, 4_000)
SANITIZED_OTPAUTH_URIS = (60, 200)
SANITIZED_SIGNAL_ROUNDS = (20, 100)
KILLS_EVERY = (3, 1)  # kill at every Nth system call
JAIL_EXECUTIONS = (20_000, 1_000_000)
FUZZ_SECONDS = 60  # for each target


def end_to_end(suite, options="", binary=""):
    """The command that runs the end-to-end tests as `suite`. They wait more than they compute, hence slots=0 in their rows."""
    environment = "".join(f'export {name}=$({script} --print); [ -n "${name}" ] || unset {name}; '
                          for name, script in (("TOUCHSTS_NODE_MODULES", "ci/node-modules"), ("TOUCHSTS_PCSCD_ROOT", "ci/pcscd-root")))
    return f"{environment}{binary} tests/e2e/run --suite {suite} {options}"


def jobs(level):
    """All jobs. level: of the run, for those that look longer at night."""
    nightly = level == "nightly"
    requests, schedules, executions, shared_configs, saml_assertions, chains, uris, kills_every = (
        numbers[nightly] for numbers in (SIGV4_REQUESTS, SCHEDULES, JAIL_EXECUTIONS, SHARED_CONFIGS, SAML_ASSERTIONS, CHAINS, OTPAUTH_URIS, KILLS_EVERY))
    return [
        # Prerequisites.
        Job("build-packages", "ci/setup build-packages", seconds=2),
        Job("packages", "ci/setup packages", needs=("build-packages",), seconds=5),
        Job("ci-own-tests", "tests/ci/run", needs=("packages",), slots=0, nice=0, seconds=20),
        Job("toolchain", "ci/setup libraries", needs=("build-packages",), seconds=5),
        Job("host-libraries", "third_party/build host-sanitize", needs=("packages",), seconds=1),
        Job("node-modules", "ci/node-modules", needs=("packages",), slots=0, seconds=2),
        Job("pcscd-root", "ci/pcscd-root", needs=("packages",), slots=0, seconds=2),

        # The release binary.
        Job("build-x86_64", "ci/build x86_64-linux-musl", needs=("toolchain",), seconds=40),
        Job("build-x86_64-tests", f"cmake --build {RELEASE} --target unit jail sigv4_oracle schedules crypto_oracle", needs=("build-x86_64",), seconds=40),
        Job("unit-x86_64", f"{RELEASE}/tests/unit", needs=("build-x86_64-tests",), seconds=30),
        Job("jail", f'JAIL_CORPUS="$PWD/tests/fuzz/corpus/html" JAIL_EXECUTIONS=${{JAIL_EXECUTIONS:-{executions}}} {RELEASE}/tests/jail', needs=("build-x86_64-tests",), nice=0, seconds=20, limit=7200),
        Job("sigv4-botocore", f"tests/vectors/sigv4_against_botocore.py {RELEASE}/tests/sigv4_oracle ${{SIGV4_REQUESTS:-{requests}}}", needs=("build-x86_64-tests",), seconds=30, limit=7200),
        Job("sts-endpoints-botocore", "tests/differential/sts_endpoints.py out/x86_64-linux-musl/touchsts", needs=("build-x86_64",), seconds=20),
        Job("shared-config-botocore", f"tests/differential/shared_config.py out/x86_64-linux-musl/touchsts ${{SHARED_CONFIGS:-{shared_configs}}}", needs=("build-x86_64",), seconds=10, limit=7200),
        Job("saml-assertions-lxml", f"tests/differential/saml_assertions.py out/x86_64-linux-musl/touchsts ${{SAML_ASSERTIONS:-{saml_assertions}}}", needs=("build-x86_64",), seconds=10, limit=7200),
        Job("schedules", f"{RELEASE}/tests/schedules {schedules}", needs=("build-x86_64-tests",), slots=0, seconds=100, limit=7200),
        Job("cache-format", "tests/vectors/cache_format.py", needs=("packages",), seconds=1),
        Job("wycheproof", f"tests/vectors/wycheproof.py {RELEASE}/tests/crypto_oracle", needs=("build-x86_64-tests",), seconds=15),
        Job("wycheproof-no-aes", f"tests/vectors/wycheproof.py qemu-x86_64-static -cpu Nehalem {RELEASE}/tests/crypto_oracle", needs=("build-x86_64-tests",), seconds=35),
        Job("end-to-end", f"export CHAINS=${{CHAINS:-{chains}}} TOUCHSTS_OTPAUTH_URIS=${{TOUCHSTS_OTPAUTH_URIS:-{uris}}} TOUCHSTS_KILLS_EVERY=${{TOUCHSTS_KILLS_EVERY:-{kills_every}}}; " + end_to_end("end-to-end"), needs=("build-x86_64", "node-modules", "pcscd-root"), slots=0, nice=0, seconds=170),

        # The same code under AddressSanitizer and UndefinedBehaviorSanitizer.
        Job("build-sanitized", "ci/configure dev && cmake --build build/dev --target touchsts", needs=("host-libraries",), seconds=30),
        Job("build-sanitized-tests", "cmake --build build/dev --target unit planted_error fuzz_targets", needs=("build-sanitized",), seconds=40),
        Job("unit-sanitized", "build/dev/tests/unit", needs=("build-sanitized-tests",), seconds=60),
        Job("fuzz-corpora", "cd build/dev && ctest --no-tests=error --output-on-failure -R _corpus", needs=("build-sanitized-tests",), seconds=5),
        Job("planted-errors-sanitized", "ci/planted-errors sanitized", needs=("build-sanitized-tests",), seconds=2),
        # The search for leaks is nearly half of the cost of a short process: unit-sanitized searches in every run, these tests at night.
        Job("end-to-end-sanitized", end_to_end("end-to-end-sanitized", binary=f'TOUCHSTS_BINARY="$PWD/build/dev/src/touchsts" TOUCHSTS_OTPAUTH_URIS={SANITIZED_OTPAUTH_URIS[nightly]} TOUCHSTS_SIGNAL_ROUNDS={SANITIZED_SIGNAL_ROUNDS[nightly]}{"" if nightly else " ASAN_OPTIONS=detect_leaks=0:malloc_context_size=2"}'),
            needs=("build-sanitized", "node-modules", "pcscd-root"), after=("end-to-end",), slots=0, nice=0, seconds=170),

        # Formatting and static checks.
        Job("lint", "ci/lint --fast", needs=("host-libraries",), seconds=30),

        # The other architecture, and valgrind.
        Job("build-aarch64", "ci/build aarch64-linux-musl", needs=("toolchain",), seconds=300, level="all"),
        # pauth-impdef: QEMU signs return addresses with a cheap algorithm. Emulating QARMA makes the tests take ten times as long.
        Job("unit-aarch64", f"cmake --build {RELEASE_AARCH64} --target unit && "
            f"qemu-aarch64-static -cpu max,pauth-impdef=on {RELEASE_AARCH64}/tests/unit",
            needs=("build-aarch64",), seconds=150, level="all"),
        Job("build-valgrind", "ci/configure valgrind && cmake --build build/valgrind --target unit planted_error touchsts", needs=("host-libraries",), seconds=200, level="all"),
        Job("unit-valgrind", "valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite build/valgrind/tests/unit", needs=("build-valgrind",), seconds=200, level="all"),
        Job("planted-errors-valgrind", "ci/planted-errors valgrind", needs=("build-valgrind",), seconds=10, level="all"),
        # Some of the tests: a process takes two seconds to begin under valgrind. What it says of system calls that it does not
        # know ("--") is no error ("==").
        Job("end-to-end-valgrind", "rm -rf build/valgrind/logs && mkdir -m 1777 build/valgrind/logs; "
            + end_to_end("end-to-end-valgrind", "-j 2 --limit 600 the_answer_is_what_sdks_want aws_cli_gets_an_identity a_code_from_a_file moved_used_listed it_unlocks_until",
                         'TOUCHSTS_BINARY="$PWD/tests/e2e/under_valgrind"') + "; status=$?; find build/valgrind/logs -type f -exec cat {} + | grep == && exit 99; exit $status",
            needs=("build-valgrind",), after=("end-to-end-sanitized",), slots=0, nice=0, seconds=40, level="all"),

        # Long-running checks.
        Job("lint-tidy", "ci/lint tidy", needs=("build-sanitized-tests",), seconds=1500, limit=7200, slots=2, level="nightly"),
        Job("fuzz", f"ci/fuzz-smoke {FUZZ_SECONDS}", needs=("build-sanitized-tests",), after=("end-to-end-sanitized",), seconds=800, limit=7200, slots=2, level="nightly"),
        Job("demo", "ci/demo", needs=("build-x86_64",), after=("build-x86_64-tests", "end-to-end-sanitized"), slots=0, seconds=30, level="nightly"),
        # A locked version that has vanished is a warning: what is cached still builds.
        Job("locked-sources", "third_party/fetch --status || true", needs=("packages",), slots=0, seconds=30, level="nightly"),
        Job("dockerfile", "ci/check-dockerfile", needs=("build-x86_64",), after=("end-to-end-sanitized",), seconds=600, level="nightly"),
    ]
