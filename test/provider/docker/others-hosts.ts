import { fakeDocker } from "../../docker/fake-docker.ts";

/**
 * An engine that has a host of cluster `main` in each of these states, all made with somebody else's keys, and
 * that fails as soon as the cluster's network is asked for.
 */
export function engineWithOthers(...states: string[]) {
  const hosts = states.map((Status, index) => ({
    Id: `c${index + 1}`,
    Name: `/overbridge-main-host${index + 1}`,
    State: { Status },
    Config: {
      Labels: {
        "overbridge.host-id": String(index + 1),
        "overbridge.host-name": `host${index + 1}`,
        "overbridge.keys": "theirs",
      },
    },
    NetworkSettings: { Networks: {} },
  }));
  const { context, calls } = fakeDocker(`
    case "$*" in
      "ps --all --quiet"*) echo c1 ;;
      "container inspect"*) echo '${JSON.stringify(hosts)}' ;;
      "network inspect"*) echo "the network is looked at" >&2; exit 1 ;;
    esac`);
  /** The commands that are more than a look at what is there. */
  const changes = () => calls().filter((call) => !/^(version|info|ps|container (ls|inspect))/.test(call));
  return { context, changes };
}
