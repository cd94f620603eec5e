import { stringify } from "yaml";
import type { KeyPair } from "../provider.ts";

/**
 * What a droplet is told at its first boot: who may log in, and the SSH host key it shows then.
 *
 * All droplets of a create call get the same text, and every process on a droplet can read it again from the
 * metadata address. So it holds nothing but a key that proves "one of this cluster's new droplets", and is
 * of no use once the host has a key of its own.
 */
export function userData(authorizedKey: string, bootstrap: KeyPair): string {
  const config = {
    ssh_authorized_keys: [authorizedKey],
    disable_root: false,
    ssh_pwauth: false,
    // Without a key of the account DigitalOcean sets a root password that must be changed at the first
    // login, which would also stop a login by key.
    chpasswd: { expire: false },
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: bootstrap.privateKey, ed25519_public: bootstrap.publicKey },
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}
