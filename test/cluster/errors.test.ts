import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacityOf, subnetOf } from "../../src/cluster/addressing.ts";
import { findHost, formatHostList, makeHostList, parseHostList } from "../../src/cluster/host-list.ts";
import { networkAround } from "../../src/cluster/ipv4.ts";
import { overlayMtu } from "../../src/cluster/mtu.ts";
import { checkHostCount, checkOverlay, checkUnderlay } from "../../src/cluster/overlay-checks.ts";
import { InputError } from "../../src/errors.ts";
import { listOf, overlayRange, provided } from "./arbitrary.ts";

/** The message of the InputError that `act` ends in, and its hint. */
function refusal(act: () => unknown): [message: string, hint?: string] {
  try {
    act();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.hint === undefined ? [error.message] : [error.message, error.hint];
  }
  throw new Error("it was not refused");
}

interface Document {
  [key: string]: unknown;
  overlay: Record<string, unknown>;
  tunnel: Record<string, unknown>;
  hosts: (Record<string, unknown> & { ssh: Record<string, unknown> })[];
}

/** Hosts 1 to 3 of cluster main, as JSON that `change` was made to. */
function document(change: (list: Document) => void): string {
  const list = JSON.parse(formatHostList(listOf([1, 2, 3]))) as Document;
  change(list);
  return JSON.stringify(list);
}

describe("parseHostList says in one line", () => {
  const HINT = "give the host list that provisioning wrote";
  const texts: [text: string, message: string, hint?: string][] = [
    ["", "expected a host list in JSON, found nothing", HINT],
    ["-----BEGIN PRIVATE KEY-----", "expected a host list in JSON, found text that is no JSON", HINT],
    [`"${"x".repeat(1_000_000)}"`, "expected a host list of at most 1000000 bytes, found 1000002"],
    ["[]", "expected an object, found a list of 0"],
    ["null", "expected an object, found null"],
    ["{}", "version: expected 1, found nothing"],
    ['{"version":0}', "version: expected 1, found 0"],
    ['{"version":"2"}', 'version: expected 1, found "2"'],
    ['{"version":1}', "cluster: expected a text, found nothing"],
  ];
  it.each(texts)("what is wrong with %.40s", (text, message, ...hint) => {
    expect(refusal(() => parseHostList(text, "hosts.json"))).toEqual([`hosts.json: ${message}`, ...hint]);
  });

  it("that a list is of a newer version, whatever else is in it", () => {
    expect(refusal(() => parseHostList('{"version":2,"nodes":[]}', "/tmp/hosts.json"))).toEqual([
      "/tmp/hosts.json is a host list of version 2; this overbridge reads up to 1",
      "update overbridge",
    ]);
  });

  const changes: [change: (list: Document) => void, message: string][] = [
    [
      (list) => delete list.hosts[2]!.ssh.port,
      "hosts[2].ssh.port: expected a whole number from 1 to 65535, found nothing",
    ],
    [
      (list) => (list.hosts[2]!.ssh.port = 70_000),
      "hosts[2].ssh.port: expected a whole number from 1 to 65535, found 70000",
    ],
    [
      (list) => (list.hosts[2]!.ssh.port = "22"),
      'hosts[2].ssh.port: expected a whole number from 1 to 65535, found "22"',
    ],
    [(list) => (list.hosts[0]!.ssh.user = "a b"), `hosts[0].ssh.user: expected a user's name, found "a b"`],
    [
      (list) => (list.hosts[0]!.ssh.address = "host1:22"),
      'hosts[0].ssh.address: expected an address or a DNS name, found "host1:22"',
    ],
    [
      (list) => (list.hosts[0]!.ssh.hostKey = "ssh-rsa MD5:00"),
      `hosts[0].ssh.hostKey: expected 'TYPE SHA256:…', found "ssh-rsa MD5:00"`,
    ],
    [
      (list) => delete (list.hosts[1] as Record<string, unknown>).ssh,
      "hosts[1].ssh: expected an object, found nothing",
    ],
    [(list) => (list.hosts[1]!.id = 0), "hosts[1].id: expected a whole number from 1 to 65535, found 0"],
    [(list) => (list.hosts[1]!.id = 1.5), "hosts[1].id: expected a whole number from 1 to 65535, found 1.5"],
    [
      (list) => (list.hosts[1]!.name = "Web_1"),
      `hosts[1].name: expected 1-40 of a-z, 0-9 and '-', '-' not at an end, found "Web_1"`,
    ],
    [
      (list) => (list.hosts[1]!.name = "x\u001b[31m\u2028\n"),
      `hosts[1].name: expected 1-40 of a-z, 0-9 and '-', '-' not at an end, found "x\\u001b[31m\\u{2028}\\n"`,
    ],
    [
      (list) => (list.hosts[1]!.underlay = "fe80::1%eth0"),
      'hosts[1].underlay: expected an IPv4 or IPv6 address, found "fe80::1%eth0"',
    ],
    [(list) => (list.hosts[1]!.color = "red"), "hosts[1].color: unknown field"],
    [(list) => (list.hosts[1]!["a\nb"] = 1), 'hosts[1]["a\\nb"]: unknown field'],
    [
      (list) => Object.defineProperty(list, "__proto__", { value: {}, enumerable: true }),
      "__proto__: unknown field",
    ],
    [(list) => (list.hosts = []), "hosts: expected at least one host, found a list of 0"],
    [(list) => ((list as Record<string, unknown>).hosts = {}), "hosts: expected a list, found an object"],
    [(list) => (list.tunnel.type = "stt"), 'tunnel.type: expected gre or vxlan or geneve, found "stt"'],
    [(list) => (list.overlay.name = "-x"), 'overlay.name: expected a Docker network name, found "-x"'],
    [(list) => (list.overlay.mtu = 500), "overlay.mtu: expected a whole number from 576 to 65535, found 500"],
    [
      (list) => (list.overlay.network = "10.88.3.0/16"),
      'overlay.network: expected 10.88.0.0/16 (the network without host bits), found "10.88.3.0/16"',
    ],
    [
      (list) => (list.overlay.network = "fd00::/8"),
      'overlay.network: expected an IPv4 network such as 10.88.0.0/16, found "fd00::/8"',
    ],
    [
      (list) => (list.overlay.subnetPrefix = 19),
      "overlay.subnetPrefix: expected a whole number from 20 to 30, found 19",
    ],
    [(list) => (list.hosts[2]!.id = 1), "hosts[2].id: expected one of its own, found 1, as hosts[0] has"],
    [
      (list) => (list.hosts[2]!.name = "host2"),
      "hosts[2].name: expected one of its own, found host2, as hosts[1] has",
    ],
    [
      (list) => (list.hosts[2]!.underlay = "192.168.0.1"),
      "hosts[2].underlay: expected one of its own, found 192.168.0.1, as hosts[0] has",
    ],
    [
      (list) => (list.hosts[1]!.ssh.address = "HOST-1.example"),
      "hosts[1].ssh.address: expected one of its own, found host-1.example:22, as hosts[0] has",
    ],
    [
      (list) => (list.hosts[1]!.subnet = "10.88.9.0/24"),
      "hosts[1].subnet: expected 10.88.2.0/24, which follows from id 2, found 10.88.9.0/24",
    ],
    [
      (list) => (list.hosts[1]!.id = 256),
      "hosts[1].id: expected 1 to 255 in 10.88.0.0/16 with /24 subnets, found 256",
    ],
    [
      (list) => (list.hosts[1]!.underlay = "fd00::2"),
      "hosts[1].underlay: expected IPv4 like hosts[0].underlay, found fd00::2",
    ],
    [
      (list) => (list.hosts[1]!.underlay = "127.0.0.1"),
      "hosts[1].underlay: expected an address that other hosts can send to, found 127.0.0.1",
    ],
    [
      (list) => (list.hosts[1]!.underlay = "fe80::1"),
      "hosts[1].underlay: expected an address that other hosts can send to, found fe80::1",
    ],
  ];
  it.each(changes.map(([change, message]) => ({ change, message })))("$message", ({ change, message }) => {
    expect(refusal(() => parseHostList(document(change), "hosts.json"))).toEqual([`hosts.json: ${message}`]);
  });

  it("that the underlay is inside the overlay, and what to do", () => {
    const text = document((list) => (list.hosts[1]!.underlay = "10.88.77.1"));
    expect(refusal(() => parseHostList(text, "hosts.json"))).toEqual([
      "hosts.json: hosts[1].underlay: expected outside the overlay network 10.88.0.0/16, found 10.88.77.1",
      "choose another overlay network",
    ]);
  });

  it("that two hosts on one address have one port, but not where the ports differ", () => {
    const same = { ...provided(2), ssh: { ...provided(2).ssh, address: "fd00::5" } };
    const one = { ...provided(1), ssh: { ...provided(1).ssh, address: "fd00::5" } };
    const list = listOf([1]);
    expect(refusal(() => makeHostList({ ...list, hosts: [one, same] }))).toEqual([
      "host list: hosts[1].ssh.address: expected one of its own, found [fd00::5]:22, as hosts[0] has",
    ]);
    const apart = makeHostList({ ...list, hosts: [one, { ...same, ssh: { ...same.ssh, port: 2222 } }] });
    expect(apart.hosts.map(({ ssh }) => ssh.port)).toEqual([22, 2222]);
  });
});

describe("checks of the overlay say in one line", () => {
  const refused: [network: string, subnetPrefix: number, message: string, hint?: string][] = [
    [
      "224.0.0.0/8",
      24,
      "overlay network: expected no multicast addresses (224.0.0.0/4), found 224.0.0.0/8",
      "take a private network, such as 10.88.0.0/16",
    ],
    [
      "127.0.0.0/16",
      24,
      "overlay network: expected no loopback addresses (127.0.0.0/8), found 127.0.0.0/16",
      "take a private network, such as 10.88.0.0/16",
    ],
    [
      "169.254.0.0/16",
      24,
      "overlay network: expected no link-local addresses (169.254.0.0/16), found 169.254.0.0/16",
      "take a private network, such as 10.88.0.0/16",
    ],
    [
      "128.0.0.0/2",
      24,
      "overlay network: expected no link-local addresses (169.254.0.0/16), found 128.0.0.0/2",
      "take a private network, such as 10.88.0.0/16",
    ],
    [
      "0.0.0.0/0",
      24,
      "overlay network: expected no this-network addresses (0.0.0.0/8), found 0.0.0.0/0",
      "take a private network, such as 10.88.0.0/16",
    ],
    [
      "10.88.0.0/30",
      30,
      "overlay network: expected /29 or larger, found 10.88.0.0/30",
      "take a larger network, such as 10.88.0.0/16",
    ],
    ["10.88.0.0/16", 16, "subnet prefix: expected 20 to 30 in the overlay network 10.88.0.0/16, found 16"],
    ["10.88.0.0/16", 31, "subnet prefix: expected 20 to 30 in the overlay network 10.88.0.0/16, found 31"],
    ["10.88.0.0/24", 24, "subnet prefix: expected 25 to 30 in the overlay network 10.88.0.0/24, found 24"],
  ];
  it.each(refused)("%s with /%i: %s", (network, subnetPrefix, ...expected) => {
    expect(refusal(() => checkOverlay({ network, subnetPrefix }))).toEqual(expected);
  });

  it.each(["10.0.0.0/8", "172.20.0.0/16", "192.168.128.0/17", "100.64.0.0/10", "44.128.0.0/12"])(
    "nothing of %s, private or not",
    (network) => expect(() => checkOverlay({ network, subnetPrefix: 24 })).not.toThrow(),
  );

  const counts: [network: string, subnetPrefix: number, count: number, message: string, hint?: string][] = [
    [
      "10.88.0.0/20",
      24,
      20,
      "hosts: expected at most 15 in 10.88.0.0/20 with /24 subnets, found 20",
      "a subnet prefix of 25 or an overlay network of /19 would do",
    ],
    [
      "10.88.0.0/16",
      24,
      256,
      "hosts: expected at most 255 in 10.88.0.0/16 with /24 subnets, found 256",
      "a subnet prefix of 25 or an overlay network of /15 would do",
    ],
    [
      "10.88.0.0/28",
      29,
      200,
      "hosts: expected at most 1 in 10.88.0.0/28 with /29 subnets, found 200",
      "an overlay network of /21 would do",
    ],
    [
      "10.0.0.0/8",
      20,
      60_000,
      "hosts: expected at most 4095 in 10.0.0.0/8 with /20 subnets, found 60000",
      "a subnet prefix of 24 would do",
    ],
    [
      "10.88.0.0/16",
      20,
      40_000,
      "hosts: expected at most 15 in 10.88.0.0/16 with /20 subnets, found 40000",
      "take a larger overlay network and smaller subnets",
    ],
    ["10.0.0.0/8", 28, 65_536, "hosts: expected at most 65535 in 10.0.0.0/8 with /28 subnets, found 65536"],
  ];
  it.each(counts)("%s with /%i for %i: %s", (network, subnetPrefix, count, ...expected) => {
    expect(refusal(() => checkHostCount({ network, subnetPrefix }, count))).toEqual(expected);
  });

  it("only what would really make room for the hosts", () => {
    fc.assert(
      fc.property(overlayRange(1), fc.integer({ min: 1, max: 65_535 }), (range, count) => {
        if (count <= capacityOf(range)) {
          checkHostCount(range, count);
          return;
        }
        const [, hint = ""] = refusal(() => checkHostCount(range, count));
        const [, subnetPrefix] = /subnet prefix of (\d+)/.exec(hint) ?? [];
        const [, prefix] = /network of \/(\d+)/.exec(hint) ?? [];
        const ways = [
          ...(subnetPrefix ? [{ ...range, subnetPrefix: Number(subnetPrefix) }] : []),
          ...(prefix ? [{ ...range, network: networkAround("10.0.0.0", Number(prefix)) }] : []),
        ];
        expect(ways.length > 0 || hint === "take a larger overlay network and smaller subnets").toBe(true);
        for (const way of ways) {
          checkOverlay(way);
          checkHostCount(way, count);
        }
      }),
    );
  });

  it("whether the underlay overlaps, an address or a network, and never an IPv6 one", () => {
    const range = { network: "10.88.0.0/16", subnetPrefix: 24 };
    for (const underlay of ["10.88.0.0", "10.88.255.255", "10.0.0.0/8", "10.88.4.0/22", "0.0.0.0/0"]) {
      expect(refusal(() => checkUnderlay(range, underlay, "host2: underlay"))).toEqual([
        `host2: underlay: expected outside the overlay network 10.88.0.0/16, found ${underlay}`,
        "choose another overlay network",
      ]);
    }
    for (const underlay of ["10.87.255.255", "10.89.0.0", "10.96.0.0/12", "192.168.0.0/16", "fd00::1"]) {
      expect(() => checkUnderlay(range, underlay, "underlay")).not.toThrow();
    }
  });
});

describe("others say in one line", () => {
  it("that the overlay has no subnet for an id", () => {
    expect(refusal(() => subnetOf({ network: "10.88.0.0/16", subnetPrefix: 24 }, 256))).toEqual([
      "host id: expected 1 to 255 in 10.88.0.0/16 with /24 subnets, found 256",
      "choose a larger overlay network or smaller subnets",
    ]);
  });

  it("that the underlay's MTU is too small", () => {
    expect(refusal(() => overlayMtu(600, "vxlan", 6))).toEqual([
      "underlay MTU: expected 646 or more for vxlan over IPv6, found 600",
      "raise the MTU of the interface that carries the tunnels",
    ]);
  });

  it("which hosts there are", () => {
    expect(refusal(() => findHost(listOf([1, 2]), "web\n"))).toEqual([
      'host: expected one of host1, host2, found "web\\n"',
    ]);
    const many = listOf(Array.from({ length: 22 }, (_, index) => index + 1));
    expect(refusal(() => findHost(many, "23"))[0]).toMatch(
      /^host: expected one of host1, .*, host20 and 2 more, found "23"$/,
    );
  });
});
