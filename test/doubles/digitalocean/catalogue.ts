/** What the double sells and where. Prices are made up: nothing may depend on them being true. */
export const regions = ["fra1", "nyc3"].map((slug) => ({
  slug,
  name: slug.toUpperCase(),
  features: ["private_networking", "ipv6", "metadata"],
  available: true,
  sizes: slug === "fra1" ? ["s-1vcpu-1gb", "s-2vcpu-2gb", "s-2vcpu-4gb"] : ["s-1vcpu-1gb", "s-2vcpu-2gb"],
}));

export const sizes = [
  { slug: "s-1vcpu-1gb", memory: 1024, vcpus: 1, disk: 25, transfer: 1, price_hourly: 0.01 },
  { slug: "s-2vcpu-2gb", memory: 2048, vcpus: 2, disk: 60, transfer: 3, price_hourly: 0.025 },
  { slug: "s-2vcpu-4gb", memory: 4096, vcpus: 2, disk: 80, transfer: 4, price_hourly: 0.04 },
].map((size) => ({
  ...size,
  description: "Basic",
  price_monthly: size.price_hourly * 672,
  regions: regions.filter((region) => region.sizes.includes(size.slug)).map((region) => region.slug),
  available: true,
}));

export const images = [
  { id: 101, slug: "ubuntu-24-04-x64", name: "24.04 x64", distribution: "Ubuntu" },
  { id: 102, slug: "debian-12-x64", name: "12 x64", distribution: "Debian" },
].map((image) => ({
  ...image,
  type: "base",
  public: true,
  regions: regions.map((region) => region.slug),
  created_at: "2029-01-01T00:00:00Z",
  min_disk_size: 7,
  size_gigabytes: 0.6,
  description: image.name,
  tags: [],
  status: "available",
  error_message: "",
}));
