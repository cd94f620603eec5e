import fc from "fast-check";
import { expect, test } from "vitest";
import { printable, readAnswer } from "../../../src/verify/probe/protocol.ts";

test.each([
  ["ready", { kind: "ready", address: "", mtu: 0 }],
  ["ready 10.88.1.2 1458", { kind: "ready", address: "10.88.1.2", mtu: 1458 }],
  [
    "reached 10.88.2.2 5 5 912 1458",
    { kind: "reached", address: "10.88.2.2", sent: 5, received: 5, rttMs: 0.912, mtu: 1458 },
  ],
  [
    "reached fd00::2 3 0 0 0",
    { kind: "reached", address: "fd00::2", sent: 3, received: 0, rttMs: null, mtu: null },
  ],
  ["heard 00ff 2", { kind: "heard", token: "00ff", copies: 2 }],
  ["sink 40000", { kind: "sink", port: 40000 }],
  ["sunk 1000000 2000000", { kind: "sunk", bytes: 1_000_000, seconds: 2 }],
  ["done", { kind: "done" }],
  ["failed no \u001b[31mway", { kind: "failed", reason: "no [31mway" }],
])("%s", (line, answer) => {
  expect(readAnswer(line)).toEqual(answer);
});

test.each([
  "",
  " done",
  "done ",
  "done\ndone",
  "ready 10.88.1.2",
  "ready 10.88.1.2 1458 1",
  "ready $(id) 1458",
  "reached 10.88.2.2 5 5 912 -1",
  "reached 10.88.2.2 5 5 0x1 1458",
  "heard XYZ 1",
  "heard 00 1e9",
  "sink 12345678901234567890",
  "failed ",
])("%j is none of the probe's lines", (line) => {
  expect(readAnswer(line)).toBeUndefined();
});

test("any line is read without an error, and what is shown of it is short printable ASCII", () => {
  const bytes = fc.uint8Array().map((array) => Buffer.from(array).toString("latin1"));
  fc.assert(
    fc.property(bytes, (text) => {
      const answer = readAnswer(`failed ${text}`);
      const shown = [printable(text), answer?.kind === "failed" ? answer.reason : ""];
      return shown.every((line) => /^[\x20-\x7e]{0,200}$/.test(line));
    }),
  );
});
