import pLimit from "p-limit";
import type { Host } from "../../cluster/host-list.ts";
import { Failure, InputError, isStated } from "../../errors.ts";
import type { Event } from "../../report/reporter.ts";
import { connect } from "../../ssh/connect.ts";
import type { Identity, Target } from "../../ssh/connection.ts";
import type { Limits } from "../../ssh/deadline.ts";
import { formatHostSpec } from "../../ssh/host-spec.ts";
import type { Context } from "../../steps/context.ts";
import type { ProvidedHost, Provider } from "../provider.ts";
import { type AssignedHost, assignIds } from "./assign.ts";
import type { StaticHost } from "./options.ts";
import { type PinSources, pin } from "./pin.ts";
import { problemsOf, readSurvey, type Survey, surveyProgram } from "./survey.ts";
import { checkUnderlaysDiffer, underlayOf } from "./underlay.ts";

type StatedError = InputError | Failure;

export interface StaticOptions extends PinSources {
  readonly hosts: readonly StaticHost[];
  /** The hosts of the cluster's host list, where there is one: those named again keep their ids. */
  readonly existing: readonly Host[];
}

/** So many hosts at a time. */
const AT_ONCE = 64;
/** Milliseconds for looking at one host, which is up already or not at all. */
const LOOK_MS = 30_000;

/**
 * Hosts that are there already, and stay when the cluster goes. It creates and removes nothing, and changes
 * nothing on them: it finds out whether they will do, and how the others reach them.
 */
export function staticProvider(options: StaticOptions): Provider {
  const assigned = assignIds(options.hosts, options.existing);

  return {
    async observe() {
      return assigned.map(({ id, name }) => ({ id, name }));
    },

    async ensure(desired, context) {
      const byId = new Map(assigned.map((host) => [host.id, host]));
      const hosts = desired.hosts.map(({ id, name }) => {
        const host = byId.get(id);
        if (!host) throw new InputError(`host: expected one for ${name}, found none`);
        return { ...host, name };
      });
      const provided = await lookAtAll(hosts, options, context);
      checkUnderlaysDiffer(provided);
      return provided;
    },

    async destroy() {
      return { removed: [], left: [] };
    },
  };
}

/** All hosts side by side, so that a user learns of every problem at once. @throws InputError, Failure */
async function lookAtAll(
  hosts: readonly AssignedHost[],
  options: StaticOptions,
  context: Context,
): Promise<readonly ProvidedHost[]> {
  const limit = pLimit(AT_ONCE);
  const looks = await Promise.all(hosts.map((host) => limit(() => lookAt(host, options, context))));
  const problems = looks.flatMap((look) => look.problems);
  if (problems.length > 0) throw together(problems, hosts.length);
  return looks.flatMap(({ host }) => host ?? []);
}

interface Look {
  readonly host?: ProvidedHost;
  readonly problems: readonly StatedError[];
}

async function lookAt(host: AssignedHost, options: StaticOptions, context: Context): Promise<Look> {
  const { id, name, user, address, port } = host;
  const { reporter } = context;
  const limits: Limits = { timeoutMs: LOOK_MS, signal: context.signal };
  reporter.report({ kind: "doing", host: name, text: `looking at ${formatHostSpec(host)}` });
  try {
    const { hostKey, onFaith } = await pin(host, options, limits);
    const target: Target = {
      name,
      user,
      address,
      port,
      hostKey,
      ...(options.jump && { jump: options.jump }),
    };
    const survey = await surveyOf(target, options.identity, limits);
    const problems = problemsOf(target, survey);
    if (problems.length > 0) return { problems };
    const underlay = underlayOf(host, survey);
    if (onFaith) reporter.report(warningOf(name, hostKey));
    reporter.report({
      kind: "note",
      host: name,
      text: `${survey.system}, ${survey.architecture}, ${underlay}`,
    });
    return { host: { id, name, ssh: { user, address, port, hostKey }, underlay }, problems: [] };
  } catch (error) {
    if (!isStated(error)) throw error;
    return { problems: [error] };
  }
}

async function surveyOf(target: Target, identity: Identity, limits: Limits): Promise<Survey> {
  const connection = await connect(target, identity, limits);
  try {
    const { stdout } = await connection.run("sh", { ...limits, stdin: surveyProgram });
    return readSurvey(stdout);
  } finally {
    connection.close();
  }
}

function warningOf(host: string, hostKey: string): Event {
  return {
    kind: "warning",
    host,
    text: `nobody vouches for its host key ${hostKey}: it is trusted from now on because it was shown first`,
    hint: "compare it with what ssh-keygen -lf prints on the host for its key in /etc/ssh",
  };
}

/** Several problems as one error, which is the user's only where all are. */
function together(problems: readonly StatedError[], hosts: number): StatedError {
  const [first] = problems;
  if (first && problems.length === 1) return first;
  const texts = problems.map(({ message }) => message).join("; ");
  const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))].join("; ");
  const Kind = problems.every((problem) => problem instanceof InputError) ? InputError : Failure;
  return new Kind(`${problems.length} problems with ${hosts} hosts: ${texts}`, hints || undefined);
}
