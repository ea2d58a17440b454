import { readFile } from 'node:fs/promises';

import { checkModel, type ModelCheck } from './model-check.js';

/** Started with the path of a file that holds a ModelCheck; prints the problems as one line of JSON. */
const check = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as ModelCheck;
console.log(JSON.stringify(await checkModel(check)));
