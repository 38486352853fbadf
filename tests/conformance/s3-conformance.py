#!/usr/bin/env python3
"""Does a store answer presigned requests as S3 does?

botocore signs, curl sends, and every answer (status, S3's error code, what was stored) is compared with what AWS
documents. An answer that is not exact is a `diff`; one that lets in what AWS refuses is a `LEAK`, which is worse.

    s3-conformance.py ENDPOINT ACCESS_KEY SECRET_KEY [--region R] [--least N] [--json FILE]

Needs boto3 (see requirements.txt) and curl, and a store that takes path-style requests; it makes a bucket of its own.
Exits with 1 unless every answer is exact; with --least N, if fewer than N are, or if the store accepts anything that
AWS refuses.
"""

import argparse
import base64
import copy
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest.mock
import zlib
from urllib.parse import quote

import boto3
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

BODY = b"hello world, ciphertext bytes 0123456789"
ORIGIN = "http://127.0.0.1:5173"
COMPLETE = '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{}</CompleteMultipartUpload>'
XML_PART = "<Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>"


def base64_text(data):
    return base64.b64encode(data).decode()


def base64_hash(name, data):
    return base64_text(hashlib.new(name, data).digest())


class Answer:
    """What curl brought back."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        code = re.search(rb"<Code>([^<]+)</Code>", body)
        self.code = code.group(1).decode() if code else ""

    def __str__(self):
        return f"{self.status} {self.code}".strip()

    def same(self, expected=BODY):
        return " same" if self.body == expected else " DIFFERENT"


class Store:
    """Signs with botocore and sends with curl, so that nothing between the two corrects a request."""

    def __init__(self, options):
        self.endpoint = options.endpoint.rstrip("/")
        self.keys = (options.access_key, options.secret_key)
        self.region = options.region
        self.bucket = f"conformance-{int(time.time())}"
        self.folder = tempfile.TemporaryDirectory(prefix="s3-conformance-")
        self.sent = 0
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=options.access_key,
            aws_secret_access_key=options.secret_key,
            region_name=options.region,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                retries={"max_attempts": 1},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def sign(self, method, key, headers=None, query="", expires=300, access_key=None, secret_key=None, region=None, when=None):
        url = f"{self.endpoint}/{self.bucket}/{quote(key)}" + (f"?{query}" if query else "")
        request = AWSRequest(method=method, url=url, headers=headers or {})
        credentials = Credentials(access_key or self.keys[0], secret_key or self.keys[1])
        signer = botocore.auth.S3SigV4QueryAuth(credentials, "s3", region or self.region, expires=expires)
        if when is None:
            signer.add_auth(request)
        else:
            with unittest.mock.patch.object(botocore.auth, "get_current_datetime", lambda *_: when):
                signer.add_auth(request)
        return request.url

    def send(self, method, url, headers=None, data=None, form=()):
        self.sent += 1
        body_file = os.path.join(self.folder.name, f"body{self.sent}")
        head_file = os.path.join(self.folder.name, f"head{self.sent}")
        command = ["curl", "-sS", "--max-time", "120", "-o", body_file, "-D", head_file, "-w", "%{http_code}"]
        command += ["-I"] if method == "HEAD" else ["-X", method]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}:" if value is None else f"{name}: {value}"]
        if data is not None:
            data_file = os.path.join(self.folder.name, f"data{self.sent}")
            write(data_file, data)
            command += ["--data-binary", f"@{data_file}", "-H", "Expect:"]
            if not any(name.lower() == "content-type" for name in headers or {}):
                command += ["-H", "Content-Type:"]
        done = subprocess.run(command + [*form, url], capture_output=True, text=True, check=False)
        lines = read(head_file).decode(errors="replace").splitlines()
        fields = [line.split(":", 1) for line in lines if ":" in line]
        found = {name.strip().lower(): value.strip() for name, value in fields}
        return Answer(done.stdout.strip() or "no answer", found, read(body_file))

    def put(self, key, data=BODY, headers=None, send_headers=None, **signing):
        """Signs `headers`; sends those, or `send_headers` instead."""
        url = self.sign("PUT", key, headers, **signing)
        return self.send("PUT", url, headers if send_headers is None else send_headers, data)

    def get(self, key, headers=None, unsigned=None):
        return self.send("GET", self.sign("GET", key, headers), {**(headers or {}), **(unsigned or {})})

    def head(self, key, headers=None):
        return self.send("HEAD", self.sign("HEAD", key, headers), headers)

    def call(self, operation, **arguments):
        """One call of the client: "200" or "status code", and the answer."""
        try:
            return "200", getattr(self.client, operation)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            status = error.response["ResponseMetadata"].get("HTTPStatusCode")
            return f"{status} {error.response['Error'].get('Code')}", {}

    def put_part(self, key, upload, number, data=BODY, headers=None, send_headers=None):
        return self.put(key, data, headers, send_headers, query=part_query(upload, number))


def part_query(upload, number):
    return f"partNumber={number}&uploadId={quote(upload, safe='')}"


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


class Report:
    def __init__(self):
        self.rows = []

    def __call__(self, name, what, got, *aws):
        """`aws`: what AWS answers, or may answer."""
        got = str(got)
        exact = any(got.startswith(expected) for expected in aws)
        refuses = all(expected[0] in "45" for expected in aws)
        accepted = refuses and not exact and (got[:1] in "23" or "then GET 200" in got or "PLAINTEXT" in got)
        # The first upload of D1 is to be accepted, the second is not.
        accepted = accepted or "OVERWRITTEN" in got
        self.rows.append({"id": name, "what": what, "got": got, "aws": aws, "exact": exact, "accepted": accepted})
        mark = "ok  " if exact else "LEAK" if accepted else "diff"
        print(f"{mark} {name:4} {what}: {got}" + ("" if exact else f"   (AWS: {' or '.join(aws)})"), flush=True)


def single_put(s, report):
    report("A0", "CreateBucket", s.call("create_bucket")[0], "200")
    headers = {
        "Content-Type": "application/octet-stream",
        "x-amz-meta-alg": "aes-256-gcm-stream",
        "x-amz-meta-wrapped": "AQID" * 60,
    }
    report("A1", "signed content-type and metadata", s.put("a1", headers=headers), "200")
    got = s.head("a1")
    kept = all(got.headers.get(name.lower()) == value for name, value in headers.items())
    report("A2", "HEAD gives them back", got.status + (" kept" if kept else " LOST"), "200 kept")
    got = s.get("a1")
    report("A3", "GET gives body and metadata", got.status + got.same() + (" meta" if "x-amz-meta-alg" in got.headers else ""), "200 same meta")
    without = {name: value for name, value in headers.items() if name != "x-amz-meta-wrapped"}
    for name, what, sent, aws in [
        ("A4", "signed metadata changed", {**headers, "x-amz-meta-alg": "none"}, "403 SignatureDoesNotMatch"),
        ("A5", "signed metadata left out", without, "403"),
        ("A6", "signed content-type changed", {**headers, "Content-Type": "text/html"}, "403 SignatureDoesNotMatch"),
        ("A7", "unsigned metadata", {**headers, "x-amz-meta-evil": "1"}, "403 AccessDenied"),
    ]:
        report(name, what, s.put("a4", headers=headers, send_headers=sent), aws)
    for name, header, value in [
        ("A8", "x-amz-copy-source", f"/{s.bucket}/a1"),
        ("A9", "x-amz-server-side-encryption", "AES256"),
        ("A10", "x-amz-tagging", "a=b"),
    ]:
        data = b"" if name == "A8" else BODY
        report(name, f"unsigned {header}", s.put("a8", data, send_headers={header: value}), "403 AccessDenied")
    url = s.sign("GET", "a1") + "&response-content-type=text%2Fhtml"
    report("A11", "unsigned query parameter", s.send("GET", url), "403 SignatureDoesNotMatch")


def signatures(s, report):
    now = datetime.datetime.now(datetime.timezone.utc)
    hours = datetime.timedelta(hours=2)
    url = s.sign("PUT", "a12", expires=1)
    time.sleep(3)
    report("A12", "expired (1 s, after 3 s)", s.send("PUT", url, data=BODY), "403 AccessDenied")
    report("A13", "expired (dated 2 h ago)", s.put("a13", expires=60, when=now - hours), "403 AccessDenied")
    report("A14", "dated in 2 h", s.put("a14", expires=60, when=now + hours), "403")
    query_error = "400 AuthorizationQueryParametersError"
    report("A15", "expiry over 7 days", s.put("a15", expires=604801), query_error)
    mismatch = "403 SignatureDoesNotMatch"
    url = s.sign("PUT", "a16").replace("/a16?", "/a16x?")
    report("A16", "another key in the path", s.send("PUT", url, data=BODY), mismatch)
    report("A17", "GET URL used for PUT", s.send("PUT", s.sign("GET", "a1"), data=BODY), mismatch)
    report("A18", "wrong secret", s.put("a18", secret_key="wrong" * 8), mismatch)
    report("A19", "unknown access key", s.put("a19", access_key="AKIAUNKNOWN"), "403 InvalidAccessKeyId")
    plain = f"{s.endpoint}/{s.bucket}/"
    report("A20", "anonymous PUT", s.send("PUT", plain + "a20", data=BODY), "403 AccessDenied")
    report("A21", "anonymous GET", s.send("GET", plain + "a1"), "403 AccessDenied")
    report("A22", "another region", s.put("a22", region="eu-west-9"), query_error)
    url = s.sign("PUT", "a23", {"Content-Length": str(len(BODY))})
    report("A23", "signed length, right body", s.send("PUT", url, data=BODY), "200")
    report("A24", "signed length, longer body", s.send("PUT", url, data=BODY + b"x"), mismatch)
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": None}
    got = s.put("a25", send_headers=chunked)
    report("A25", "chunked, without a length", got, "411 MissingContentLength", "501 NotImplemented")
    report("A26", "metadata over 2 KB", s.put("a26", headers={"x-amz-meta-big": "x" * 3000}), "400 MetadataTooLarge")
    key = "dir/ü space+plus&%25.bin"
    put, got = s.put(key), s.get(key)
    report("A27", "a key with space + & % and ü", f"{put} GET {got.status}{got.same()}", "200 GET 200 same")


def control_characters(s, report):
    key, listed = "control\x01.bin", {"encoding-type=url": b"control%01.bin", "": b"control&#x1;.bin"}
    put, got, head = s.put(key), s.get(key), s.head(key)
    report("A28", "a key with U+0001", f"{put} GET {got.status}{got.same()} HEAD {head}", "200 GET 200 same HEAD 200")

    def bucket(method, query, headers=None, data=None):
        return s.send(method, s.sign(method, "", headers, query=query), headers, data)

    def told(got, written):
        return f"{got} {'told' if b'<Key>' + written + b'</Key>' in got.body else 'LOST'}"

    for name, (encoding, written) in zip(("A29", "A30"), listed.items()):
        query = f"{encoding}&list-type=2&prefix=control".lstrip("&")
        report(name, f"listed, {encoding or 'as XML'}", told(bucket("GET", query), written), "200 told")
    got = s.send("POST", s.sign("POST", key, query="uploads="), data=b"")
    report("A31", "CreateMultipartUpload of it", told(got, listed[""]), "200 told")
    upload = re.search(rb"<UploadId>([^<]+)<", got.body)
    upload = upload.group(1).decode() if upload else "none"
    for name, (encoding, written) in zip(("A32", "A33"), listed.items()):
        query = f"{encoding}&prefix=control&uploads=".lstrip("&")
        report(name, f"its upload listed, {encoding or 'as XML'}", told(bucket("GET", query), written), "200 told")
    etag = s.put_part(key, upload, 1).headers.get("etag")
    url = s.sign("POST", key, query=f"uploadId={quote(upload, safe='')}")
    done = s.send("POST", url, data=COMPLETE.format(XML_PART.format(etag)).encode())
    report("A34", "CompleteMultipartUpload of it", told(done, listed[""]), "200 told")

    def delete(written):
        xml = f"<Delete><Object><Key>{written}</Key></Object></Delete>".encode()
        return bucket("POST", "delete=", {"Content-MD5": base64_hash("md5", xml)}, xml)

    report("A35", "DeleteObjects of it", delete("control&#x1;.bin"), "400 MalformedXML")
    gone = "return\r.bin"
    s.put(gone)
    report("A36", "DeleteObjects of a key with a CR", f"{delete('return&#13;.bin')} then GET {s.get(gone)}", "200 then GET 404 NoSuchKey")
    got = bucket("GET", "list-type=2&max-keys=%01")
    report("A37", "a parameter with U+0001", got, "400 InvalidArgument", "400 InvalidRequest")


def request_ids(s, report):
    names = ("x-amz-request-id", "x-amz-id-2")
    got = s.put("i1")
    report("I1", "an answer has its ids", f"{got} {sum(bool(got.headers.get(name)) for name in names)}", "200 2")
    for name, what, got in [("I2", "a 404", s.get("i2")), ("I3", "a 403", s.put("i3", secret_key="wrong" * 8))]:
        found = re.search(rb"<RequestId>([^<]+)</RequestId><HostId>([^<]+)</HostId>", got.body)
        same = found and [text.decode() for text in found.groups()] == [got.headers.get(name) for name in names]
        report(name, f"{what} has them in its document too", f"{got.status} {'same' if same else 'OTHERS'}", "403 same", "404 same")


def object_lock(s, report):
    def configure(store):
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        return store.call("put_object_lock_configuration", ObjectLockConfiguration=lock)[0]

    report("J1", "Object Lock without versions", configure(s), "409 InvalidBucketState")
    s = copy.copy(s)
    s.bucket += "-lock"
    s.call("create_bucket", ObjectLockEnabledForBucket=True)
    report("J2", "default retention", configure(s), "200")
    status, got = s.call("get_object_lock_configuration")
    days = got.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {}).get("Days")
    report("J3", "is told", f"{status} {days}", "200 1")
    upload = s.call("create_multipart_upload", Key="j4")[1].get("UploadId", "none")
    puts = {"PutObject": lambda headers: s.put("j4", headers=headers), "UploadPart": lambda headers: s.put_part("j4", upload, 1, headers=headers)}
    for at, (operation, put) in enumerate(puts.items()):
        report(f"J{4 + 3 * at}", f"{operation} without a digest", put({}), "400 InvalidRequest")
        report(f"J{5 + 3 * at}", "with Content-MD5", put({"Content-MD5": base64_hash("md5", BODY)}), "200")
        report(f"J{6 + 3 * at}", "with a checksum", put({"x-amz-checksum-sha256": base64_hash("sha256", BODY)}), "200")


def checksums(s, report):
    wrong = {"md5": base64_hash("md5", b"x"), "sha256": base64_hash("sha256", b"x")}
    report("B1", "right Content-MD5", s.put("b1", headers={"Content-MD5": base64_hash("md5", BODY)}), "200")

    def refused(name, what, header, value, *codes):
        put, got = s.put(name.lower(), headers={header: value}), s.get(name.lower())
        report(name, what, f"{put} then GET {got.status}", *(f"400 {code} then GET 404" for code in codes))

    mismatch = "XAmzContentChecksumMismatch"
    refused("B2", "wrong Content-MD5", "Content-MD5", wrong["md5"], "BadDigest")
    right = base64_hash("sha256", BODY)
    put = s.put("b3", headers={"x-amz-checksum-sha256": right})
    kept = s.head("b3", {"x-amz-checksum-mode": "ENABLED"}).headers.get("x-amz-checksum-sha256") == right
    report("B3", "right SHA-256, read back", f"{put} {'kept' if kept else 'LOST'}", "200 kept")
    refused("B4", "wrong SHA-256", "x-amz-checksum-sha256", wrong["sha256"], "BadDigest", "InvalidDigest", mismatch)
    crc = base64_text((zlib.crc32(BODY) ^ 1).to_bytes(4, "big"))
    refused("B5", "wrong CRC32", "x-amz-checksum-crc32", crc, "BadDigest", mismatch)


def server_side_encryption(s, report):
    sse = "x-amz-server-side-encryption"
    put, got = s.put("c1", headers={sse: "AES256"}), s.head("c1")
    report("C1", "SSE-S3 echoed", f"{put} {put.headers.get(sse)} {got.headers.get(sse)}", "200 AES256 AES256")
    report("C2", "SSE with a made-up algorithm", s.put("c2", headers={sse: "ROT13"}), "400 InvalidArgument")
    unknown = {
        sse: "aws:kms",
        f"{sse}-aws-kms-key-id": f"arn:aws:kms:{s.region}:000000000000:key/11111111-2222-3333-4444-555555555555",
        f"{sse}-context": base64_text(b'{"tenant":"t1"}'),
    }
    report("C3", "SSE-KMS with an unknown key", s.put("c3", headers=unknown), "400 KMS.NotFoundException")

    def customer(key):
        return {
            f"{sse}-customer-algorithm": "AES256",
            f"{sse}-customer-key": base64_text(key),
            f"{sse}-customer-key-MD5": base64_hash("md5", key),
        }

    key, other = customer(os.urandom(32)), customer(os.urandom(32))
    put = s.put("c4", headers=key)
    echo = put.headers.get(f"{sse}-customer-algorithm")
    # AWS takes SSE-C over https only.
    report("C4", "SSE-C", f"{put} {echo}", "200 AES256", "400 InvalidRequest")
    got = s.get("c4")
    report("C5", "SSE-C read without the key", f"{got}{' PLAINTEXT' if got.body == BODY else ''}", "400 InvalidRequest")
    got = s.get("c4", key)
    report("C6", "SSE-C read with the key", f"{got}{got.same()}", "200 same")
    got = s.get("c4", other)
    report("C7", "SSE-C read with another key", f"{got}{' PLAINTEXT' if got.body == BODY else ''}", "403 AccessDenied")
    wrong = {**key, f"{sse}-customer-key-MD5": base64_hash("md5", b"x")}
    report("C8", "SSE-C with a wrong key MD5", s.put("c8", headers=wrong), "400 InvalidArgument")
    got = s.get("c4", key, {"Range": "bytes=3-9"})
    report("C9", "SSE-C range", f"{got}{got.same(BODY[3:10])}", "206 same")
    algorithm = {f"{sse}-customer-algorithm": "AES256"}
    put = s.put("c10", headers=algorithm, send_headers=key)
    got = s.send("GET", s.sign("GET", "c10", algorithm), key)
    report("C10", "SSE-C, its key unsigned", f"{put} GET {got}{got.same()}", "200 GET 200 same", "400 InvalidRequest")
    got = s.put("c11", headers=algorithm)
    report("C11", "SSE-C without the key", f"{got} then GET {s.get('c11').status}", "400 InvalidArgument then GET 404", "400 InvalidRequest then GET 404")
    got = s.put("c12", headers=algorithm, send_headers={**key, "x-amz-meta-a": "1"})
    named = re.search(rb"<HeadersNotSigned>([^<]*)<", got.body)
    report("C12", "SSE-C, another header unsigned", f"{got} {named.group(1).decode() if named else ''}", "403 AccessDenied x-amz-meta-a")
    got = s.put("c13", send_headers=key)
    report("C13", "SSE-C, its algorithm unsigned", got, "403 AccessDenied")
    md5 = hashlib.md5(BODY).hexdigest()

    def etag(put):
        return f"{put} {'md5' if md5 in put.headers.get('etag', md5) else 'other'}"

    report("C14", "ETag under SSE-S3", etag(s.put("c14", headers={sse: "AES256"})), "200 md5")
    for name, mode in [("C15", "aws:kms"), ("C16", "aws:kms:dsse")]:
        report(name, f"ETag under {mode}", etag(s.put(name, headers={sse: mode})), "200 other")
    report("C17", "ETag under SSE-C", etag(s.put("c17", headers=key)), "200 other", "400 InvalidRequest")
    sum_, mode = {"x-amz-checksum-sha256": base64_hash("sha256", BODY)}, {"x-amz-checksum-mode": "ENABLED"}
    for name, write, read in [("C18", {sse: "aws:kms"}, {}), ("C19", key, key)]:
        put, got = s.put(name, headers={**write, **sum_}), s.head(name, {**read, **mode})
        kept = "kept" if got.headers.get("x-amz-checksum-sha256") == sum_["x-amz-checksum-sha256"] else "LOST"
        report(name, f"a checksum under {'SSE-C' if read else 'SSE-KMS'}", f"{put} {kept}", "200 kept", "400 InvalidRequest")
    url = s.sign("POST", "c20", {**algorithm, "x-amz-checksum-algorithm": "CRC64NVME"}, query="uploads=")
    got = s.send("POST", url, {**key, "x-amz-checksum-algorithm": "CRC64NVME"}, b"")
    upload = re.search(rb"<UploadId>([^<]+)<", got.body)
    upload = upload.group(1).decode() if upload else "none"
    put = s.put_part("c20", upload, 1, headers=algorithm, send_headers=key)
    query = f"uploadId={quote(upload, safe='')}"
    listed = s.send("GET", s.sign("GET", "c20", algorithm, query=query), key)
    xml = COMPLETE.format(XML_PART.format(put.headers.get("etag"))).encode()
    done = s.send("POST", s.sign("POST", "c20", algorithm, query=query), key, xml)
    whole = s.get("c20", key)
    report("C20", "SSE-C in parts, its key unsigned", f"{got}, {etag(put)}, {listed}, {done}{whole.same()}", "200, 200 other, 200, 200 same", "400 InvalidRequest")


def conditions(s, report):
    absent = {"If-None-Match": "*"}
    first, second, got = s.put("d1", headers=absent), s.put("d1", BODY + b"2", absent), s.get("d1")
    kept = "kept" if got.body == BODY else "OVERWRITTEN"
    report("D1", "If-None-Match: * twice", f"{first} / {second} {kept}", "200 / 412 PreconditionFailed kept")
    failed = "412 PreconditionFailed"
    report("D2", "If-Match with another ETag", s.put("d1", headers={"If-Match": '"' + "deadbeef" * 4 + '"'}), failed)
    etag = s.head("d1").headers.get("etag", "")
    report("D3", "If-Match with the ETag", s.put("d1", headers={"If-Match": etag}), "200")
    report("D4", "GET If-None-Match with the ETag", s.get("d1", unsigned={"If-None-Match": etag}), "304")
    report("D5", "GET If-Match with another", s.get("d1", unsigned={"If-Match": '"0000"'}), failed)
    report("D6", "If-Match, no such key", s.put("d6", headers={"If-Match": etag}), "404 NoSuchKey")
    report("D7", "PUT If-None-Match with an ETag", s.put("d1", headers={"If-None-Match": etag}), "501 NotImplemented")


def ranges(s, report):
    def get(value, **more):
        return s.get("a1", unsigned={"Range": value, **more})

    size = len(BODY)
    got = get("bytes=0-9")
    where = got.headers.get("content-range")
    report("E1", "range 0-9", f"{got} {where}{got.same(BODY[:10])}", f"206 bytes 0-9/{size} same")
    for name, value, expected in [
        ("E2", "bytes=-5", BODY[-5:]),
        ("E3", "bytes=10-", BODY[10:]),
        ("E5", f"bytes=5-{size + 500}", BODY[5:]),
    ]:
        got = get(value)
        report(name, f"range {value}", f"{got}{got.same(expected)}", "206 same")
    report("E4", "range behind the end", get(f"bytes={size}-{size + 5}"), "416 InvalidRange")
    got = get("bytes=0-1,4-5")
    report("E6", "two ranges", f"{got}{got.same()}", "200 same")
    report("E7", "range with If-Match of another", get("bytes=0-9", **{"If-Match": '"0"'}), "412")
    report("E8", "Accept-Ranges", get("bytes=0-9").headers.get("accept-ranges"), "bytes")
    got = s.get("a1", {"Range": "bytes=2-4"})
    report("E9", "signed range", f"{got}{got.same(BODY[2:5])}", "206 same")


def multipart(s, report):
    status, made = s.call("create_multipart_upload", Key="f1", Metadata={"alg": "stream"}, ContentType="application/x-enc")
    report("F0", "CreateMultipartUpload", status, "200")
    upload = made.get("UploadId", "none")
    data = [os.urandom(5 << 20), os.urandom(5 << 20), os.urandom(1234)]
    etags = []
    for number, part in enumerate(data, 1):
        got = s.put_part("f1", upload, number, part)
        etags.append(got.headers.get("etag", ""))
        if number == 1:
            md5 = hashlib.md5(part).hexdigest()
            report("F1", "UploadPart", f"{got} {'md5' if etags[0].strip(chr(34)) == md5 else etags[0]}", "200 md5")
    url = s.sign("PUT", "f1", query=part_query(upload, 2)).replace("partNumber=2", "partNumber=3")
    report("F2", "another part number", s.send("PUT", url, data=b"evil"), "403 SignatureDoesNotMatch")
    wrong = {"Content-MD5": base64_hash("md5", b"x")}
    report("F3", "part with a wrong MD5", s.put_part("f1", upload, 4, headers=wrong), "400 BadDigest")
    wrong = {"x-amz-checksum-sha256": base64_hash("sha256", b"x")}
    report("F4", "part with a wrong SHA-256", s.put_part("f1", upload, 4, headers=wrong), "400")
    source = {"x-amz-copy-source": f"/{s.bucket}/a1"}
    report("F5", "part, unsigned copy-source", s.put_part("f1", upload, 5, b"", send_headers=source), "403 AccessDenied")
    status, listed = s.call("list_parts", Key="f1", UploadId=upload)
    parts = listed.get("Parts", [])
    report("F6", "ListParts", f"{status} {len(parts)} {'ETag' if parts and parts[0].get('ETag') else ''}", "200 3 ETag")

    def complete(key, upload_id, tags):
        named = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
        return s.call("complete_multipart_upload", Key=key, UploadId=upload_id, MultipartUpload={"Parts": named})

    report("F7", "Complete with a wrong ETag", complete("f1", upload, ['"' + "0" * 32 + '"'])[0], "400 InvalidPart")
    status, done = complete("f1", upload, etags)
    report("F8", "Complete", f"{status} {done.get('ETag', '').strip(chr(34))[-2:]}", "200 -3")
    got = s.get("f1")
    told = (got.headers.get("x-amz-meta-alg"), got.headers.get("content-type")) == ("stream", "application/x-enc")
    report("F9", "GET of it", f"{got}{got.same(b''.join(data))} {'told' if told else 'LOST'}", "200 same told")
    got = s.get("f1", unsigned={"Range": "bytes=5242870-5242889"})
    report("F10", "range over two parts", f"{got}{got.same(b''.join(data)[5242870:5242890])}", "206 same")
    upload = s.call("create_multipart_upload", Key="f2")[1].get("UploadId", "none")
    tags = [s.put_part("f2", upload, number, b"small").headers.get("etag", "") for number in (1, 2)]
    report("F11", "first part under 5 MiB", complete("f2", upload, tags)[0], "400 EntityTooSmall")
    upload = s.call("create_multipart_upload", Key="f3")[1].get("UploadId", "none")
    url = s.sign("PUT", "f3", query=part_query(upload, 1))
    status, _ = s.call("abort_multipart_upload", Key="f3", UploadId=upload)
    report("F12", "a part after Abort", f"{status} then {s.send('PUT', url, data=BODY)}", "200 then 404 NoSuchUpload")


def presigned_multipart(s, report):
    headers = {"x-amz-meta-z": "9"}
    got = s.send("POST", s.sign("POST", "f4", headers, query="uploads="), headers, b"")
    upload = re.search(rb"<UploadId>([^<]+)<", got.body)
    report("F13", "presigned Create", f"{got} {'id' if upload else ''}", "200 id")

    def complete(upload_id, headers=None):
        etag = s.put_part("f4", upload_id, 1).headers.get("etag")
        xml = COMPLETE.format(XML_PART.format(etag))
        url = s.sign("POST", "f4", headers, query=f"uploadId={quote(upload_id, safe='')}")
        return s.send("POST", url, headers, xml.encode())

    done = complete(upload.group(1).decode() if upload else "none")
    report("F14", "presigned Complete", f"{done}{s.get('f4').same()}", "200 same")
    again = s.call("create_multipart_upload", Key="f4")[1].get("UploadId", "none")
    report("F15", "Complete If-None-Match: *", complete(again, {"If-None-Match": "*"}), "412 PreconditionFailed")
    other = {"If-Match": '"' + "deadbeef" * 4 + '"'}
    report("F16", "Complete If-Match with another ETag", complete(again, other), "412 PreconditionFailed")
    size = {"x-amz-mp-object-size": str(len(BODY) + 1)}
    report("F17", "Complete with another size", complete(again, size), "400 InvalidRequest")
    size = {"x-amz-mp-object-size": str(len(BODY)), "If-Match": s.head("f4").headers.get("etag", "")}
    report("F18", "Complete with size and ETag", complete(again, size), "200")


def cors(s, report):
    def ask(origin=ORIGIN, method="PUT", headers="content-type,x-amz-meta-alg,if-none-match"):
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
        return s.send("OPTIONS", s.sign("PUT", "g1"), {"Origin": origin, **asked})

    def allowed(got):
        return got.headers.get("access-control-allow-origin")

    report("G1", "preflight without rules", ask(), "403 AccessForbidden")
    rule = {
        "AllowedOrigins": [ORIGIN],
        "AllowedMethods": ["GET", "PUT", "HEAD"],
        "AllowedHeaders": ["content-type", "if-none-match", "x-amz-*"],
        "ExposeHeaders": ["ETag", "x-amz-meta-alg"],
        "MaxAgeSeconds": 600,
    }
    report("G2", "PutBucketCors", s.call("put_bucket_cors", CORSConfiguration={"CORSRules": [rule]})[0], "200")
    got = ask()
    names = got.headers.get("access-control-allow-headers", "")
    fits = "names" if "x-amz-meta-alg" in names or names == "*" else names
    age = got.headers.get("access-control-max-age")
    right = f"{ORIGIN} names 600"
    report("G3", "preflight, as the rule says", f"{got} {allowed(got)} {fits} {age}", f"200 {right}", f"204 {right}")
    got = ask("http://evil.example")
    report("G4", "another origin", f"{got} {allowed(got)}", "403 AccessForbidden None")
    report("G5", "another method", ask(method="DELETE"), "403 AccessForbidden")
    report("G6", "another header", ask(headers="authorization"), "403 AccessForbidden")
    got = s.put("g1", send_headers={"Origin": ORIGIN})
    exposed = "etag" in got.headers.get("access-control-expose-headers", "").lower()
    report("G7", "answer to the page", f"{got} {allowed(got)} {'ETag' if exposed else ''}", f"200 {ORIGIN} ETag")
    got = s.put("g1", send_headers={"Origin": ORIGIN}, secret_key="x" * 40)
    report("G8", "a refusal the page can read", f"{got} {allowed(got)}", f"403 SignatureDoesNotMatch {ORIGIN}")


def post_policy(s, report):
    conditions_ = [{"x-amz-meta-alg": "z"}, ["content-length-range", 1, 100]]

    def sign(key, fields, conditions):
        return s.client.generate_presigned_post(s.bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=300)["fields"]

    def send(fields, data=BODY):
        path = os.path.join(s.folder.name, "form")
        write(path, data)
        form = [argument for name, value in fields.items() for argument in ("-F", f"{name}={value}")]
        return s.send("POST", f"{s.endpoint}/{s.bucket}", form=[*form, "-F", f"file=@{path};type=application/octet-stream"])

    signed = sign("h/1", {"x-amz-meta-alg": "z"}, conditions_)

    def post(data=BODY, **changed):
        return send({**signed, **{name.replace("_", "-"): value for name, value in changed.items()}}, data)

    got, stored = post(), s.get("h/1")
    meta = "meta" if stored.headers.get("x-amz-meta-alg") == "z" else "LOST"
    report("H1", "POST", f"{got}{stored.same()} {meta}", "204 same meta")
    report("H2", "POST, too long", post(BODY * 10), "400 EntityTooLarge")
    report("H3", "POST, another key", post(key="h/2"), "403 AccessDenied")
    report("H4", "POST, another field", post(x_amz_meta_evil="1"), "403 AccessDenied")
    report("H5", "POST, wrong signature", post(x_amz_signature="0" * 64), "403 SignatureDoesNotMatch")
    key = "h/control\x01"
    got = send(sign(key, {}, []))
    report("H6", "POST of a key with U+0001", f"{got}{s.get(key).same()}", "204 same")


SUITES = [
    single_put,
    signatures,
    control_characters,
    request_ids,
    checksums,
    server_side_encryption,
    conditions,
    ranges,
    multipart,
    presigned_multipart,
    cors,
    post_policy,
    object_lock,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("endpoint")
    parser.add_argument("access_key")
    parser.add_argument("secret_key")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--least", type=int, help="how many answers must be exact (all of them)")
    parser.add_argument("--json", help="writes the rows there")
    options = parser.parse_args()
    store, report = Store(options), Report()
    for suite in SUITES:
        suite(store, report)
    exact = sum(row["exact"] for row in report.rows)
    leaks = [row["id"] for row in report.rows if row["accepted"]]
    print(f"{exact} of {len(report.rows)} answers are S3's own; accepted though S3 refuses: {', '.join(leaks) or 'nothing'}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"exact": exact, "total": len(report.rows), "leaks": leaks, "rows": report.rows}, file, indent=1)
    least = len(report.rows) if options.least is None else options.least
    return 0 if exact >= least and not leaks else 1


if __name__ == "__main__":
    sys.exit(main())
