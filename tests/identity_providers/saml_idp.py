"""The npm package saml-idp: an identity provider that asks for no password."""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from . import assertions


def missing():
    """What is not installed."""
    modules = os.environ.get("TOUCHSTS_NODE_MODULES", "")
    return "" if shutil.which("node") and os.path.isdir(f"{modules}/saml-idp") else "node and the packages of tests/e2e/node (TOUCHSTS_NODE_MODULES)"


@contextlib.contextmanager
def running(folder, certificate, pair):
    """Gives the URL where the log-in begins."""
    folder = pathlib.Path(folder)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp", "-days", "30", "-keyout", "idp.key", "-out", "idp.crt"],
                   cwd=folder, check=True, capture_output=True)
    names = [f"{assertions.ATTRIBUTES}/Role", f"{assertions.ATTRIBUTES}/RoleSessionName"]
    user = {"userName": "ada@example.com", "nameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", names[0]: pair, names[1]: "ada@example.com"}
    metadata = [{"id": name, "optional": False, "displayName": name, "description": name, "multiValue": False} for name in names]
    (folder / "idp.config.js").write_text(f"module.exports = {{user: {json.dumps(user)}, metadata: {json.dumps(metadata)}}};\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run = f"{os.environ['TOUCHSTS_NODE_MODULES']}/saml-idp/bin/run.js"
    log = open(folder / "idp.log", "wb")
    server = subprocess.Popen(["node", run, "--host", "localhost", "--port", str(port), "--cert", "idp.crt", "--key", "idp.key", "--acsUrl", assertions.RECIPIENT,
                               "--audience", "urn:amazon:webservices", "--https", "--httpsPrivateKey", certificate.key, "--httpsCert", certificate.chain,
                               "--configFile", str(folder / "idp.config.js")], cwd=folder, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("localhost", port)):
                break
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "idp.log").read_text())
            time.sleep(0.05)
        yield f"https://localhost:{port}/"
    finally:
        server.terminate()
        server.wait()
        log.close()
