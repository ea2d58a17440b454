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
  const self = readFileSync('/proc/self/stat', 'utf8');
  return {
    machine: (user + nice + system + interrupts + softInterrupts) / ticksPerSecond,
    own: readSeconds(self, ownFields),
    children: readSeconds(self, childFields),
  };
}

/** Processor time of a process itself, from the text of its `stat` file. */
export function readOwnSeconds(stat: string): number {
  return readSeconds(stat, ownFields);
}

/** Places of user and system time behind the command's name, which stands in brackets and may hold blanks. */
const ownFields = [11, 12];
const childFields = [13, 14];

function readSeconds(stat: string, places: readonly number[]): number {
  const fields = stat
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  return places.reduce((sum, place) => sum + (fields[place] ?? 0), 0) / ticksPerSecond;
}
