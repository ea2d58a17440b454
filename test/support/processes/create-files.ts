import { openTestHost } from '../s3-host.js';

/** Creates files of a known content until it is killed: `create-files.ts LOCATION`. Says which one it begins with. */
const [root = ''] = process.argv.slice(2);
const { store } = await openTestHost(root);
for (let number = 1; ; number++) {
  const name = String(number).padStart(8, '0');
  process.stdout.write(`${name}\n`);
  await store.createIfAbsent(`files/${name}`, `${name.repeat(50_000)}\n`);
}
