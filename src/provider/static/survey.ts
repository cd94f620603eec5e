import { Failure } from "../../errors.ts";
import type { Target } from "../../ssh/connection.ts";
import { fromHost } from "../../ssh/failure.ts";
import { rootLook, rootProblem } from "../../ssh/root.ts";

/** What a host says of itself: nothing of it is believed further than a name or an address goes. */
export interface Survey {
  /** `uname -m` */
  readonly architecture: string;
  /** ID and VERSION_ID of os-release, `debian 12`, and what ID_LIKE adds. */
  readonly system: string;
  readonly like: readonly string[];
  /** What rootLook printed. */
  readonly root: string;
  /** The address at which this very connection arrived on the host. */
  readonly arrived: string | undefined;
  /** The address it sends from, by its routes. */
  readonly source: string | undefined;
  /** The addresses its interfaces have. */
  readonly addresses: readonly string[];
}

/** The kernel's IPv4 and IPv6 routes are asked about addresses for documentation: nothing is sent to them. */
export const surveyProgram = `LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
echo "architecture $(uname -m)"
(. /etc/os-release && echo "system \${ID-} \${VERSION_ID-}" && echo "like \${ID_LIKE-}")
printf 'root '
${rootLook}
set -- \${SSH_CONNECTION-}
echo "arrived \${3-}"
for to in 192.0.2.1 2001:db8::1; do
  ip -o route get "$to" 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/source \\1/p'
done
ip -o addr show 2>/dev/null | sed -n 's,.* inet6* \\([^ /]*\\).*,address \\1,p'
`;

/** Reads what the program printed. */
export function readSurvey(stdout: string): Survey {
  const lines = stdout.split("\n").map((line) => {
    const [word = "", ...rest] = line.trim().split(" ");
    return { word, value: rest.join(" ") };
  });
  const all = (wanted: string) => lines.filter(({ word }) => word === wanted).map(({ value }) => value);
  const first = (wanted: string) => all(wanted)[0] || undefined;
  return {
    architecture: first("architecture") ?? "",
    system: first("system") ?? "",
    like: (first("like") ?? "").split(" "),
    root: first("root") ?? "",
    arrived: first("arrived"),
    source: first("source"),
    addresses: all("address"),
  };
}

const architectures = ["x86_64", "aarch64"];
const systems = ["debian", "ubuntu"];

/** Why a host cannot be one of a cluster; empty where it can. */
export function problemsOf(target: Pick<Target, "name" | "user">, survey: Survey): readonly Failure[] {
  const { name } = target;
  const problems: Failure[] = [];
  if (!architectures.includes(survey.architecture)) {
    const found = fromHost(survey.architecture, 40) || "nothing";
    problems.push(new Failure(`${name}: wrong architecture: expected x86_64 or aarch64, found ${found}`));
  }
  const [id = ""] = survey.system.split(" ");
  if (![id, ...survey.like].some((one) => systems.includes(one))) {
    const found = fromHost(survey.system, 80) || "no /etc/os-release";
    problems.push(new Failure(`${name}: wrong system: expected Debian or Ubuntu, found ${found}`));
  }
  const root = rootProblem(target, survey.root);
  if (root) problems.push(root);
  return problems;
}
