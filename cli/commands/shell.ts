import type { z } from "zod";
import { findHost } from "../../src/cluster/host-list.ts";
import { InputError } from "../../src/errors.ts";
import { quote } from "../../src/host/shell.ts";
import { connector } from "../../src/steps/connect.ts";
import { clusterInputs, loginInputs } from "../../src/steps/inputs.ts";
import { type Call, define } from "../define.ts";

const shellInputs = clusterInputs.extend(loginInputs.shape);

/** Runs a command (or, without one, a login shell) on a host with this process's streams. */
async function attach({ inputs, args, store, context }: Call<z.output<typeof shellInputs>>) {
  const [name, ...words] = args;
  if (name === undefined) throw new InputError("HOST is required");
  const host = findHost(await store.hostList(), name);
  const connection = await (await connector(inputs, context, store, {}))(host);
  try {
    const command =
      words.length === 0 ? undefined : words.length === 1 ? words[0] : words.map(quote).join(" ");
    return { exitCode: await connection.attach(command) };
  } finally {
    connection.close();
  }
}

/** `overbridge ssh HOST`: a shell on a host. */
export const sshCommand = define({
  usage: "ssh <host>",
  summary: "open a shell on a host",
  inputs: shellInputs,
  run: attach,
});

/** `overbridge exec HOST -- COMMAND`: run a command on a host; its exit code becomes ours. */
export const execCommand = define({
  usage: "exec <host> <command...>",
  summary: "run a command on a host and exit with its exit code",
  inputs: shellInputs,
  run: attach,
});
