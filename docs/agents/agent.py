#!/usr/bin/env python3
"""An agent of an econd economy, with nothing but Python's standard library.

It registers, pays what econd asks for, locks a stake, asks a question, votes on
it, follows the log until the vote is closed, and takes a proof of its ballot home.

    ECOND    base URL of econd, or of the aperture before it
    WALLET   command that pays the invoice added to it and prints JSON with
             payment_preimage, e.g. lncli payinvoice --force --json
    KEY      file of the secret key; it is made where there is none
    BUNDLE   file for the proof
    ANSWERS  file of what econd signed, for econctl watch and econaudit answers
    LOG_KEY  key of the log, written down from elsewhere (default what econd says first)
    MAX_SATS most that it pays for a token (default 100)
"""

import base64
import hashlib
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request

ECOND = os.environ.get("ECOND", "http://127.0.0.1:8402").rstrip("/")
WALLET = shlex.split(os.environ.get("WALLET", "lncli payinvoice --force --json"))
KEY = os.environ.get("KEY", "agent.key")
BUNDLE = os.environ.get("BUNDLE", "bundle.json")
ANSWERS = os.environ.get("ANSWERS", "answers.ndjson")
LOG_KEY = os.environ.get("LOG_KEY")
MAX_SATS = int(os.environ.get("MAX_SATS", "100"))
STAKE_SAT = 20_000

# BIP-340 on secp256k1. Short rather than fast, and not in constant time: for a key
# worth attacking take a library, or sign where nobody else can measure.
P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and a[1] != b[1]:
        return None
    if a == b:
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(point, k, add=add, result=None):
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


def tagged(tag, data):
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + data).digest()


def public_key(secret):
    return multiply(G, int.from_bytes(secret, "big"))[0].to_bytes(32, "big")


def sign(secret, message):
    d = int.from_bytes(secret, "big")
    x, y = multiply(G, d)
    if y & 1:
        d = N - d
    mask = int.from_bytes(tagged("BIP0340/aux", secrets.token_bytes(32)), "big")
    pub = x.to_bytes(32, "big")
    k = int.from_bytes(tagged("BIP0340/nonce", (d ^ mask).to_bytes(32, "big") + pub + message), "big") % N
    rx, ry = multiply(G, k)
    if ry & 1:
        k = N - k
    r = rx.to_bytes(32, "big")
    e = int.from_bytes(tagged("BIP0340/challenge", r + pub + message), "big") % N
    return r + ((k + e * d) % N).to_bytes(32, "big")


def load_key():
    try:
        with open(os.open(KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
            f.write((secrets.randbelow(N - 1) + 1).to_bytes(32, "big").hex() + "\n")
    except FileExistsError:
        pass
    with open(KEY) as f:
        return bytes.fromhex(f.read().strip())


# An operation is a NIP-01 event.
def event(kind, content):
    content = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    e = {"pubkey": PUB, "created_at": int(time.time()), "kind": kind, "tags": [["economy", ECONOMY]], "content": content}
    serial = [0, e["pubkey"], e["created_at"], kind, e["tags"], content]
    digest = hashlib.sha256(json.dumps(serial, separators=(",", ":"), ensure_ascii=False).encode()).digest()
    return {"id": digest.hex(), **e, "sig": sign(SECRET, digest).hex()}


# Ed25519 as RFC 8032 verifies it without the cofactor, R compared as bytes: what other verifiers take besides proves nothing.
Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q


def edwards_add(a, b):
    k = D * a[0] * b[0] * a[1] * b[1] % Q
    return (a[0] * b[1] + a[1] * b[0]) * pow(1 + k, -1, Q) % Q, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, Q) % Q


def edwards_point(data):
    n = int.from_bytes(data, "little")
    y, odd = n % 2**255, n >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if x * x % Q != square:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if y >= Q or x * x % Q != square or (x == 0 and odd):
        raise ValueError("no point of the curve")
    return (x if x & 1 == odd else Q - x), y


def ed25519_verifies(key, text, sig):
    r, s = sig[:32], int.from_bytes(sig[32:], "little")
    h = int.from_bytes(hashlib.sha512(r + key + text).digest(), "little") % L
    x, y = edwards_point(key)
    base = edwards_point((4 * pow(5, -1, Q) % Q).to_bytes(32, "little"))
    x, y = edwards_add(multiply(base, s, edwards_add, (0, 1)), multiply((-x % Q, y), h, edwards_add, (0, 1)))
    return len(sig) == 64 and s < L and (y | (x & 1) << 255).to_bytes(32, "little") == r


# The lines of a note that the log's key signed; see proofs.md for all that is signed.
def open_note(note):
    name, key_id, key = LOG_KEY.split("+", 2)
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        if line.startswith(f"\u2014 {name} "):
            sig = base64.b64decode(line.split(" ")[2])
            if sig[:4].hex() == key_id and ed25519_verifies(base64.b64decode(key)[1:], text.encode(), sig[4:]):
                return text.splitlines()
    raise SystemExit("the log's key did not sign this:\n" + note)


# The root of a tree of size leaves, from the path of one (RFC 9162, 2.1.3.2).
def root_of(leaf, index, size, path):
    last = size - 1
    for sibling in path:
        if index & 1 or index == last:
            leaf = hashlib.sha256(b"\x01" + sibling + leaf).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = hashlib.sha256(b"\x01" + leaf + sibling).digest()
        index, last = index >> 1, last >> 1
    return leaf if last == 0 else None


# What econd signed of an event: a promise in its receipt, or the proof of a refusal. It is checked, and kept.
def keep(e, answer):
    kept = {"event": e}
    if promise := answer.get("promise"):
        stamp = {name: answer[name] for name in ("seq", "time_ms", "height", "block")}
        line = json.dumps({"v": 1, **stamp, "event": e}, separators=(",", ":"), ensure_ascii=False)
        proof, _, head = promise.partition("\n\n")
        version, index, *path = proof.split("\n")
        _, size, root = open_note(head)[:3]
        leaf = hashlib.sha256(b"\x00" + line.encode()).digest()
        found = root_of(leaf, stamp["seq"], int(size), [base64.b64decode(p) for p in path])
        if version != "c2sp.org/tlog-proof@v1" or index != f"index {stamp['seq']}" or found != base64.b64decode(root):
            raise SystemExit(f"the promise of {e['id']} does not hold: {promise}")
        kept |= {**stamp, "promise": promise}
    elif refusal := answer.get("proof"):
        if open_note(refusal)[2] != e["id"]:
            raise SystemExit(f"this is no refusal of {e['id']}: {refusal}")
        kept["refusal"] = refusal
    else:
        return print("an answer that econd did not sign")
    with open(ANSWERS, "a") as f:
        f.write(json.dumps(kept, separators=(",", ":"), ensure_ascii=False) + "\n")


# How many sats an invoice asks for, rounded up; none: no amount.
def sats(invoice):
    m = re.match(r"ln[a-z]+?(\d+)([munp]?)1", invoice.lower())
    if not m:
        raise ValueError("the invoice names no amount")
    pico = int(m[1]) * {"": 10**12, "m": 10**9, "u": 10**6, "n": 10**3, "p": 1}[m[2]]
    return -(-pico // 10**4)  # a sat is 10^-8 bitcoin


# One request; a 402 is paid once, and the token used as long as it is good.
tokens = {}


def call(method, path, body=None, uses=1):
    data = None if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    for paid in (False, True):
        headers = {"L402-Uses": str(uses)}
        if data is not None:
            headers["Content-Type"] = "application/json"
        if path in tokens:
            headers["Authorization"] = tokens[path]
        try:
            with urllib.request.urlopen(urllib.request.Request(ECOND + path, data, headers, method=method), timeout=60) as r:
                if r.headers.get("L402-Uses-Left") == "0":
                    tokens.pop(path, None)
                return r.read()
        except urllib.error.HTTPError as err:
            if err.code == 404 and path == f"/v1/agents/{PUB}":
                return b"null"
            if err.code != 402 or paid:
                text = err.read().decode()
                if body and text.startswith("{"):
                    keep(body, json.loads(text))
                raise SystemExit(f"{method} {path}: {err.code} {text}") from None
            tokens[path] = pay(err.headers.get_all("WWW-Authenticate", []))
        except OSError as err:
            raise SystemExit(f"{ECOND} does not answer: {err}; is econd running there?") from None


def pay(challenges):
    for challenge in challenges:
        macaroon = re.search(r'macaroon="([^"]+)"', challenge)
        invoice = re.search(r'invoice="([^"]+)"', challenge)
        if not macaroon or not invoice:
            continue
        price = sats(invoice[1])
        if price > MAX_SATS:
            raise SystemExit(f"the token costs {price} sat, MAX_SATS is {MAX_SATS}")
        out = subprocess.run(WALLET + [invoice[1]], capture_output=True, text=True, check=True).stdout
        preimage = re.findall(r'"payment_preimage":\s*"([0-9a-f]{64})"', out)[-1]
        print(f"paid {price} sat")
        return f"L402 {macaroon[1]}:{preimage}"
    raise SystemExit("a 402 without a challenge that can be paid")


def submit(kind, content, uses=1):
    e = event(kind, content)
    keep(e, json.loads(call("POST", "/v1/operations", e, uses)))
    return e["id"]


def wait_for(path, done):
    for _ in range(600):
        seen = json.loads(call("GET", path))
        if done(seen):
            return seen
        time.sleep(0.2)
    raise SystemExit(f"{path}: waited in vain, last {seen}")


def register(name):
    if json.loads(call("GET", f"/v1/agents/{PUB}")):
        print("registered already")
        return
    # The token is bought for this and the three operations that follow.
    print("registered by", submit(3901, {"name": name}, uses=4))


def stake(amount_sat):
    hold = submit(3903, {"amount_sat": amount_sat})
    offered = wait_for(f"/v1/stakes/{hold}", lambda h: h["state"] == "offered")
    if sats(offered["invoice"]) != amount_sat:
        raise SystemExit("the hold invoice asks for another amount")
    # A hold stays unsettled, so the wallet does not return: it is left alone.
    wallet = subprocess.Popen(WALLET + [offered["invoice"]], stdout=subprocess.DEVNULL)
    try:
        wait_for(f"/v1/stakes/{hold}", lambda h: h["state"] == "locked")
    finally:
        wallet.kill()
        wallet.wait()
    print("locked", amount_sat, "sat by", hold)


def vote():
    proposal = submit(3906, {"track": "signal", "title": "Do agents in Python vote?", "text": "This one does.", "actions": []})
    wait_for(f"/v1/proposals/{proposal}", lambda p: p["state"] == "active")
    before = json.loads(call("GET", "/v1/info"))["size"] - 1
    submit(3907, {"proposal": proposal, "choice": "for"})
    print("voted on", proposal)
    return proposal, before


# Entries as they are recorded, from behind one on; a broken stream is taken up again.
def follow(after):
    while True:
        request = urllib.request.Request(f"{ECOND}/v1/events", headers={"Last-Event-ID": str(after)})
        try:
            with urllib.request.urlopen(request, timeout=60) as stream:
                fields = {}
                for line in stream:
                    name, _, value = line.decode().rstrip("\r\n").partition(": ")
                    if name:
                        fields[name] = value
                        continue
                    if fields.get("data", "").startswith('{"v":'):
                        entry = json.loads(fields["data"])
                        after = entry["seq"]
                        yield fields.get("event"), entry
                    fields = {}
        except OSError:
            pass
        time.sleep(1)


def outcome(proposal, after):
    for name, entry in follow(after):
        if name != "close":
            continue
        content = json.loads(entry["event"]["content"])
        if content["proposal"] == proposal:
            return content


def prove(proposal):
    with open(BUNDLE, "wb") as f:
        f.write(call("GET", f"/v1/proposals/{proposal}/ballots/{PUB}/proof"))
    print("proof in", BUNDLE, "- check it with: econaudit verify", BUNDLE)


if __name__ == "__main__":
    SECRET = load_key()
    PUB = public_key(SECRET).hex()
    info = json.loads(call("GET", "/v1/info"))
    ECONOMY, LOG_KEY = info["economy"], LOG_KEY or info["log"]["verifier_key"]
    print("agent", PUB, "in", ECONOMY)
    register("python-agent")
    stake(STAKE_SAT)
    question, start = vote()
    closed = outcome(question, start)
    print("closed:", closed["reason"], "with", closed["for"], "for it")
    prove(question)
    sys.exit(0 if closed["passed"] else 1)
