"""A strict stand-in for AWS STS: it verifies every signature byte for byte and every MFA code, and lets no code in twice."""
