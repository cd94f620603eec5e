import { expect, test } from "vitest";
import { keyPairOf } from "../../../src/cluster/keys.ts";
import { InputError } from "../../../src/errors.ts";
import { dockerProvider } from "../../../src/provider/docker/provider.ts";
import { fakeDocker } from "../../docker/fake-docker.ts";

const hostKey = keyPairOf(Buffer.alloc(32, 1));

test("a host that nobody agreed to lose stays, and nothing is changed", async () => {
  const hosts = [1, 2, 3].map((id) => ({
    Id: `c${id}`,
    Name: `/overbridge-main-host${id}`,
    State: { Status: "running" },
    Config: { Labels: { "overbridge.host-id": String(id), "overbridge.host-name": `host${id}` } },
    NetworkSettings: { Networks: {} },
  }));
  const { context, calls } = fakeDocker(`
    case "$*" in
      "ps --all --quiet"*) printf 'c1\\nc2\\nc3\\n' ;;
      "container inspect"*) echo '${JSON.stringify(hosts)}' ;;
    esac`);
  const ensured = dockerProvider().ensure(
    {
      cluster: "main",
      hosts: [{ id: 1, name: "host1", hostKey }],
      authorizedKey: hostKey.publicKey,
      mayRemove: [2],
    },
    context,
  );
  await expect(ensured).rejects.toThrow("hosts: 1 would remove host3, which nobody agreed to");
  await expect(ensured).rejects.toThrow(InputError);
  expect(calls().filter((call) => !/^(version|info|ps|container (ls|inspect))/.test(call))).toEqual([]);
});
