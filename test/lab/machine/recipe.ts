import type { TreeFile } from "./tree.ts";

/** The Debian release that the machines run. */
const suite = "bookworm";

/** Size of a machine's disk in bytes; the image of it is sparse. */
const diskSize = 4 * 1024 ** 3;

/** The keys that Debian signs its archive with. */
export const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The name under which qemu hands a machine its own files: see `firstBoot`. */
export const seedName = "opt/overbridge/seed";

/** All that a host program may ask apt for is here already: a machine reaches no mirror. */
const packages = [
  "linux-image-cloud-amd64",
  "initramfs-tools",
  "busybox-static",
  "zstd",
  "systemd-sysv",
  "systemd-resolved",
  "udev",
  "dbus",
  "kmod",
  "openssh-server",
  "sudo",
  "ca-certificates",
  "iproute2",
  "iptables",
  "iputils-ping",
  "ethtool",
  "tcpdump",
  "procps",
  "openvswitch-switch",
  "docker.io",
  "apparmor",
];

/** What the kernel needs to find its root; everything else is loaded from there. */
const initramfsModules = ["virtio_pci", "virtio_blk", "ext4", "crc32c_generic", "qemu_fw_cfg"];

/**
 * Runs in the initramfs, so that systemd finds the machine's own name, keys and network from its first
 * instruction on. The first boot alone unpacks them: what a test changes afterwards survives a reboot. The
 * boot id on the console lets a test see a reboot without logging in.
 */
const firstBoot = `#!/bin/sh
if [ "$1" = prereqs ]; then echo; exit; fi
if ! [ -e "$rootmnt/etc/hostname" ]; then
  modprobe qemu_fw_cfg
  chroot "$rootmnt" tar -x -C / </sys/firmware/qemu_fw_cfg/by_name/${seedName}/raw
fi
echo "boot_id $(cat /proc/sys/kernel/random/boot_id)" >/dev/console
`;

const files: readonly TreeFile[] = [
  { path: "etc/initramfs-tools/modules", content: `${initramfsModules.join("\n")}\n` },
  { path: "etc/initramfs-tools/conf.d/lab", content: "MODULES=list\nBUSYBOX=y\nRESUME=none\n" },
  { path: "etc/initramfs-tools/scripts/init-bottom/lab", content: firstBoot, mode: 0o755 },
  { path: "etc/default/locale", content: "LANG=C.UTF-8\n" },
  { path: "etc/fstab", content: "/dev/vda / ext4 errors=remount-ro 0 0\n" },
  // Until user sessions are allowed pam refuses everyone but root, although sshd answers.
  {
    path: "etc/systemd/system/ssh.service.d/lab.conf",
    content: "[Unit]\nAfter=systemd-user-sessions.service\n",
  },
  { path: "etc/sudoers.d/admin", content: "admin ALL=(ALL) NOPASSWD: ALL\n", mode: 0o440 },
];

/** Units that a machine of a few minutes' life has no use for and that would cost it boot time. */
const masked = [
  "getty@tty1.service",
  "serial-getty@ttyS0.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "e2scrub_reap.service",
];

/**
 * Makes the root in memory, inside mount and process namespaces of its own: whatever ends it, the kernel
 * takes back every file, mount and process with it. Arguments: the mirror, the directory of `files`, the
 * directory to put the results in.
 */
const script = `
mirror=$1 files=$2 out=$3
root=/mnt
mount -t tmpfs -o size=3g,mode=755 overbridge "$root"
debootstrap --variant=minbase --keyring=${keyring} --force-check-gpg ${suite} "$root" "$mirror" >&2
mount -t proc proc "$root/proc"
cp -R "$files/." "$root"
printf '#!/bin/sh\\nexit 101\\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
in_root() { chroot "$root" env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@" >&2; }
in_root apt-get update
in_root apt-get install --yes --no-install-recommends -o Dpkg::Options::=--force-confold ${packages.join(" ")}
in_root adduser --disabled-password --gecos '' admin
in_root install -d -m 700 /root/.ssh
in_root install -d -m 700 -o admin -g admin /home/admin/.ssh
in_root systemctl enable systemd-networkd
in_root systemctl mask ${masked.join(" ")}
in_root apt-get clean
cd "$root"
cp boot/vmlinuz-* "$out/vmlinuz"
cp boot/initrd.img-* "$out/initrd.img"
umount proc
rm -rf usr/sbin/policy-rc.d etc/hostname etc/ssh/ssh_host_* var/lib/apt/lists/* var/log/*.log
# debootstrap copied this machine's.
rm -f etc/resolv.conf
ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
# Empty, not absent: systemd then makes up an id on the first boot and keeps it.
: >etc/machine-id
rm -f var/lib/dbus/machine-id
truncate -s ${diskSize} "$out/root.ext4"
mkfs.ext4 -q -L root -d . "$out/root.ext4"
`;

/** All that decides what is in the image. */
export const recipe = { files, script };
