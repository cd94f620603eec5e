import { createLogUpdate } from "log-update";
import pico from "picocolors";
import { linesOf, seconds } from "./lines.ts";
import { type Output, plainReporter } from "./plain.ts";
import type { Event, Reporter } from "./reporter.ts";

export type { Output } from "./plain.ts";

/** Whether colours are wanted: a terminal that has not been told otherwise (https://no-color.org). */
function wantsColor(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * A terminal: what is through scrolls by, what is going on stands below it, one line a host. Properties
 * that were fine already only count there.
 */
function liveReporter(output: Output, color: boolean): Reporter {
  const colors = pico.createColors(color);
  const area = createLogUpdate(output as NodeJS.WritableStream);
  const hosts = new Map<string, { text: string; since: number; fine: number }>();
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    const room = Math.max(3, (output.rows ?? 24) - 3);
    const lines = [...hosts].slice(0, room).map(([host, { text, since, fine }]) => {
      const count = fine > 0 ? ` ${fine} ok` : "";
      const time = colors.dim(`(${seconds(Date.now() - since)}${count && `,${count}`})`);
      return `${colors.cyan(FRAMES[frame % FRAMES.length]!)} ${colors.bold(host)} ${text} ${time}`;
    });
    if (hosts.size > room) lines.push(colors.dim(`  and ${hosts.size - room} more hosts`));
    area(lines.join("\n"));
  };
  const show = (event: Event) => area.persist(linesOf(event, colors).join("\n"));

  return {
    report(event) {
      if (event.kind === "doing" || (event.kind === "property" && event.outcome === "ok")) {
        const host = hosts.get(event.host) ?? { text: "", since: Date.now(), fine: 0 };
        if (event.kind === "doing") host.text = event.text;
        else host.fine += 1;
        hosts.set(event.host, host);
      } else {
        if (event.kind === "overall") hosts.delete(event.host);
        if (event.kind === "phase") hosts.clear();
        area.clear();
        show(event);
      }
      timer ??= setInterval(() => {
        frame += 1;
        draw();
      }, 100).unref();
      draw();
    },
    close() {
      clearInterval(timer);
      hosts.clear();
      area.clear();
      area.done();
    },
  };
}

/** The face for a person: live where the output is a terminal, plain lines without control codes elsewhere. */
export function terminalReporter(
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
): Reporter {
  const live = output.isTTY === true && env.TERM !== "dumb" && !env.CI;
  return live ? liveReporter(output, wantsColor(output, env)) : plainReporter(output);
}
