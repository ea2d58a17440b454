import { readFileSync } from 'node:fs';

/** Seconds of processor time since the machine and this process started. Needs Linux. */
export interface ProcessorTime {
  /** All cores, whoever used them. */
  readonly machine: number;
  readonly own: number;
  /** Children of this process that have ended, with theirs. */
  readonly children: number;
}

/** The kernel counts in hundredths of a second wherever Node runs. */
const ticksPerSecond = 100;

export function readProcessorTime(): ProcessorTime {
  const [, machine = ''] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = machine.split(' ').map(Number);
  // The command stands in brackets and may hold blanks; the numbered fields go on behind it.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const sum = (...indices: number[]): number => indices.reduce((total, index) => total + (fields[index] ?? 0), 0);
  return {
    machine: (user + nice + system + interrupts + softInterrupts) / ticksPerSecond,
    own: sum(11, 12) / ticksPerSecond,
    children: sum(13, 14) / ticksPerSecond,
  };
}
