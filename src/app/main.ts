#!/usr/bin/env node
/** The program. */
import { main } from './cli.ts'

// Nothing is left to be written, while standard input may still be open.
process.exit(await main(process.argv.slice(2)))
