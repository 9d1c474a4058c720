/**
 * A swarm whose clients insist on encryption: only the tracker is in the clear, and every
 * connection between peers is named all the same, by its shape and by what the tracker said.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { endpointText } from '../../src/core/address.ts'
import { Capture } from './capture.ts'
import { startAria2 } from './clients/aria2.ts'
import { startOpentracker, TRACKER_PORT } from './clients/opentracker.ts'
import { Rtorrent } from './clients/rtorrent.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import { cannotRun, Network } from './network.ts'
import { misnamed, read } from './reading.ts'

const SEED_PORT = 45_401
const ARIA2_PORT = 45_402
const RTORRENT_PORT = 45_403

// biome-ignore format: what is started below
const skip = cannotRun([
  'opentracker', 'transmission-daemon', 'transmission-remote', 'transmission-create', 'aria2c',
  'rtorrent', 'tcpdump', 'tshark',
])

test('RC4 from the first byte on', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const tracker = network.host('tracker', [lan, '198.51.100.1/24'])
  const seed = network.host('seed', [lan, '198.51.100.2/24'])
  const aria2 = network.host('aria2', [lan, '198.51.100.3/24'])
  const rtorrent = network.host('rtorrent', [lan, '198.51.100.4/24'])

  const announce = `http://${tracker.ip}:${TRACKER_PORT}/announce`
  const torrent = await makeTorrent(network, tracker, 'sealed letters.zip', 900_000, [announce])
  await startOpentracker(network, tracker, [torrent.infoHash])

  const capture = await Capture.start(network, lan, join(network.folder, 'sealed.pcap'))
  const seeding = await Transmission.start(
    network,
    seed,
    { port: SEED_PORT, encryption: 2, extras: false },
    { [torrent.name]: torrent.content },
  )
  await seeding.add(torrent.file)
  await seeding.has(torrent, 15)
  await seeding.isAnnounced(torrent, 15)
  const fetching = Rtorrent.start(network, rtorrent, torrent, {
    port: RTORRENT_PORT,
    encryption: 'allow_incoming,try_outgoing,require,require_RC4',
  })
  const last = startAria2(network, aria2, torrent.file, { port: ARIA2_PORT, forceEncryption: true })
  await fetching.isDone(25)
  await network.until('aria2 has its file', 25, () => last.hasEnded)
  await capture.stop()

  const urn = `urn:btih:${torrent.infoHash}`
  const listening = [
    { ip: seed.ip, port: SEED_PORT },
    { ip: aria2.ip, port: ARIA2_PORT },
    { ip: rtorrent.ip, port: RTORRENT_PORT },
  ]

  await context.test('every connection between peers is named, with reasons', async () => {
    const { talks, summary } = await read(capture.file)
    assert.deepEqual(
      misnamed(talks, () => 'bittorrent'),
      [],
    )
    const sealed = talks.filter(({ ends }) => ends.every(({ ip }) => ip !== tracker.ip))
    assert.ok(sealed.length >= 2, `${sealed.length} connections between peers`)
    for (const { flows } of sealed) {
      for (const { p2p } of flows) {
        assert.equal(p2p!.part, 'peer-encrypted')
        // Nothing of it can be read, so that nothing of it is certain.
        assert.equal(p2p!.sureness, 'likely')
        assert.match(p2p!.reasons.join(), /chance-like bytes/)
      }
    }
    assert.ok(summary.includes(urn), summary)
  })

  await context.test('joined late, they are named by who told of their ends', async () => {
    const late = join(network.folder, 'late.pcap')
    // Everything from the tracker, of peers only what came after their handshakes.
    const kept = `tcp.port == ${TRACKER_PORT} or tcp.seq > 5000`
    execFileSync('tshark', ['-r', capture.file, '-Y', kept, '-w', late], { stdio: 'ignore' })
    const { talks } = await read(late)
    const sealed = talks.filter(({ ends }) => ends.every(({ ip }) => ip !== tracker.ip))
    assert.ok(sealed.length >= 2, `${sealed.length} connections between peers`)
    assert.deepEqual(
      misnamed(talks, () => 'bittorrent'),
      [],
    )
    for (const { flows } of sealed) {
      for (const { p2p, ends } of flows) {
        const { endpoint, content, via, capture: file } = p2p!.taughtBy!
        assert.equal(content, urn)
        assert.equal(file, late)
        assert.ok(via === 'tracker' || via === 'announce', via)
        assert.ok(
          listening.some((one) => isDeepStrictEqual(one, endpoint)),
          endpointText(endpoint),
        )
        assert.ok(
          ends.some((end) => isDeepStrictEqual(end, endpoint)),
          endpointText(endpoint),
        )
      }
    }
  })
})
