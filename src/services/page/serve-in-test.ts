/** `node dist/src/services/page/serve-in-test.js [PORT]`: the page over the made network. */
import { partsInTest } from './parts-in-test.ts'
import { servePage } from './server.ts'
import { WALL_PART } from './wall-in-test.ts'

const port = Number(process.argv[2] ?? 8686)
const { address } = await servePage(partsInTest({ wall: WALL_PART, onError: console.error }), {
  host: '127.0.0.1',
  port,
})
console.log(`http://127.0.0.1:${address.port}/`)
