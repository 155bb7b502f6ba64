#!/usr/bin/env node
// An agent of an econd economy in JavaScript (Node 20 or newer).
//
// It registers, pays what econd asks for, locks a stake, asks a question, votes on
// it, follows the log until the vote is closed, and takes a proof of its ballot home.
//
//     ECOND    base URL of econd, or of the aperture before it
//     WALLET   command that pays the invoice added to it and prints JSON with
//              payment_preimage, e.g. lncli payinvoice --force --json
//     KEY      file of the secret key; it is made where there is none
//     BUNDLE   file for the proof
//     ANSWERS  file of what econd signed, for econctl watch and econaudit answers
//     LOG_KEY  key of the log, written down from elsewhere (default what econd says first)
//     MAX_SATS most that it pays for a token (default 100)

import { execFileSync, spawn } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { schnorr } from "@noble/curves/secp256k1";

const env = process.env;
const ECOND = (env.ECOND ?? "http://127.0.0.1:8402").replace(/\/+$/, "");
const [WALLET, ...WALLET_ARGS] = (env.WALLET ?? "lncli payinvoice --force --json").split(" ");
const KEY = env.KEY ?? "agent.key";
const BUNDLE = env.BUNDLE ?? "bundle.json";
const ANSWERS = env.ANSWERS ?? "answers.ndjson";
const MAX_SATS = BigInt(env.MAX_SATS ?? "100");
const STAKE_SAT = 20_000;

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

function loadKey() {
  try {
    writeFileSync(KEY, hex(schnorr.utils.randomPrivateKey()) + "\n", { mode: 0o600, flag: "wx" });
  } catch (err) {
    if (err.code !== "EEXIST") throw err;
  }
  return readFileSync(KEY, "utf8").trim();
}

const secret = loadKey();
const pubkey = hex(schnorr.getPublicKey(secret));

// An operation is a NIP-01 event.
function event(kind, content) {
  const e = { pubkey, created_at: Math.floor(Date.now() / 1000), kind, tags: [["economy", economy]], content: JSON.stringify(content) };
  const digest = sha256(JSON.stringify([0, e.pubkey, e.created_at, e.kind, e.tags, e.content]));
  return { id: hex(digest), ...e, sig: hex(schnorr.sign(digest, secret)) };
}

// Ed25519 by node:crypto: without the cofactor, R compared as bytes. @noble/curves takes more unless it is told not to.
function ed25519Verifies(key, text, sig) {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  return verify(null, Buffer.from(text), createPublicKey({ key: der, format: "der", type: "spki" }), sig);
}

// The lines of a note that the log's key signed; see proofs.md for all that is signed.
function openNote(note) {
  const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(logKey);
  const at = note.indexOf("\n\n") + 1;
  const text = note.slice(0, at);
  for (const line of note.slice(at + 1).split("\n")) {
    if (!line.startsWith(`\u2014 ${name} `)) continue;
    const sig = Buffer.from(line.split(" ")[2], "base64");
    if (hex(sig.subarray(0, 4)) === id && ed25519Verifies(Buffer.from(key, "base64").subarray(1), text, sig.subarray(4))) return text.split("\n");
  }
  throw new Error(`the log's key did not sign this:\n${note}`);
}

// The root of a tree of size leaves, from the path of one (RFC 9162, 2.1.3.2).
function rootOf(leaf, index, size, path) {
  const half = (n) => Math.floor(n / 2);
  let last = size - 1;
  for (const sibling of path) {
    if (index % 2 === 1 || index === last) {
      leaf = sha256(Buffer.of(1), sibling, leaf);
      while (index > 0 && index % 2 === 0) [index, last] = [half(index), half(last)];
    } else leaf = sha256(Buffer.of(1), leaf, sibling);
    [index, last] = [half(index), half(last)];
  }
  return last === 0 ? leaf : null;
}

// What econd signed of an event: a promise in its receipt, or the proof of a refusal. It is checked, and kept.
function keep(e, { seq, time_ms, height, block, promise, proof: refusal }) {
  let kept;
  if (promise) {
    const [proof, head] = promise.split(/\n\n(.*)/s, 2);
    const [version, index, ...path] = proof.split("\n");
    const [, size, root] = openNote(head);
    const leaf = sha256(Buffer.of(0), JSON.stringify({ v: 1, seq, time_ms, height, block, event: e }));
    const found = rootOf(leaf, seq, Number(size), path.map((p) => Buffer.from(p, "base64")));
    if (version !== "c2sp.org/tlog-proof@v1" || index !== `index ${seq}` || !found?.equals(Buffer.from(root, "base64")))
      throw new Error(`the promise of ${e.id} does not hold: ${promise}`);
    kept = { event: e, seq, time_ms, height, block, promise };
  } else if (refusal) {
    if (openNote(refusal)[2] !== e.id) throw new Error(`this is no refusal of ${e.id}: ${refusal}`);
    kept = { event: e, refusal };
  } else return console.log("an answer that econd did not sign");
  appendFileSync(ANSWERS, JSON.stringify(kept) + "\n");
}

// How many sats an invoice asks for, rounded up.
function sats(invoice) {
  const m = /^ln[a-z]+?(\d+)([munp]?)1/.exec(invoice.toLowerCase());
  if (!m) throw new Error("the invoice names no amount");
  const pico = BigInt(m[1]) * { "": 10n ** 12n, m: 10n ** 9n, u: 10n ** 6n, n: 10n ** 3n, p: 1n }[m[2]];
  return (pico + 9_999n) / 10_000n; // a sat is 10^-8 bitcoin
}

// One request; a 402 is paid once, and the token used as long as it is good.
const tokens = new Map();

async function call(method, path, body, uses = 1) {
  for (let paid = false; ; paid = true) {
    const headers = { "L402-Uses": String(uses) };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (tokens.has(path)) headers.Authorization = tokens.get(path);
    const res = await fetch(ECOND + path, { method, headers, body: body && JSON.stringify(body) }).catch((err) => {
      console.error(`${ECOND} does not answer: ${err.cause?.message || err.cause?.code || err.message}; is econd running there?`);
      process.exit(1);
    });
    const text = await res.text();
    if (res.status === 402 && !paid) {
      tokens.set(path, pay(res.headers.get("WWW-Authenticate") ?? ""));
      continue;
    }
    if (res.status === 404 && path === `/v1/agents/${pubkey}`) return "null";
    if (!res.ok && body && text.startsWith("{")) keep(body, JSON.parse(text));
    if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`);
    if (res.headers.get("L402-Uses-Left") === "0") tokens.delete(path);
    return text;
  }
}

const get = async (path) => JSON.parse(await call("GET", path));

function pay(challenge) {
  const macaroon = /macaroon="([^"]+)"/.exec(challenge)?.[1];
  const invoice = /invoice="([^"]+)"/.exec(challenge)?.[1];
  if (!macaroon || !invoice) throw new Error("a 402 without a challenge that can be paid");
  const price = sats(invoice);
  if (price > MAX_SATS) throw new Error(`the token costs ${price} sat, MAX_SATS is ${MAX_SATS}`);
  const out = execFileSync(WALLET, [...WALLET_ARGS, invoice], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const preimage = [...out.matchAll(/"payment_preimage":\s*"([0-9a-f]{64})"/g)].at(-1)[1];
  console.log(`paid ${price} sat`);
  return `L402 ${macaroon}:${preimage}`;
}

async function submit(kind, content, uses = 1) {
  const e = event(kind, content);
  keep(e, JSON.parse(await call("POST", "/v1/operations", e, uses)));
  return e.id;
}

async function waitFor(path, done) {
  let seen;
  for (let i = 0; i < 600; i++, await sleep(200)) {
    if (done((seen = await get(path)))) return seen;
  }
  throw new Error(`${path}: waited in vain, last ${JSON.stringify(seen)}`);
}

async function register(name) {
  if (await get(`/v1/agents/${pubkey}`)) return console.log("registered already");
  // The token is bought for this and the three operations that follow.
  console.log("registered by", await submit(3901, { name }, 4));
}

async function stake(amountSat) {
  const hold = await submit(3903, { amount_sat: amountSat });
  const { invoice } = await waitFor(`/v1/stakes/${hold}`, (h) => h.state === "offered");
  if (sats(invoice) !== BigInt(amountSat)) throw new Error("the hold invoice asks for another amount");
  // A hold stays unsettled, so the wallet does not return: it is left alone.
  const wallet = spawn(WALLET, [...WALLET_ARGS, invoice], { stdio: "ignore" });
  try {
    await waitFor(`/v1/stakes/${hold}`, (h) => h.state === "locked");
  } finally {
    wallet.kill();
  }
  console.log("locked", amountSat, "sat by", hold);
}

async function vote() {
  const proposal = await submit(3906, { track: "signal", title: "Do agents in JavaScript vote?", text: "This one does.", actions: [] });
  await waitFor(`/v1/proposals/${proposal}`, (p) => p.state === "active");
  const before = (await get("/v1/info")).size - 1;
  await submit(3907, { proposal, choice: "for" });
  console.log("voted on", proposal);
  return [proposal, before];
}

// Entries as they are recorded, from behind one on; a broken stream is taken up again.
async function* follow(after) {
  for (;;) {
    try {
      const res = await fetch(`${ECOND}/v1/events`, { headers: { "Last-Event-ID": String(after) } });
      let text = "";
      for await (const part of res.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + part).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
          if (!fields.data?.startsWith('{"v":')) continue;
          const entry = JSON.parse(fields.data);
          after = entry.seq;
          yield [fields.event, entry];
        }
      }
    } catch (err) {
      console.error("the stream broke:", err.message);
    }
    await sleep(1000);
  }
}

async function outcome(proposal, after) {
  for await (const [name, entry] of follow(after)) {
    if (name !== "close") continue;
    const content = JSON.parse(entry.event.content);
    if (content.proposal === proposal) return content;
  }
}

async function prove(proposal) {
  writeFileSync(BUNDLE, await call("GET", `/v1/proposals/${proposal}/ballots/${pubkey}/proof`));
  console.log("proof in", BUNDLE, "- check it with: econaudit verify", BUNDLE);
}

const { economy, log } = await get("/v1/info");
const logKey = env.LOG_KEY ?? log.verifier_key;
console.log("agent", pubkey, "in", economy);
await register("javascript-agent");
await stake(STAKE_SAT);
const [question, start] = await vote();
const closed = await outcome(question, start);
console.log("closed:", closed.reason, "with", closed.for, "for it");
await prove(question);
process.exit(closed.passed ? 0 : 1);
