import { expect, test } from "vitest";
import { dockerfileOf, ensureHostImage } from "../../../src/provider/docker/host-image.ts";
import { fakeDocker } from "../../docker/fake-docker.ts";

test("has Open vSwitch unless told otherwise, and the packages asked for", () => {
  expect(dockerfileOf("debian:bookworm", {})).toMatch(/ openvswitch-switch /);
  expect(dockerfileOf("debian:bookworm", { openvswitch: false })).not.toContain("openvswitch");
  expect(dockerfileOf("debian:bookworm", { packages: ["cloud-init"] })).toMatch(/ cloud-init /);
});

test("bakes no host key into an image", () => {
  const dockerfile = dockerfileOf("debian:bookworm", {});
  expect(dockerfile).toMatch(/^FROM debian:bookworm\n/);
  expect(dockerfile).toMatch(/rm -rf .*\/etc\/ssh\/ssh_host_\*/);
});

/** An engine with one base image of the given id, which remembers what it has built. */
const engine = (baseId: string) => `
  case "$1 $2" in
    "image inspect")
      [ "$5" = debian:bookworm ] && echo ${baseId} && exit
      grep -q -- "--tag $5" "$(dirname "$0")/log" ;;
    build*) cat >"$(dirname "$0")/dockerfile" ;;
  esac`;

test("builds an image once, and another for another recipe or base", async () => {
  const { context, calls } = fakeDocker(engine("sha256:one"));
  const builds = () => calls().filter((call) => call.startsWith("build")).length;
  const first = await ensureHostImage({}, context);
  expect(first).toMatch(/^overbridge\/host:[0-9a-f]{16}$/);
  expect(await ensureHostImage({}, context)).toBe(first);
  expect(builds()).toBe(1);
  expect(await ensureHostImage({ packages: ["cloud-init"] }, context)).not.toBe(first);
  expect(builds()).toBe(2);
  expect(await ensureHostImage({}, fakeDocker(engine("sha256:two")).context)).not.toBe(first);
});
