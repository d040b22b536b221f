"""SAML responses as AWS takes them (SAML 2.0 Core; IAM User Guide, "Configure SAML assertions for the authentication response").
They are not signed: STS's verification of signatures is not ours to test."""
import base64
import datetime
import secrets
from xml.sax.saxutils import escape

RECIPIENT = "https://signin.aws.amazon.com/saml"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/corp"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes"


def _time(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pair(role, reverse=False):
    return f"{PROVIDER},{role}" if reverse else f"{role},{PROVIDER}"


def response(pairs, duration=None, good_for=300, name="ada@example.com", recipient=RECIPIENT):
    """Base 64 of a response with the roles in `pairs`. `good_for` is in seconds from now."""
    def attribute(what, values):
        inner = "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        return f'<saml:Attribute Name="{ATTRIBUTES}/{what}">{inner}</saml:Attribute>'
    attributes = attribute("Role", pairs) + attribute("RoleSessionName", [name])
    attributes += attribute("SessionDuration", [str(duration)]) if duration else ""
    subject = (f"<saml:Subject><saml:NameID>{escape(name)}</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
               f'<saml:SubjectConfirmationData NotOnOrAfter="{_time(good_for)}" Recipient="{recipient}"/></saml:SubjectConfirmation></saml:Subject>')
    conditions = (f'<saml:Conditions NotBefore="{_time(good_for - 600)}" NotOnOrAfter="{_time(good_for)}"><saml:AudienceRestriction>'
                  "<saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions>")
    identifier = "_" + secrets.token_hex(16)
    text = ('<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '
            f'ID="_r{identifier}" Version="2.0" IssueInstant="{_time(0)}" Destination="{recipient}"><saml:Issuer>https://idp.example.com</saml:Issuer>'
            '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
            f'<saml:Assertion ID="{identifier}" Version="2.0" IssueInstant="{_time(0)}"><saml:Issuer>https://idp.example.com</saml:Issuer>'
            f"{subject}{conditions}<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>")
    return base64.b64encode(text.encode()).decode()


def page(assertion, action=RECIPIENT):
    """The page that a browser's script would send on."""
    value = assertion.replace("+", "&#x2b;").replace("=", "&#x3d;")
    return ('<!DOCTYPE html><html><head><title>Working...</title></head><body onload="document.forms[0].submit()">'
            f'<form id="appForm" action="{action}" method="POST"><input name="SAMLResponse" type="hidden" value="{value}"/>'
            '<input name="RelayState" type="hidden" value=""/><noscript><input type="submit" value="Continue"></noscript></form></body></html>')
