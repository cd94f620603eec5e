import type { Property } from "../property.ts";
import { printing } from "../shell.ts";

export interface Unit {
  /** The property's name. */
  readonly name: string;
  /** The unit's name without `.service`. */
  readonly unit: string;
  readonly definition: string;
  /** The script it runs, with a verb `check` that succeeds where what it makes is there. */
  readonly path: string;
  readonly script: string;
  /** Commands that succeed where the host needs the unit at all; absent: it does. */
  readonly needed?: string;
  /** Commands that remove what the unit made, run after it was stopped. */
  readonly clear: string;
  /** Commands that succeed where that is gone. */
  readonly cleared: string;
}

/**
 * What has to be made at every boot is made by a unit, and by that unit in the first place too: there is
 * one way for it to come about, and a dropped SSH session cannot stop it halfway.
 */
export function unitHolds(unit: Unit): Property {
  const file = `/etc/systemd/system/${unit.unit}.service`;
  const contents = `
unit_text() { ${printing(unit.definition)}
}
script_text() { ${printing(unit.script)}
}`;
  const gone = `[ ! -e ${file} ] && [ ! -e ${unit.path} ] && { ${unit.cleared}; }`;
  const remove = `
if [ -e ${file} ]; then
  systemctl disable --now ${unit.unit}
  rm -f ${file}
  systemctl daemon-reload
fi
${unit.clear}
rm -f ${unit.path}
rmdir --ignore-fail-on-non-empty "$(dirname ${unit.path})" 2>/dev/null || :`;
  const there = `holds unit_text ${file} && holds script_text ${unit.path} &&
  systemctl is-enabled --quiet ${unit.unit} && systemctl is-active --quiet ${unit.unit} && ${unit.path} check`;
  const make = `
unit_text | put ${file} 644
script_text | put ${unit.path} 755
systemctl daemon-reload
systemctl enable ${unit.unit}
systemctl restart ${unit.unit} || {
  # What the script itself said in this run (ovs-vsctl logs there too): its last line is the reason.
  journalctl --sync || :
  run=$(systemctl show --property=InvocationID --value ${unit.unit})
  said=$(journalctl -q --no-pager -n 15 -o cat _TRANSPORT=stdout _SYSTEMD_INVOCATION_ID="$run")
  fail "\${said:-${unit.unit} ended without a word: $(systemctl show --property=Result --value ${unit.unit})}"
}`;
  return {
    name: unit.name,
    look: unit.needed
      ? `${contents}\nif ${unit.needed}; then ${there}\nelse ${gone}\nfi`
      : `${contents}\n${there}`,
    change: unit.needed
      ? `${contents}\nif ${unit.needed}; then ${make}\nelse ${remove}\nfi`
      : `${contents}\n${make}`,
    undo: { look: gone, change: remove },
  };
}
