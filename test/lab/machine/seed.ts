import { join } from "node:path";
import type { KeyPair } from "../../../src/cluster/keys.ts";
import { run } from "./tools.ts";
import { type TreeFile, writeTree } from "./tree.ts";
import { type Port, PREFIX, PREFIX6 } from "./underlay.ts";

/** What makes a machine this one and no other. */
export interface Identity {
  readonly name: string;
  readonly port: Port;
  readonly gateway: string;
  readonly hostKey: KeyPair;
  /** Public key that may log in as `root` and as `admin`. */
  readonly authorizedKey: string;
}

/** Writes the archive that the machine unpacks over its root on its first boot. @returns its path. */
export async function writeSeed(directory: string, identity: Identity): Promise<string> {
  const files = seedFiles(identity);
  const tree = join(directory, `${identity.name}.seed`);
  const archive = `${tree}.tar`;
  await writeTree(tree, files);
  const paths = files.map((file) => file.path);
  await run("tar", ["-C", tree, "--owner=0", "--group=0", "-cf", archive, ...paths]);
  return archive;
}

function seedFiles({ name, port, gateway, hostKey, authorizedKey }: Identity): TreeFile[] {
  const network = `[Match]
MACAddress=${port.mac}

[Network]
Address=${port.address}/${PREFIX}
Address=${port.address6}/${PREFIX6}
Gateway=${gateway}
# Which there is none at.
DNS=192.0.2.53
IPv6AcceptRA=no
`;
  return [
    { path: "etc/hostname", content: `${name}\n` },
    { path: "etc/hosts", content: `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost\n` },
    { path: "etc/systemd/network/10-underlay.network", content: network },
    { path: "etc/ssh/ssh_host_ed25519_key", content: hostKey.privateKey, mode: 0o600 },
    { path: "etc/ssh/ssh_host_ed25519_key.pub", content: `${hostKey.publicKey}\n` },
    { path: "root/.ssh/authorized_keys", content: `${authorizedKey}\n` },
    { path: "home/admin/.ssh/authorized_keys", content: `${authorizedKey}\n` },
  ];
}
