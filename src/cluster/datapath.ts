/** Where hosts' bridges forward: in the kernel, in userspace, or whichever a host can have. */
export const datapaths = ["auto", "kernel", "userspace"] as const;
export type Datapath = (typeof datapaths)[number];
