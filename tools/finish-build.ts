/** After `tsc -b`: outputs without a source are removed, and the program may be run by its name. */
import { chmodSync, existsSync } from 'node:fs'
import { repositoryFile } from '../src/core/repository.ts'
import { removeStale } from './tree.ts'

removeStale()
const main = repositoryFile('dist/src/app/main.js')
// tsc writes plain files; npm and npx start a bin only if it is executable.
if (existsSync(main)) chmodSync(main, 0o755)
