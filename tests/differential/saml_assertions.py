#!/usr/bin/python3
"""saml_assertions.py BINARY COUNT: COUNT random SAML responses, read by BINARY, which is touchsts, and by lxml.

A local identity provider hands each one out, and touchsts, asked for a role that does not exist, lists those that it read.
SAML_SEED repeats a run. What we refuse and lxml takes belongs to one of the classes below; what both
take must be read alike, and what lxml refuses must not be taken; anything else is a fault.
"""
import base64
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lxml import etree  # noqa: E402

from identity_providers import assertions, site  # noqa: E402
from strict_sts.server import Authority  # noqa: E402
from tally import Tally  # noqa: E402

SAML, PROTOCOL = "urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:protocol"
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
ROLE_ARN, PROVIDER = r"arn:aws:iam::123456789012:role/[\w+=,.@/-]*[\w+=,.@-]", r"arn:aws:iam::123456789012:saml-provider/[\w.-]+"

# What we refuse on purpose.
COMMENT = "a comment inside a text: signatures leave comments out, so signed text and what careless readers see would differ"
DOCTYPE = "a document type: entities could put text in that is nowhere to be seen"
DEPTH = "nested deeper than 64"
OFFERS, TOO_DEEP = 64, 70

BLANKS = ["", " ", "\n", "\r\n  ", "\t", "\n\n"]
COMMENTS = ["<!-- x -->", "<!---->", "<!-- <saml:AttributeValue> -->", "<!-- ]]> -->", "<!-- &nope; -->"]
INSTRUCTIONS = ["<?x?>", "<?x y='<'?>", "<?php > ?>"]


class Source(random.Random):
    def chance(self, share):
        return self.random() < share


def spelled(source, text):
    """`text` with some of its characters as references or in CDATA sections."""
    out = ""
    for character in text:
        kind = source.random()
        if kind < 0.02:
            out += f"&#{ord(character)};"
        elif kind < 0.04:
            out += f"&#x{ord(character):X};"
        elif kind < 0.06:
            out += f"<![CDATA[{character}]]>"
        else:
            out += character
    return out


def cut(source, text, pieces):
    """`text` with a piece of markup somewhere in it."""
    at = source.randrange(len(text) + 1)
    return text[:at] + source.choice(pieces) + text[at:]


def value(source, number):
    role = f"arn:aws:iam::123456789012:role/{source.choice(['', 'path/'])}r{number}"
    provider = "arn:aws:iam::123456789012:saml-provider/corp"
    pair = [role, provider]
    if source.chance(0.3):
        pair.reverse()
    pair = [source.choice(BLANKS) + part + source.choice(BLANKS) for part in pair]
    if source.chance(0.05):
        pair.insert(source.randrange(3), "more")
    if source.chance(0.04):
        pair[0] = source.choice(["nonsense", "", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::123456789012:role/"])
    text = ",".join(pair)
    # Markup goes between characters, before these are spelled otherwise.
    if source.chance(0.1):
        text = cut(source, text, INSTRUCTIONS)
    elif source.chance(0.03):
        text = cut(source, text, COMMENTS)
    elif source.chance(0.1):
        text = source.choice(COMMENTS + INSTRUCTIONS + ["<![CDATA[]]>", "<![CDATA[ ]]>"]) + text
    elif source.chance(0.6):
        text = spelled(source, text)
    if source.chance(0.03):
        text = f"<x>{text}</x>"
    return text


def attribute(source, prefix, count):
    name = ROLE if source.chance(0.9) else source.choice([ROLE.lower(), "https://aws.amazon.com/SAML/Attributes/RoleSessionName", ROLE + "&#x20;", "x"])
    attributes = [f"Name={quote}{name}{quote}" for quote in source.choice("\"'")] + ["NameFormat='urn:oasis:names:tc:SAML:2.0:attrname-format:uri'"]
    source.shuffle(attributes)
    if source.chance(0.03):
        attributes.append(attributes[0])
    inner_prefix, declares = prefix, ""
    if source.chance(0.06):
        inner_prefix, declares = "o:", f' xmlns:o="{source.choice([SAML, "urn:other"])}"'
    values = "".join(source.choice(BLANKS + COMMENTS) + f"<{inner_prefix}AttributeValue{declares}>{value(source, count + i)}</{inner_prefix}AttributeValue>"
                     for i in range(source.randrange(4)))
    return f"<{prefix}Attribute {' '.join(attributes)}>{values}{source.choice(BLANKS)}</{prefix}Attribute>"


def document(source):
    prefix = source.choice(["saml:", "saml2:", ""])
    binding = f'xmlns:{prefix[:-1]}="{SAML}"' if prefix else f'xmlns="{SAML}"'
    attributes = "".join(attribute(source, prefix, 10 * i) + source.choice(BLANKS + COMMENTS + INSTRUCTIONS) for i in range(source.randrange(1, 3)))  # few: touchsts lists no more than fit in a line
    deep = source.choice([1, 3, TOO_DEEP]) if source.chance(0.05) else 0
    body = (f'<{prefix}Assertion {binding} ID="_1"><{prefix}Issuer>{source.choice(["idp", "<![CDATA[a<b]]>", "a&amp;b"])}</{prefix}Issuer>'
            + f"{'<d>' * deep}{'</d>' * deep}<{prefix}AttributeStatement>{attributes}</{prefix}AttributeStatement></{prefix}Assertion>")
    text = (f'<p:Response xmlns:p="{PROTOCOL}" note="{source.choice(["", "/>", "<!--".replace("<", "&lt;"), "a>b"])}"><p:Status>'
            f'<p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status>{body}</p:Response>')
    head = source.choice(["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>\n', "\ufeff"])
    if source.chance(0.03):
        head += source.choice(["<!DOCTYPE Response>", '<!DOCTYPE p:Response [<!ENTITY e "x">]>'])
    if source.chance(0.08):
        text = damaged(source, text)
    return head + text + source.choice(["", "\n", "<!-- end -->", "<?end?>"])


def damaged(source, text):
    kind = source.randrange(9)
    places = [match.start() for match in re.finditer("</", text)]
    at = source.choice(places)
    return [lambda: text[:at] + "&nope;" + text[at:], lambda: text[:at] + "&#0;" + text[at:], lambda: text[:at] + "<!-- a -- b -->" + text[at:],
            lambda: text[:at] + "\x01" + text[at:], lambda: text[:at] + "<x a='<'/>" + text[at:], lambda: text + "<again/>", lambda: text + "more",
            lambda: text[:at] + text[at:].replace("</", "<", 1), lambda: text[:at] + "]]>" + text[at:]][kind]()


def role_of(text):
    """The role of "ROLE,PROVIDER" or "PROVIDER,ROLE"; names of roles may have commas (IAM, "Quotas, name requirements")."""
    either = [f" *({PROVIDER}) *, *({ROLE_ARN}) *", f" *({ROLE_ARN}) *, *({PROVIDER}) *"]
    for role, pattern in zip((2, 1), (pattern.replace(" *", r"[ \t\r\n]*") for pattern in either)):
        if match := re.fullmatch(pattern, text):
            return match[role]
    return None


def theirs(text):
    """(the roles that lxml reads, "", the document) or (None, what it says, None)."""
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, str(error), None
    roles = []
    for found in root.xpath("//saml:Attribute[@Name=$name]/saml:AttributeValue", namespaces={"saml": SAML}, name=ROLE):
        role = role_of("".join(found.xpath("text()")))
        if role and role not in roles:
            roles.append(role)
    return roles, "", root


def comment_in_text(root):
    """Whether some element has text on both sides of a comment."""
    for comment in root.iter(etree.Comment):
        around = comment.getparent()
        if around is None:
            continue
        before = "".join(comment.xpath("preceding-sibling::text()"))
        behind = "".join(comment.xpath("following-sibling::text()"))
        if before.strip(" \t\r\n") and behind.strip(" \t\r\n"):
            return True
    return False


def depth(element):
    return 1 + max((depth(child) for child in element if isinstance(child.tag, str)), default=0)


def ours(binary, url, bundle, home):
    """(the roles that we read, "") or (None, what we say)."""
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "AWS_CA_BUNDLE": bundle}
    done = subprocess.run([binary, "saml", "--endpoint", url, "--username", "ada", "--role", "arn:aws:iam::000000000000:role/none", "--region", "us-east-1", "--no-cache", "--no-prompt"],
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    offers = re.search(r"does not let you have role \S+; it offers (.*)", done.stderr)
    if offers:
        return offers[1].strip().split(", "), ""
    return ([] if "has no role of AWS" in done.stderr else None), done.stderr.strip()


def judge(text, mine, said):
    """None when both read the same, the class when we refuse on purpose, else what differs."""
    found, against, root = theirs(text)
    if found == mine:
        return None
    if mine is None and found is not None:
        if "a comment inside a text" in said and comment_in_text(root):
            return (COMMENT,)
        if "a document type" in said and root.getroottree().docinfo.doctype:
            return (DOCTYPE,)
        if f"deeper than {OFFERS}" in said and depth(root) > OFFERS:
            return (DEPTH,)
    return f"lxml: {against or found}\nours: {said or mine}"


def main():
    binary, count = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
    seed = int(os.environ.get("SAML_SEED") or random.randrange(2**32))
    source = Source(seed)
    texts = [document(source) for _ in range(count)]

    def answer(request):
        encoded = base64.b64encode(texts[int(request.path[1:])].encode()).decode()
        return 200, [("Content-Type", "text/html")], assertions.page(encoded)
    tally = Tally("saml-assertions", f"{count} responses", f"lxml {etree.__version__}")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(4) as pool:
        authority = Authority(pathlib.Path(folder) / "ca")
        home = pathlib.Path(folder) / "home"
        home.mkdir()
        with site.running(answer, authority.issue("server")) as made:
            read = pool.map(lambda number: ours(binary, f"{made.origin}/{number}", authority.bundle, home), range(count))
            for number, (text, (mine, said)) in enumerate(zip(texts, read)):
                tally.add(judge(text, mine, said), f"seed {seed}, response {number}\n{text}")
    tally.finish()


if __name__ == "__main__":
    main()
