#!/usr/bin/python3
"""sts_endpoints.py BINARY: where requests to STS go, and what region they are signed for, beside botocore's choice. BINARY is touchsts.

Every region that botocore knows, and some that it does not know yet, with FIPS, dual-stack and
legacy endpoints on and off. What we refuse and botocore takes is one of the classes below; anything else is a fault.
"""
import concurrent.futures
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

NOT_YET = ("us-east-9", "eu-south-3", "mx-central-2", "cn-east-1", "us-gov-north-1", "us-iso-north-1", "us-isob-west-9", "us-isof-west-1", "eu-isoe-north-1", "eusc-de-west-1")
KEYS = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}


from locked_botocore import botocore
from botocore.session import Session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError, EndpointVariantError
from tally import Tally


def botocores(session, region, fips, dualstack, legacy):
    """(URL, signing region) of a request that botocore makes, or what it says against it."""
    sent = {}

    def catch(request, **_):
        sent["url"] = request.url.rstrip("/")
        sent["region"] = request.headers["Authorization"].decode().split("Credential=")[1].split("/")[2]
        return AWSResponse(request.url, 200, {}, None)
    session.set_config_variable("sts_regional_endpoints", "legacy" if legacy else "regional")
    try:
        client = session.create_client("sts", region_name=region, config=Config(use_fips_endpoint=fips, use_dualstack_endpoint=dualstack), **KEYS)
        client.meta.events.register("before-send", catch)
        try:
            client.get_caller_identity()
        except Exception:
            if not sent:
                raise
    except EndpointVariantError as error:  # said by tables older than the rules, which botocore builds clients with
        return by_rules(session, region, fips, dualstack, legacy), str(error)
    except Exception as error:
        return None, str(error)
    return (sent["url"], sent["region"]), ""


def by_rules(session, region, fips, dualstack, legacy):
    """The same by the service's endpoint rules alone, which all SDKs share."""
    loader = session.get_component("data_loader")
    rules = EndpointProvider(loader.load_service_model("sts", "endpoint-rule-set-1"), loader.load_data("partitions"))
    try:
        return rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack, UseGlobalEndpoint=legacy).url, region
    except EndpointProviderError:
        return None


def ours(binary, folder, region, fips, dualstack, legacy):
    environment = {"HOME": folder, "PATH": os.environ["PATH"], "AWS_REGION": region, "AWS_USE_FIPS_ENDPOINT": str(fips).lower(), "AWS_USE_DUALSTACK_ENDPOINT": str(dualstack).lower(),
                   "AWS_STS_REGIONAL_ENDPOINTS": "legacy" if legacy else "regional"}
    done = subprocess.run([binary, "config", "explain", "--profile", "x", "--format", "json"], env=environment, capture_output=True, text=True, timeout=60)
    if done.returncode == 3:
        return None, done.stderr.strip()
    found = json.loads(done.stdout)
    return (found["endpoint"], found["signing_region"]), done.stderr.strip()


def reason(region, fips, dualstack):
    """Why we may refuse what botocore takes."""
    if region.endswith("-global") and (fips or dualstack or region != "aws-global"):
        return "a pseudo region names no host of its own: FIPS, dual-stack and other partitions' suffixes would be dropped silently"
    return None


def main():
    binary = sys.argv[1]
    os.environ |= {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    data = pathlib.Path(botocore.__file__).parent / "data/partitions.json"
    regions = sorted({region for partition in json.loads(data.read_text())["partitions"] for region in partition["regions"]} | set(NOT_YET))
    session = Session()
    cases = list(itertools.product(regions, (False, True), (False, True), (False, True)))
    tally = Tally("sts-endpoints", f"{len(cases)} combinations of {len(regions)} regions", f"botocore {botocore.__version__}")
    with tempfile.TemporaryDirectory() as home, concurrent.futures.ThreadPoolExecutor(4) as pool:
        (pathlib.Path(home) / ".aws").mkdir()
        config = pathlib.Path(home) / ".aws/config"
        config.write_text("[profile x]\n" + "".join(f"{key} = {value}\n" for key, value in KEYS.items()) + "mfa_serial = arn:aws:iam::123456789012:mfa/x\n")
        config.chmod(0o600)
        answers = pool.map(lambda case: ours(binary, home, *case), cases)
        for case, (mine, said) in zip(cases, answers):
            theirs, against = botocores(session, *case)
            why = reason(*case[:3]) if mine is None else None
            tally.add(None if mine == theirs else (why,) if why else f"{case[0]}, fips {case[1]}, dual-stack {case[2]}, legacy {case[3]}",
                      f"  botocore {theirs or against}\n  ours     {mine or said}")
    tally.finish()


if __name__ == "__main__":
    main()
