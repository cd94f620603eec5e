import { expect, test, vi } from "vitest";
import { showDocker } from "../../actions/build-ovs/docker.ts";
import { secretInputs } from "../../actions/shared/secrets.ts";
import { openEngine } from "../../src/docker/engine.ts";
import { runProcess } from "../../src/docker/process.ts";
import { fakeDocker } from "./fake-docker.ts";

/** Every secret that overbridge or a runner may have in the environment, by whatever name it goes. */
const secrets = Object.fromEntries(
  [
    ...Object.values(secretInputs).map(({ env }) => env),
    ...Object.keys(secretInputs).map((name) => `INPUT_${name.toUpperCase()}`),
    ...["AUTH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
  ].map((name) => [name, "hunter2"]),
);

/** What is no secret, and what a docker client is told by the environment. */
const open = {
  DOCKER_HOST: "unix:///nonexistent/docker.sock",
  HTTPS_PROXY: "http://proxy.example",
  INPUT_TARGET: "debian:trixie",
};

function expectOpenAlone(environment: string) {
  expect(environment).not.toContain("hunter2");
  for (const [name, value] of Object.entries(open)) expect(environment).toContain(`${name}=${value}\n`);
}

test("docker is given the environment without a secret", async () => {
  const { context } = fakeDocker("env", { ...secrets, ...open });
  expectOpenAlone(await openEngine(context).run(["version"]));
});

test("the docker that build-ovs shows is given the environment without a secret", async () => {
  const { context, events } = fakeDocker("env", { ...secrets, ...open });
  // Which program that is goes by this process's PATH.
  vi.stubEnv("PATH", context.env.PATH);
  await showDocker(context).finally(() => vi.unstubAllEnvs());
  expectOpenAlone(events.map((event) => ("text" in event ? `${event.text}\n` : "")).join(""));
});

test("a program that is given no environment gets this process's without a secret", async () => {
  for (const [name, value] of Object.entries({ ...secrets, ...open })) vi.stubEnv(name, value);
  const { stdout } = await runProcess("env", []).finally(() => vi.unstubAllEnvs());
  expectOpenAlone(stdout);
});
