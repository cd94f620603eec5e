import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkAround } from "../../src/cluster/ipv4.ts";
import { hostAddress, ipAddress, ipv4Network } from "../../src/cluster/schema.ts";

describe("ipAddress", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["fd00:0001::0a", "fd00:1::a"],
    ["::1", "::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:0201", "192.0.2.1"],
  ])("reads %s as %s", (text, address) => {
    expect(ipAddress.parse(text)).toBe(address);
  });

  it.each([
    "",
    " 10.0.0.1",
    "10.1",
    "010.0.0.1",
    "0x7f.0.0.1",
    "256.0.0.1",
    "10.0.0.1/24",
    "[::1]",
    "fe80::1%eth0",
    "::192.0.2.1",
    "::ffff:010.0.0.1",
    "1::2::3",
    "host1",
    ":".repeat(1_000_000),
  ])("refuses %j", (text) => {
    const issues = ipAddress.safeParse(text).error?.issues.map(({ message }) => message);
    expect(issues).toEqual(["expected an IPv4 or IPv6 address"]);
  });

  it("gives one spelling for all spellings of an address, which it leaves as it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().filter((text) => !text.includes(".")),
        ),
        (text) => {
          const once = ipAddress.parse(text);
          expect(ipAddress.parse(once)).toBe(once);
          expect(ipAddress.parse(text.toUpperCase())).toBe(once);
        },
      ),
    );
  });
});

describe("ipv4Network", () => {
  it("takes a network and names the one that was meant where host bits are set", () => {
    expect(ipv4Network.parse("10.88.0.0/16")).toBe("10.88.0.0/16");
    expect(ipv4Network.parse("0.0.0.0/0")).toBe("0.0.0.0/0");
    expect(ipv4Network.safeParse("10.88.3.7/16").error?.issues.map(({ message }) => message)).toEqual([
      "expected 10.88.0.0/16 (the network without host bits)",
    ]);
    expect(ipv4Network.safeParse("255.255.255.255/1").error?.issues.map(({ message }) => message)).toEqual([
      "expected 128.0.0.0/1 (the network without host bits)",
    ]);
  });

  it.each([
    "10.88.0.0",
    "10.88.0.0/33",
    "10.88.0.0/016",
    "10.88/16",
    "fd00::/8",
    "10.88.0.0/16 ",
    "10.88.0.0/-1",
    "",
  ])("refuses %j", (text) => {
    expect(ipv4Network.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
      "expected an IPv4 network such as 10.88.0.0/16",
    ]);
  });

  it("takes just what it names", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        const network = networkAround(address, prefix);
        expect(ipv4Network.parse(network)).toBe(network);
        expect(ipv4Network.safeParse(`${address}/${prefix}`).success).toBe(
          `${address}/${prefix}` === network,
        );
      }),
    );
  });
});

describe("hostAddress", () => {
  it.each([
    ["Node-1.Example.ORG", "node-1.example.org"],
    ["localhost", "localhost"],
    ["2001:DB8::1", "2001:db8::1"],
    ["192.0.2.7", "192.0.2.7"],
    ["1and1.example", "1and1.example"],
    ["my_host", "my_host"],
  ])("reads %s as %s", (text, address) => {
    expect(hostAddress.parse(text)).toBe(address);
  });

  it.each([
    "",
    "host:22",
    "[::1]",
    "-oProxyCommand=x",
    "a..b",
    "a b",
    "192.0.2.300",
    "10.1",
    "x.-y",
    "a".repeat(64),
  ])("refuses %j", (text) => {
    expect(hostAddress.safeParse(text).success).toBe(false);
  });
});
