/** The end of a build: what has no source any more is removed, and the program may be run by its name. */
import { chmodSync, existsSync } from 'node:fs'
import { repositoryFile } from '../src/core/repository.ts'
import { bundlePage } from './bundle-page.ts'
import { removeStale } from './tree.ts'

removeStale()
await bundlePage()
const program = repositoryFile('dist/program/peerscope.js')
// The bundler writes plain files; npm and npx start a bin only if it is executable.
if (existsSync(program)) chmodSync(program, 0o755)
