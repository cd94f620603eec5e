import type { z } from "zod";
import { ApiError } from "./api-error.ts";
import type { Http } from "./http.ts";
import { CREATE_GRACE_MS } from "./limits.ts";
import {
  type Droplet,
  dropletsSchema,
  type Firewall,
  firewallsSchema,
  madeDropletsSchema,
  madeFirewallSchema,
  madeTagSchema,
  type Size,
  sizesSchema,
  tagsSchema,
  totalSchema,
  vpcSchema,
} from "./schema.ts";

/** What up to ten droplets have in common; sent with their names in one call. */
export interface DropletSpec {
  readonly region: string;
  readonly size: string;
  readonly image: string | number;
  readonly tags: readonly string[];
  readonly user_data: string;
  readonly ssh_keys: readonly (string | number)[];
  readonly ipv6: boolean;
  readonly monitoring: boolean;
  /** The droplet agent lets DigitalOcean's console log in with keys of its own. */
  readonly with_droplet_agent: false;
  readonly vpc_uuid?: string;
}

export interface FirewallSpec {
  readonly name: string;
  readonly tags: readonly string[];
  readonly inbound_rules: readonly unknown[];
  readonly outbound_rules: readonly unknown[];
}

/** Most names that one create call takes. */
export const NAMES_PER_CREATE = 10;

/** Most things on a page of a list. */
const PER_PAGE = 200;

/** The endpoints that are used, one method each. Everything throws as {@link Http} does. */
export interface Api {
  /** All droplets with a tag, over as many pages as it takes. */
  droplets(tag: string): Promise<Droplet[]>;
  /**
   * Asks for droplets, at most {@link NAMES_PER_CREATE}, and says which were made. Never asked again by itself
   * where its answer is lost.
   */
  createDroplets(names: readonly string[], spec: DropletSpec): Promise<Pick<Droplet, "id" | "name">[]>;
  /** False where it was gone already. */
  deleteDroplet(id: number): Promise<boolean>;
  firewalls(): Promise<Firewall[]>;
  createFirewall(spec: FirewallSpec): Promise<void>;
  updateFirewall(id: string, spec: FirewallSpec): Promise<void>;
  deleteFirewall(id: string): Promise<boolean>;
  tags(): Promise<string[]>;
  /** Makes a tag; it may be there. */
  createTag(name: string): Promise<void>;
  deleteTag(name: string): Promise<boolean>;
  tagDroplets(tag: string, ids: readonly number[]): Promise<void>;
  sizes(): Promise<Size[]>;
  /** The region a VPC is in; nothing where there is no such VPC. */
  regionOfVpc(id: string): Promise<string | undefined>;
}

export function openApi(http: Http): Api {
  async function all<Schema extends z.ZodType, Item>(
    path: string,
    schema: Schema,
    items: (answer: z.output<Schema>) => Item[],
  ): Promise<Item[]> {
    const found: Item[] = [];
    for (let page = 1; ; page += 1) {
      const separator = path.includes("?") ? "&" : "?";
      const request = {
        method: "GET",
        path: `${path}${separator}per_page=${PER_PAGE}&page=${page}`,
      } as const;
      // The links to further pages are not followed: the token would go wherever they point.
      const answer = await http(request, schema.and(totalSchema));
      const here = items(answer as z.output<Schema>);
      found.push(...here);
      if (here.length < PER_PAGE || found.length >= answer.meta.total) return found;
    }
  }

  async function remove(path: string): Promise<boolean> {
    try {
      await http({ method: "DELETE", path });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }

  return {
    droplets: (tag) =>
      all(`/v2/droplets?tag_name=${encodeURIComponent(tag)}`, dropletsSchema, (answer) => answer.droplets),
    async createDroplets(names, spec) {
      const body = { names, ...spec };
      const request = { method: "POST", path: "/v2/droplets", body, graceMs: CREATE_GRACE_MS } as const;
      return (await http(request, madeDropletsSchema)).droplets;
    },
    deleteDroplet: (id) => remove(`/v2/droplets/${id}`),
    firewalls: () => all("/v2/firewalls", firewallsSchema, (answer) => answer.firewalls),
    async createFirewall(spec) {
      await http({ method: "POST", path: "/v2/firewalls", body: spec }, madeFirewallSchema);
    },
    async updateFirewall(id, spec) {
      await http({ method: "PUT", path: `/v2/firewalls/${id}`, body: spec }, madeFirewallSchema);
    },
    deleteFirewall: (id) => remove(`/v2/firewalls/${id}`),
    async tags() {
      const tags = await all("/v2/tags", tagsSchema, (answer) => answer.tags);
      return tags.map(({ name }) => name);
    },
    async createTag(name) {
      await http({ method: "POST", path: "/v2/tags", body: { name }, idempotent: true }, madeTagSchema);
    },
    deleteTag: (name) => remove(`/v2/tags/${encodeURIComponent(name)}`),
    tagDroplets(tag, ids) {
      const resources = ids.map((id) => ({ resource_id: String(id), resource_type: "droplet" }));
      const path = `/v2/tags/${encodeURIComponent(tag)}/resources`;
      return http({ method: "POST", path, body: { resources }, idempotent: true });
    },
    sizes: () => all("/v2/sizes", sizesSchema, (answer) => answer.sizes),
    async regionOfVpc(id) {
      try {
        return (await http({ method: "GET", path: `/v2/vpcs/${id}` }, vpcSchema)).vpc.region;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}
