import { spawn } from 'node:child_process';

/** The program that opens a page in the person's own browser. */
export function browserCommand(platform: NodeJS.Platform): readonly [program: string, ...args: string[]] {
  if (platform === 'darwin') return ['open'];
  return platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
}

/** Long enough for an opener that has no display to give up. */
const openerPatienceMs = 3_000;

/** Opens a file in the browser; false when there is none that could. */
export async function openPage(
  filePath: string,
  command: readonly [string, ...string[]] = browserCommand(process.platform),
): Promise<boolean> {
  const [program, ...args] = command;
  const child = spawn(program, [...args, filePath], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(true);
    }, openerPatienceMs);
    const settle = (opened: boolean): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    child.once('error', () => {
      settle(false);
    });
    child.once('exit', (code) => {
      settle(code === 0);
    });
  });
}
