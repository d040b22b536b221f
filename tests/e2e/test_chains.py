"""Chains of certificates, judged by us in a handshake and by `openssl verify`: what we take, OpenSSL takes; where we are stricter, the reason is named."""
import concurrent.futures
import dataclasses
import datetime
import ipaddress
import os
import pathlib
import random
import ssl
import subprocess
import tempfile
import threading
import unittest
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from support import BINARY, Case, place
from test_network import Peer, take

HOST = "sts.chains.example"
NOW = datetime.datetime.utcnow()
DAY = datetime.timedelta(days=1)
SERVER, CLIENT, ANY = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
KEYS, MAKING = {}, threading.Lock()


def key(kind):
    """One key of each kind for all; who is called "root" or "leaf" has one of its own."""
    with MAKING:
        if kind not in KEYS:
            KEYS[kind] = make_key(kind)
        return KEYS[kind]


def make_key(kind):
    made = {"rsa1024": lambda: rsa.generate_private_key(65537, 1024), "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
            "rsa3072": lambda: rsa.generate_private_key(65537, 3072), "ed25519": ed25519.Ed25519PrivateKey.generate,
            "p384": lambda: ec.generate_private_key(ec.SECP384R1()), "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
            "p224": lambda: ec.generate_private_key(ec.SECP224R1()), "p256k1": lambda: ec.generate_private_key(ec.SECP256K1())}
    return made.get(kind, lambda: ec.generate_private_key(ec.SECP256R1()))()


def dns(*names):
    return [x509.DNSName(name) for name in names]


def organisation(name, **more):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)] + [x509.NameAttribute(getattr(NameOID, kind), value) for kind, value in more.items()]
    return x509.Name(parts)


def constraints(permitted=None, excluded=None, critical=True):
    return x509.NameConstraints(permitted, excluded), critical


@dataclasses.dataclass
class Certificate:
    """What an authority or a server's certificate says. `usage` None: no extension; `authority` None: no basic constraints."""
    subject: x509.Name
    key: str
    authority: bool = True
    path: int = None
    signs: bool = True
    key_usage: bool = True
    usage: list = None
    names: list = None
    constraints: tuple = None
    begins: datetime.datetime = NOW - DAY
    ends: datetime.datetime = NOW + 30 * DAY
    digest: type = hashes.SHA256
    extra: list = dataclasses.field(default_factory=list)

    def extensions(self):
        if self.authority is not None:
            yield x509.BasicConstraints(self.authority, self.path if self.authority else None), True
        if self.key_usage:
            ca = bool(self.authority) and self.signs
            yield x509.KeyUsage(digital_signature=not ca, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                                key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False), True
        if self.usage is not None:
            yield x509.ExtendedKeyUsage(self.usage), False
        if self.names:
            yield x509.SubjectAlternativeName(self.names), False
        if self.constraints:
            yield self.constraints
        yield from self.extra


def root(**options):
    return Certificate(**{"subject": organisation("Root"), "key": "root", **options})


def intermediate(number=1, **options):
    return Certificate(**{"subject": organisation(f"Intermediate {number}"), "key": f"intermediate {number}", **options})


def server(**options):
    return Certificate(**{"subject": organisation("Server"), "key": "leaf", "authority": False, "usage": [SERVER], "names": dns(HOST), **options})


def issued(certificate, issuer):
    builder = (x509.CertificateBuilder().subject_name(certificate.subject).issuer_name(issuer.subject).public_key(key(certificate.key).public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(certificate.begins).not_valid_after(certificate.ends))
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key(certificate.key).public_key()), False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key(issuer.key).public_key()), False)
    for extension, critical in certificate.extensions():
        builder = builder.add_extension(extension, critical)
    signer = key(issuer.key)
    warnings.simplefilter("ignore")  # of SHA-1
    return builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else certificate.digest())


def chain(*certificates):
    """The root first; made without one, it has ours."""
    if certificates[0].subject != organisation("Root"):
        certificates = (root(), *certificates)
    return list(certificates)


SAN_ONLY = "a common name names no host any more (RFC 9525, 6.3)"
WILDCARD = "a wildcard may not stand for a host that is excluded"
UNCLEAR = "constraints of mail addresses and URIs are not supported"
ALGORITHM = "a kind of key that the TLS library is built without"
CRITICAL = "a critical extension that the TLS library does not know"
ADDRESS = x509.IPAddress(ipaddress.ip_address("10.1.2.3"))
NETWORK = x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))
EVERY_V4 = x509.IPAddress(ipaddress.ip_network("0.0.0.0/0"))
EVERY_V6 = x509.IPAddress(ipaddress.ip_network("::/0"))
MAIL = x509.RFC822Name("ada@chains.example")


def directory(name):
    return [x509.DirectoryName(name)]


# name: (chain, the reason why we may be stricter, or None)
CASES = {
    "plain": (chain(server()), None),
    "one intermediate": (chain(intermediate(), server()), None),
    "three intermediates": (chain(intermediate(1), intermediate(2), intermediate(3), server()), None),
    # Names
    "another host": (chain(server(names=dns("other.example"))), None),
    "one of several": (chain(server(names=dns("a.example", HOST, "b.example"))), None),
    "capitals": (chain(server(names=dns(HOST.upper()))), None),
    "a wildcard": (chain(server(names=dns("*.chains.example"))), None),
    "a wildcard two labels up": (chain(server(names=dns("*.example"))), None),
    "a wildcard for the whole": (chain(server(names=dns("*"))), None),
    "a wildcard below the host": (chain(server(names=dns(f"*.{HOST}"))), None),
    "a wildcard within a label": (chain(server(names=dns("s*s.chains.example"))), None),
    "a wildcard in the middle": (chain(server(names=dns("sts.*.example"))), None),
    "a suffix": (chain(server(names=dns("chains.example"))), None),
    "a common name alone": (chain(server(subject=organisation("S", COMMON_NAME=HOST), names=None)), SAN_ONLY),
    "a common name beside another name": (chain(server(subject=organisation("S", COMMON_NAME=HOST), names=dns("other.example"))), None),
    "a common name beside an address": (chain(server(subject=organisation("S", COMMON_NAME=HOST), names=[ADDRESS])), SAN_ONLY),
    "no names": (chain(server(names=None)), None),
    "no subject": (chain(server(subject=x509.Name([]))), None),
    "an address": (chain(server(names=[ADDRESS])), None),
    "a URI": (chain(server(names=[x509.UniformResourceIdentifier(f"https://{HOST}/")])), None),
    "a trailing dot": (chain(server(names=dns(HOST + "."))), None),
    # Extended key usage
    "no usage": (chain(server(usage=None)), None),
    "a client's": (chain(server(usage=[CLIENT])), None),
    "client's and server's": (chain(server(usage=[CLIENT, SERVER])), None),
    "any usage": (chain(server(usage=[ANY])), None),
    "a client's intermediate": (chain(intermediate(usage=[CLIENT]), server()), None),
    "a server's intermediate": (chain(intermediate(usage=[SERVER, CLIENT]), server()), None),
    "an intermediate for any usage": (chain(intermediate(usage=[ANY]), server()), None),
    "an intermediate for code": (chain(intermediate(usage=[ExtendedKeyUsageOID.CODE_SIGNING]), server()), None),
    "a client's intermediate above another": (chain(intermediate(1, usage=[CLIENT]), intermediate(2), server()), None),
    "a client's root": (chain(root(usage=[CLIENT]), server()), None),
    "a server's root": (chain(root(usage=[SERVER]), intermediate(), server()), None),
    # Who may sign
    "an intermediate that is no authority": (chain(intermediate(authority=False), server()), None),
    "an intermediate without basic constraints": (chain(intermediate(authority=None), server()), None),
    "an intermediate that may not sign": (chain(intermediate(signs=False), server()), None),
    "an authority without key usage": (chain(intermediate(key_usage=False), server()), None),
    "a server's without key usage": (chain(server(key_usage=False)), None),
    "a path of 0": (chain(intermediate(path=0), server()), None),
    "a path of 0 and another": (chain(intermediate(1, path=0), intermediate(2), server()), None),
    "a path of 1 and two below": (chain(intermediate(1, path=1), intermediate(2), intermediate(3), server()), None),
    "a root's path of 0 and an intermediate": (chain(root(path=0), intermediate(), server()), None),
    "a server's certificate that is an authority": (chain(server(authority=True, signs=False)), None),
    # Times
    "expired": (chain(server(ends=NOW - DAY / 2)), None),
    "not yet": (chain(server(begins=NOW + DAY)), None),
    "an expired intermediate": (chain(intermediate(ends=NOW - DAY / 2), server()), None),
    "an intermediate that is not yet valid": (chain(intermediate(begins=NOW + DAY), server()), None),
    "an expired root": (chain(root(ends=NOW - DAY / 2), server()), None),
    # Name constraints
    "permitted": (chain(intermediate(constraints=constraints(dns("chains.example"))), server()), None),
    "permitted, not critical": (chain(intermediate(constraints=constraints(dns("chains.example"), critical=False)), server()), None),
    "not permitted": (chain(intermediate(constraints=constraints(dns("other.example"))), server()), None),
    "not permitted, not critical": (chain(intermediate(constraints=constraints(dns("other.example"), critical=False)), server()), None),
    "permitted by the host itself": (chain(intermediate(constraints=constraints(dns(HOST))), server()), None),
    "permitted with a dot": (chain(intermediate(constraints=constraints(dns(".chains.example"))), server()), None),
    "permitted below the host only": (chain(intermediate(constraints=constraints(dns("." + HOST))), server()), None),
    "a suffix without a dot before it": (chain(intermediate(constraints=constraints(dns("ains.example"))), server()), None),
    "one of two permitted": (chain(intermediate(constraints=constraints(dns("other.example", "chains.example"))), server()), None),
    "capitals in constraints": (chain(intermediate(constraints=constraints(dns("CHAINS.example"))), server()), None),
    "excluded": (chain(intermediate(constraints=constraints(None, dns("chains.example"))), server()), None),
    "excluded, not critical": (chain(intermediate(constraints=constraints(None, dns("chains.example"), critical=False)), server()), None),
    "another one excluded": (chain(intermediate(constraints=constraints(None, dns("other.example"))), server()), None),
    "permitted and excluded": (chain(intermediate(constraints=constraints(dns("chains.example"), dns(HOST))), server()), None),
    "a wildcard over an excluded host": (chain(intermediate(constraints=constraints(None, dns(HOST))), server(names=dns("*.chains.example"))), WILDCARD),
    "a wildcard over a permitted host": (chain(intermediate(constraints=constraints(dns(HOST))), server(names=dns("*.chains.example"))), None),
    "one name beside ours is not permitted": (chain(intermediate(constraints=constraints(dns("chains.example"))), server(names=dns(HOST, "other.example"))), None),
    "by a root": (chain(root(constraints=constraints(dns("other.example"))), server()), None),
    "by a root, permitted": (chain(root(constraints=constraints(dns("example"))), intermediate(), server()), None),
    "by two, one does not permit": (chain(intermediate(1, constraints=constraints(dns("other.example"))), intermediate(2, constraints=constraints(dns("chains.example"))), server()), None),
    "of a self-issued intermediate": (chain(intermediate(1, constraints=constraints(directory(organisation("Server")))),
                                            intermediate(2, subject=organisation("Intermediate 1")), server()), None),
    "no addresses": (chain(intermediate(constraints=constraints(dns("chains.example"), [EVERY_V4, EVERY_V6])), server()), None),
    "no addresses, and one": (chain(intermediate(constraints=constraints(dns("chains.example"), [EVERY_V4, EVERY_V6])), server(names=[*dns(HOST), ADDRESS])), None),
    "an address that is permitted": (chain(intermediate(constraints=constraints([NETWORK])), server(names=[*dns(HOST), ADDRESS])), None),
    "an address that is not permitted": (chain(intermediate(constraints=constraints([x509.IPAddress(ipaddress.ip_network("192.168.0.0/16"))])), server(names=[*dns(HOST), ADDRESS])), None),
    "an address of the other family": (chain(intermediate(constraints=constraints([x509.IPAddress(ipaddress.ip_network("fd00::/8"))])), server(names=[*dns(HOST), ADDRESS])), None),
    "a permitted organisation": (chain(intermediate(constraints=constraints(directory(organisation("Server")))), server()), None),
    "in other letters": (chain(intermediate(constraints=constraints(directory(organisation("  sERVER ")))), server()), None),
    "another organisation": (chain(intermediate(constraints=constraints(directory(organisation("Other")))), server()), None),
    "an excluded organisation": (chain(intermediate(constraints=constraints(None, directory(organisation("SERVER")))), server()), None),
    "a unit of the organisation": (chain(intermediate(constraints=constraints(directory(organisation("Server")))), server(subject=organisation("Server", ORGANIZATIONAL_UNIT_NAME="x"))), None),
    "a unit, where another is permitted": (chain(intermediate(constraints=constraints(directory(organisation("Server", ORGANIZATIONAL_UNIT_NAME="y")))),
                                                 server(subject=organisation("Server", ORGANIZATIONAL_UNIT_NAME="x"))), None),
    "an intermediate of another organisation": (chain(intermediate(1, constraints=constraints(directory(organisation("Server")))), intermediate(2), server()), None),
    "mail constraints, no mail": (chain(intermediate(constraints=constraints([x509.RFC822Name("other.example")])), server()), None),
    "mail constraints and a mail address": (chain(intermediate(constraints=constraints([x509.RFC822Name("other.example")])), server(names=[*dns(HOST), MAIL])), None),
    "mail constraints that permit it": (chain(intermediate(constraints=constraints([x509.RFC822Name("chains.example")])), server(names=[*dns(HOST), MAIL])), UNCLEAR),
    "mail constraints and one in the subject": (chain(intermediate(constraints=constraints(None, [x509.RFC822Name("chains.example")])),
                                                      server(subject=organisation("Server", EMAIL_ADDRESS="ada@chains.example"))), None),
    "a common name as a host": (chain(intermediate(constraints=constraints(dns("chains.example"))), server(subject=organisation("S", COMMON_NAME="www.other.example"), names=[ADDRESS])), None),
    # Algorithms
    "RSA": (chain(root(key="rsa2048"), server()), None),
    "RSA of 3072 bits at the end": (chain(server(key="rsa3072")), None),
    "RSA of 1024 bits": (chain(server(key="rsa1024")), None),
    "an intermediate with RSA of 1024 bits": (chain(intermediate(key="rsa1024"), server()), None),
    "P-384": (chain(intermediate(key="p384", digest=hashes.SHA384), server()), None),
    "P-521": (chain(server(key="p521", digest=hashes.SHA512)), None),
    "P-224": (chain(intermediate(key="p224"), server()), ALGORITHM),
    "secp256k1": (chain(intermediate(key="p256k1"), server()), ALGORITHM),
    "Ed25519": (chain(intermediate(key="ed25519"), server()), ALGORITHM),
    "SHA-1": (chain(intermediate(), server(digest=hashes.SHA1)), None),
    "SHA-1 for an intermediate": (chain(intermediate(digest=hashes.SHA1), server()), None),
    "SHA-512": (chain(intermediate(digest=hashes.SHA512), server(digest=hashes.SHA384)), None),
    # Extensions
    "a critical extension that nobody knows": (chain(server(extra=[(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True)])), None),
    "one that is not critical": (chain(server(extra=[(x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), False)])), None),
    "critical policy constraints": (chain(intermediate(extra=[(x509.PolicyConstraints(0, None), True)]), server()), CRITICAL),
    "policies": (chain(intermediate(extra=[(x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("2.23.140.1.2.1"), None)]), False)]), server()), None),
    "constraints in a server's certificate": (chain(server(constraints=constraints(dns("other.example")))), None),
    # Malformed
    "constraints that are rubbish": (chain(intermediate(extra=[(x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.30"), b"\x05\x00"), True)]), server()), None),
    "rubbish that is not critical": (chain(intermediate(extra=[(x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.30"), b"\x30\x03\xa0\x05\x00"), False)]), server()), None),
}


def drawn(source):
    """A chain made at random of what is above, mostly good pieces."""
    def some(choices, chance=0.25):
        return source.choice(choices) if source.random() < chance else None
    trees = ["chains.example", "example", HOST, ".chains.example", "other.example", "s.chains.example", ""]

    def of(option):
        kind = option.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
        permitted = [x509.DNSName(source.choice(trees)) for _ in range(source.randint(1, 2))]
        if source.random() < 0.3:
            permitted += source.choice([[NETWORK], directory(organisation("Server")), directory(organisation("server ")), directory(organisation(kind))])
        chosen = some([(permitted, None), (None, [x509.DNSName(source.choice(trees[3:6]))]), (permitted, [EVERY_V6])], 0.4)
        option.constraints = constraints(*chosen, critical=source.random() < 0.5) if chosen else None
        option.usage = some([[SERVER], [CLIENT], [CLIENT, SERVER], [ANY]])
        option.path = some([0, 1, 2])
        option.signs = source.random() < 0.95
        option.key_usage = source.random() < 0.9
        return option
    authorities = [of(root())] + [of(intermediate(number)) for number in range(1, source.randint(1, 4))]
    last = server(usage=some([None, [CLIENT], [CLIENT, SERVER]], 0.2) or [SERVER])
    last.names = dns(HOST) + (some([[ADDRESS], dns("a.chains.example"), dns("other.example"), [EVERY_V6.__class__(ipaddress.ip_address("fd00::1"))]], 0.4) or [])
    return authorities + [last]


class Chains(Case):
    def judged(self, folder, name, certificates):
        """OpenSSL's judgement: whether it takes the chain, and what it says."""
        made = [issued(certificate, certificates[max(index - 1, 0)]) for index, certificate in enumerate(certificates)]
        pem = [certificate.public_bytes(serialization.Encoding.PEM) for certificate in made]
        base = folder / name.replace(" ", "_").replace("/", "_")
        paths = {part: base.with_name(f"{base.name}-{part}.pem") for part in ("root", "between", "leaf", "chain", "key")}
        paths["root"].write_bytes(pem[0])
        paths["between"].write_bytes(b"".join(reversed(pem[1:-1])))
        paths["leaf"].write_bytes(pem[-1])
        paths["chain"].write_bytes(b"".join(reversed(pem[1:])))
        paths["key"].write_bytes(key(certificates[-1].key).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        between = ["-untrusted", paths["between"]] if len(pem) > 2 else []
        done = subprocess.run(["openssl", "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-CAfile", paths["root"], *between, "-purpose", "sslserver", "-auth_level", "2",
                               "-verify_hostname", HOST, paths["leaf"]], capture_output=True, text=True, timeout=60)
        return paths, done.returncode == 0, done.stdout + done.stderr

    def asked(self, where, paths):
        """Ours, in a handshake behind a proxy, so that the host may have any name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.load_cert_chain(paths["chain"], paths["key"])

        def tunnel(connection):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with context.wrap_socket(connection, server_side=True) as wrapped:
                take(wrapped)
                wrapped.sendall(b"HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n")
        peer = Peer(tunnel)
        try:
            environment = {**where.environment, "AWS_MAX_ATTEMPTS": "1", "HTTPS_PROXY": f"http://127.0.0.1:{peer.port}", "AWS_CA_BUNDLE": str(paths["root"])}
            done = subprocess.run([BINARY, "--config", str(where.folder / "chains.toml"), "--timeout", "20", "credential-process", "--profile", "plain", "--no-cache",
                                   "--endpoint-url", f"https://{HOST}"], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        finally:
            peer.close()
        self.assertIn(done.returncode, (4, 7), done.stderr)
        if done.returncode == 7:
            self.assertIn("certificate", done.stderr + "certificate" * ("authority in the chain" in done.stderr), "refused for another reason than its certificates")
        return done.returncode == 4, done.stderr

    def compare(self, cases):
        stricter = {}
        with place() as where, tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(4) as pool:
            (where.folder / "chains.toml").write_text(f'allowed_endpoints = ["https://{HOST}"]\n')

            def both(name, certificates):
                paths, taken, theirs = self.judged(pathlib.Path(folder), name, certificates)
                ours, said = self.asked(where, paths)
                return taken, theirs, ours, said
            running = {name: pool.submit(both, name, certificates) for name, (certificates, _) in cases.items()}
            for name, (_, reason) in cases.items():
                taken, theirs, ours, said = running[name].result()
                with self.subTest(name):
                    if ours and not taken:
                        self.fail(f"we take what OpenSSL refuses: {theirs}")
                    if taken and not ours:
                        self.assertIsNotNone(reason, f"OpenSSL takes it, we say: {said}")
                        stricter[name] = reason
        return stricter

    def test_each_kind(self):
        self.assertGreaterEqual(len(CASES), 60)
        self.assertEqual(self.compare(CASES), {name: reason for name, (_, reason) in CASES.items() if reason})

    def test_drawn_at_random(self):
        """CHAINS says how many, CHAINS_SEED which."""
        source = random.Random(int(os.environ.get("CHAINS_SEED", "1")))
        cases = {f"drawn {number}": (drawn(source), None) for number in range(int(os.environ.get("CHAINS", "40")))}
        self.assertEqual(self.compare(cases), {})

    def test_what_is_said(self):
        with place() as where, tempfile.TemporaryDirectory() as folder:
            (where.folder / "chains.toml").write_text(f'allowed_endpoints = ["https://{HOST}"]\n')
            for name, text in {"a client's intermediate": "an authority in the chain is not for TLS servers", "a client's": "the certificate is not for TLS servers",
                               "not permitted": "may not issue certificates for this name (name constraints)", "mail constraints that permit it": "name constraints that are not supported",
                               "a common name alone": "names its host in no subjectAltName", "critical policy constraints": "a critical extension that is not supported"}.items():
                paths, _, _ = self.judged(pathlib.Path(folder), name, CASES[name][0])
                self.assertIn(text, self.asked(where, paths)[1], name)


if __name__ == "__main__":
    unittest.main()
