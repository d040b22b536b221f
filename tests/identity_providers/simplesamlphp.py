"""Debian's SimpleSAMLphp as an identity provider for AWS, over TLS."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

from . import assertions
from .site import TlsFront

SHARE = pathlib.Path("/usr/share/simplesamlphp")
START = "/simplesaml/saml2/idp/SSOService.php?spentityid=urn:amazon:webservices"


def missing():
    """What is not installed."""
    return "" if shutil.which("php") and SHARE.is_dir() else "simplesamlphp, php-cli"


def _php(value):
    if isinstance(value, dict):
        return "[" + ", ".join(f"{_php(key)} => {_php(item)}" for key, item in value.items()) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(_php(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextlib.contextmanager
def running(folder, certificate, pairs, users):
    """Gives the URL where the log-in for AWS begins. `users` are passwords by name."""
    folder = pathlib.Path(folder)
    front = TlsFront(certificate)
    for name in ("config/metadata", "www", "tmp", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "www/simplesaml").symlink_to(SHARE / "www")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp", "-days", "30", "-keyout", "idp.key", "-out", "idp.crt"],
                   cwd=folder, check=True, capture_output=True)
    config = {"baseurlpath": f"https://localhost:{front.port}/simplesaml/", "certdir": f"{folder}/", "loggingdir": f"{folder}/tmp/", "datadir": f"{folder}/data/",
              "tempdir": f"{folder}/tmp", "metadatadir": f"{folder}/config/metadata", "attributenamemapdir": "/etc/simplesamlphp/attributemap/",
              "secretsalt": "a salt for the tests alone", "auth.adminpassword": "not the usual one", "technicalcontact_email": "na@example.org", "enable.saml20-idp": True,
              "logging.handler": "errorlog", "session.phpsession.savepath": f"{folder}/tmp", "store.type": "phpsession", "session.cookie.secure": True,
              "session.phpsession.cookiename": "SimpleSAML", "language.default": "en", "language.available": ["en"],
              "module.enable": {"exampleauth": True, "core": True, "saml": True}, "metadata.sources": [{"type": "flatfile"}]}
    people = {f"{user}:{password}": {"uid": [user], f"{assertions.ATTRIBUTES}/Role": list(pairs), f"{assertions.ATTRIBUTES}/RoleSessionName": [user]}
              for user, password in users.items()}
    sources = "$config = ['corp' => ['exampleauth:UserPass', " + _php(people)[1:-1] + "]];"
    hosted = {"host": "__DEFAULT__", "privatekey": "idp.key", "certificate": "idp.crt", "auth": "corp",
              "attributes.NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}
    remote = {"AssertionConsumerService": assertions.RECIPIENT, "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}
    for name, text in {"config.php": f"$config = {_php(config)};", "authsources.php": sources,
                       "metadata/saml20-idp-hosted.php": f"$metadata['https://localhost:{front.port}/idp'] = {_php(hosted)};",
                       "metadata/saml20-sp-remote.php": f"$metadata['urn:amazon:webservices'] = {_php(remote)};"}.items():
        (folder / "config" / name).write_text(f"<?php\n{text}\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        front.behind = probe.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "SIMPLESAMLPHP_CONFIG_DIR": f"{folder}/config"}
    log = open(folder / "php.log", "wb")
    server = subprocess.Popen(["php", "-S", f"127.0.0.1:{front.behind}", "-t", str(folder / "www")], env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", front.behind)):
                break
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "php.log").read_text())
            time.sleep(0.05)
        yield f"https://localhost:{front.port}{START}"
    finally:
        server.terminate()
        server.wait()
        log.close()
        front.close()
