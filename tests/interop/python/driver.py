"""Speaks the interop protocol for the official Python client."""

import importlib.metadata
import json
import os
import sys

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

PACKAGE = "amazon-s3-encryption-client-python"
SUITES = {
    "V2": AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF,
    "V3": AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
}
POLICIES = {
    ("V3", True): CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
    ("V3", False): CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
    ("V2", True): CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
    ("V2", False): CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
}


def describe():
    """It knows KMS only, writes no instruction files, and refuses a context that is not ASCII."""
    metadata = [{"format": name, "keyring": "kms", "envelope": "metadata", "context": "ascii"} for name in SUITES]
    files = [{**each, "envelope": "instruction-file"} for each in metadata]
    return {
        "client": f"{PACKAGE} {importlib.metadata.version(PACKAGE)}",
        "writes": metadata,
        "reads": metadata + files,
    }


def client(request, writing):
    keyring = request["keyring"]
    if keyring["type"] != "kms":
        raise ValueError("this client knows KMS only")
    if {"wrap", "content"} & request.keys():
        raise ValueError("this driver neither writes nor reads legacy objects")
    form = request["format"]
    s3 = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], config=Config(s3={"addressing_style": "path"}))
    kms = boto3.client("kms", endpoint_url=os.environ["KMS_ENDPOINT"])
    suite = SUITES[form] if writing else SUITES["V3"]
    config = S3EncryptionClientConfig(
        keyring=KmsKeyring(kms, keyring["keyId"]),
        encryption_algorithm=suite,
        commitment_policy=POLICIES[form, writing],
    )
    return S3EncryptionClient(s3, config)


def where(request):
    return {
        "Bucket": request["bucket"],
        "Key": request["key"],
        "EncryptionContext": request.get("encryptionContext", {}),
    }


def put(request):
    if request["envelope"] != "metadata":
        raise ValueError("this client writes no instruction files")
    with open(request["body"], "rb") as body:
        client(request, writing=True).put_object(Body=body.read(), **where(request))


def get(request):
    answer = client(request, writing=False).get_object(**where(request))
    content = answer["Body"].read()
    with open(request["output"], "wb") as output:
        output.write(content)


OPERATIONS = {"put": put, "get": get}


def perform(request):
    try:
        if request["operation"] == "describe":
            return {"ok": True, **describe()}
        OPERATIONS[request["operation"]](request)
        return {"ok": True}
    except Exception as failure:  # every failure is an answer
        return {"ok": False, "error": f"{type(failure).__name__}: {failure}"}


for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], **perform(task)}), flush=True)
