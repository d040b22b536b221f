"""What STS wants to see in a SAML response (SAML 2.0 Core; IAM User Guide, "Configure SAML assertions")."""
import dataclasses
import datetime
import xml.etree.ElementTree as ET

from .sigv4 import Refused

PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes"


@dataclasses.dataclass
class Assertion:
    recipient: str
    audiences: list
    not_on_or_after: float
    session_name: str
    roles: list


def read(document):
    try:
        root = ET.fromstring(document)
    except ET.ParseError:
        raise Refused(400, "InvalidIdentityToken", "The response is no XML") from None
    assertions = root.findall(f"{ASSERTION}Assertion")
    if root.tag != f"{PROTOCOL}Response" or len(assertions) != 1:
        raise Refused(400, "InvalidIdentityToken", "A Response with one Assertion is needed")
    confirmation = assertions[0].find(f"{ASSERTION}Subject/{ASSERTION}SubjectConfirmation/{ASSERTION}SubjectConfirmationData")
    if confirmation is None:
        raise Refused(400, "InvalidIdentityToken", "SubjectConfirmationData is missing")

    def values(name):
        return [value.text or "" for attribute in assertions[0].iter(f"{ASSERTION}Attribute") if attribute.get("Name") == f"{ATTRIBUTES}/{name}"
                for value in attribute.findall(f"{ASSERTION}AttributeValue")]
    until = datetime.datetime.fromisoformat(confirmation.get("NotOnOrAfter").replace("Z", "+00:00"))
    return Assertion(confirmation.get("Recipient"), [audience.text for audience in assertions[0].iter(f"{ASSERTION}Audience")], until.timestamp(),
                     next(iter(values("RoleSessionName")), None), values("Role"))
