import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostSchema } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import { formatHostSpec, parseHostSpec } from "../../src/ssh/host-spec.ts";

describe("a host is written as user@address[:port]", () => {
  test.each([
    ["root@192.0.2.7", "root", "192.0.2.7", 22],
    ["root@192.0.2.7:2222", "root", "192.0.2.7", 2222],
    ["deploy@Host.Example", "deploy", "host.example", 22],
    ["deploy@host.example:1", "deploy", "host.example", 1],
    ["root@2001:DB8:0::7", "root", "2001:db8::7", 22],
    ["root@::1", "root", "::1", 22],
    ["root@[::1]", "root", "::1", 22],
    ["root@[2001:db8::7]:65535", "root", "2001:db8::7", 65_535],
    ["a.b-c_d@x", "a.b-c_d", "x", 22],
  ])("%s", (text, user, address, port) => {
    expect(parseHostSpec(text)).toEqual({ user, address, port });
  });

  test.each([
    ["192.0.2.7", "found no '@'"],
    ["@192.0.2.7", "expected a user's name before '@', found ''"],
    ["ro ot@x", "found 'ro ot'"],
    ["-oProxyCommand=x@y", "expected a user's name"],
    ["root@", "expected an IP address or a DNS name after '@', found ''"],
    ["root@10.0.0.256", "found '10.0.0.256'"],
    ["root@010.0.0.1", "found '010.0.0.1'"],
    ["root@fe80::1%eth0", "found 'fe80::1%eth0'"],
    ["root@[10.0.0.1]", "expected an IPv6 address in the brackets, found '10.0.0.1'"],
    ["root@[::1]22", "found '[::1]22'"],
    ["root@host:", "expected a port from 1 to 65535 after ':', found ''"],
    ["root@host:0", "found '0'"],
    ["root@host:65536", "found '65536'"],
    ["root@host:22x", "found '22x'"],
    ["root@host;reboot", "found 'host;reboot'"],
    ["root@-host", "found '-host'"],
  ])("%s is refused", (text, problem) => {
    const parse = () => parseHostSpec(text);
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(`host '${text}': `);
    expect(parse).toThrow(problem);
  });
});

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes(".")),
  fc.domain(),
);
const user = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,31}$/);
const port = fc.integer({ min: 1, max: 65_535 });

test("what is read is written so that it reads the same, and fits a host list", () => {
  fc.assert(
    fc.property(user, address, port, (user, address, port) => {
      const text = `${user}@${address.includes(":") ? `[${address}]` : address}:${port}`;
      const spec = parseHostSpec(text);
      expect(parseHostSpec(formatHostSpec(spec))).toEqual(spec);
      expect(hostSchema.shape.ssh.omit({ hostKey: true }).parse(spec)).toEqual(spec);
    }),
  );
});

test("whatever is given, it is a host or an InputError", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseHostSpec(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
  );
});
