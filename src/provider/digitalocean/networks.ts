import ipaddr from "ipaddr.js";
import { z } from "zod";

/** An IPv4 or IPv6 network as a firewall rule names a source: `198.51.100.0/24`. */
export const ipNetwork = z
  .string()
  .max(50)
  .refine(
    (text) => /^[0-9a-f.:]+\/\d+$/i.test(text) && ipaddr.isValidCIDR(text),
    "expected a network such as 198.51.100.0/24",
  );
