import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { keyPairOf } from "../../../src/cluster/keys.ts";
import { parseApiUrl } from "../../../src/provider/digitalocean/http.ts";
import { digitaloceanInputs, ttlSeconds } from "../../../src/provider/digitalocean/inputs.ts";
import { userData } from "../../../src/provider/digitalocean/user-data.ts";
import { describeInputs } from "../../../src/steps/describe.ts";

describe("the inputs", () => {
  test("have a description each, and defaults for all but VPC and API address", () => {
    const fields = describeInputs(digitaloceanInputs);
    expect(fields.filter(({ description }) => description === "")).toEqual([]);
    const open = fields.filter((field) => field.default === undefined && field.type !== "list");
    expect(open.map(({ name }) => name)).toEqual(["vpc", "api-url"]);
    expect(fields.some(({ required }) => required)).toBe(false);
  });

  test.each([
    ["region", "fra 1"],
    ["size", "s;rm"],
    ["vpc", "my-vpc"],
    ["sshKeys", ["my key"]],
    ["tags", ["a b"]],
    ["tags", ["Overbridge-cluster-x"]],
    ["ttl", "1w"],
    ["ttl", "0h"],
    ["sshFrom", ["10.0.0.1"]],
    ["sshFrom", ["10.0.0.0/33"]],
    ["maxHosts", 0],
    ["apiUrl", "api"],
  ])("refuse %s %j", (key, value) => {
    const result = digitaloceanInputs.safeParse({ [key]: value });
    expect(result.error?.issues[0]?.path[0]).toBe(key);
  });

  test.each([
    ["90m", 5_400],
    ["12h", 43_200],
    ["7d", 604_800],
    ["never", undefined],
  ])("read a ttl of %s", (text, seconds) => {
    expect(ttlSeconds(digitaloceanInputs.parse({ ttl: text }).ttl)).toBe(seconds);
  });
});

describe("the API's address", () => {
  test.each([
    "https://api.digitalocean.com",
    "http://127.0.0.1:8080",
    "http://[::1]:1",
    "https://proxy.example:8443/",
  ])("may be %s", (url) => {
    expect(parseApiUrl(url, "x")).toBe(new URL(url).origin);
  });

  test.each([
    "http://api.digitalocean.com",
    "http://127.0.0.1.example",
    "https://me:pass@api.example",
    "https://x/v2",
    "ftp://x",
    "x",
  ])("may not be %s", (url) => {
    expect(() => parseApiUrl(url, "--api-url")).toThrow(/^--api-url: expected https/);
  });
});

test("user-data is cloud-config with one authorized key and one host key, and nothing else to know", () => {
  const bootstrap = keyPairOf(Buffer.alloc(32, 7));
  const text = userData("ssh-ed25519 AAAAC3 'odd: #comment", bootstrap);
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  expect(parse(text)).toEqual({
    ssh_authorized_keys: ["ssh-ed25519 AAAAC3 'odd: #comment"],
    disable_root: false,
    ssh_pwauth: false,
    chpasswd: { expire: false },
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: bootstrap.privateKey, ed25519_public: bootstrap.publicKey },
  });
});
