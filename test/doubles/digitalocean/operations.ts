import { randomUUID } from "node:crypto";
import { type Account, type CreateSpec, type Firewall, Refusal } from "./account.ts";
import { regions, sizes } from "./catalogue.ts";
import type { ApiRequest } from "./openapi.ts";
import { viewDroplet, viewFirewall, viewTag } from "./views.ts";

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

type Call = Pick<ApiRequest, "query" | "body"> & { readonly params: Record<string, string> };

type Operation = (account: Account, call: Call) => Reply;

const NO_CONTENT: Reply = { status: 204 };

/** One page of a list, with the links that lead to the next. */
function page(key: string, items: readonly unknown[], query: Record<string, string>): Reply {
  const size = Number(query.per_page ?? 20);
  const number = Number(query.page ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number) => `https://api.digitalocean.com/v2/${key}?page=${to}&per_page=${size}`;
  const pages = number < last ? { next: link(number + 1), last: link(last) } : {};
  const body = {
    [key]: items.slice((number - 1) * size, number * size),
    links: last > 1 ? { pages } : {},
    meta: { total: items.length },
  };
  return { status: 200, body };
}

function findFirewall(account: Account, id: string | undefined): Firewall {
  const firewall = account.firewalls.find((one) => one.id === id);
  if (!firewall) throw new Refusal(404, "not_found", "The resource you were accessing could not be found.");
  return firewall;
}

type FirewallBody = Partial<Pick<Firewall, "tags" | "droplet_ids" | "inbound_rules" | "outbound_rules">> & {
  name: string;
};

function setFirewall(account: Account, firewall: Firewall, body: FirewallBody): Firewall {
  if (account.firewalls.some(({ id, name }) => id !== firewall.id && name === body.name))
    throw new Refusal(409, "conflict", "duplicate name");
  firewall.name = body.name;
  firewall.tags = (body.tags ?? []).map((tag) => account.existingTag(tag));
  firewall.droplet_ids = body.droplet_ids ?? [];
  firewall.inbound_rules = body.inbound_rules ?? [];
  firewall.outbound_rules = body.outbound_rules ?? [];
  return firewall;
}

/** What each request does, by the description's name for it. What is not here, overbridge may not ask. */
export const operations: Readonly<Record<string, Operation>> = {
  droplets_list(account, { query }) {
    const tag = query.tag_name?.toLowerCase();
    const found = account.listed().filter(({ tags, name }) => {
      const tagged = tag === undefined || [...tags].some((one) => one.toLowerCase() === tag);
      return tagged && (query.name === undefined || name === query.name);
    });
    return page(
      "droplets",
      found.map((droplet) => viewDroplet(account, droplet)),
      query,
    );
  },

  droplets_create(account, { body }) {
    const spec = body as CreateSpec & { name?: string; names?: string[] };
    const made = account.create(spec.names ?? [spec.name!], spec);
    const droplets = made.map((droplet) => viewDroplet(account, droplet));
    const actions = made.map(({ id }) => ({
      id: id * 10,
      rel: "create",
      href: `https://api.digitalocean.com/v2/actions/${id * 10}`,
    }));
    return {
      status: 202,
      body: spec.names ? { droplets, links: { actions } } : { droplet: droplets[0], links: { actions } },
    };
  },

  droplets_destroy(account, { params }) {
    account.destroy(Number(params.droplet_id));
    return NO_CONTENT;
  },

  firewalls_list: (account, { query }) => page("firewalls", account.firewalls.map(viewFirewall), query),

  firewalls_create(account, { body }) {
    const blank: Firewall = {
      id: randomUUID(),
      name: "",
      tags: [],
      droplet_ids: [],
      inbound_rules: [],
      outbound_rules: [],
      createdAt: account.clock.now(),
    };
    const firewall = setFirewall(account, blank, body as FirewallBody);
    account.firewalls.push(firewall);
    return { status: 202, body: { firewall: viewFirewall(firewall) } };
  },

  firewalls_update(account, { params, body }) {
    const firewall = setFirewall(account, findFirewall(account, params.firewall_id), body as FirewallBody);
    return { status: 200, body: { firewall: viewFirewall(firewall) } };
  },

  firewalls_delete(account, { params }) {
    account.firewalls.splice(account.firewalls.indexOf(findFirewall(account, params.firewall_id)), 1);
    return NO_CONTENT;
  },

  tags_list: (account, { query }) =>
    page(
      "tags",
      [...account.tags.values()].map((tag) => viewTag(account, tag)),
      query,
    ),

  tags_create(account, { body }) {
    return { status: 201, body: { tag: viewTag(account, account.tag((body as { name: string }).name)) } };
  },

  tags_delete(account, { params }) {
    account.untag(params.tag_id!);
    return NO_CONTENT;
  },

  tags_assign_resources(account, { params, body }) {
    const tag = account.existingTag(params.tag_id!);
    const { resources } = body as { resources: { resource_id: string; resource_type: string }[] };
    const droplets = resources.map(({ resource_id }) => account.droplet(Number(resource_id)));
    for (const droplet of droplets) droplet.tags.add(tag);
    return NO_CONTENT;
  },

  sizes_list: (_account, { query }) => page("sizes", sizes, query),

  regions_list: (_account, { query }) => page("regions", regions, query),

  vpcs_get(account, { params }) {
    const vpc = account.vpcs.find(({ id }) => id === params.vpc_id);
    if (!vpc) throw new Refusal(404, "not_found", "The resource you were accessing could not be found.");
    const body = {
      ...vpc,
      description: "",
      ip_range: "10.110.0.0/20",
      default: true,
      urn: `do:vpc:${vpc.id}`,
      created_at: "2029-01-01T00:00:00Z",
    };
    return { status: 200, body: { vpc: body } };
  },
};
