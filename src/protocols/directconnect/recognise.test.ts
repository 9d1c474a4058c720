/** Hubs, peers, results and TLS of Direct Connect are recognised; what only looks so is not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { directconnect } from './index.ts'

/** As the engine asks: after each piece, until something is said. */
function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= Math.min(16, flow.pieces.length); count++) {
    const look = lookAt(flow, count)
    const isLast = count === Math.min(16, flow.pieces.length)
    const sight = directconnect.recognise(isLast ? { ...look, final: true } : look)
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no' && count > 2) break
  }
  return 'no'
}

type Talk = readonly (readonly [0 | 1, string])[]

function tcp(talk: Talk, fromStart = true): string {
  const transcript = talk.map(([side, said]) => [side, bytesOf(said)] as const)
  return sightOf(madeFlow('tcp', transcript, fromStart))
}

function udp(said: string): string {
  return sightOf(madeFlow('udp', [[0, bytesOf(said)]]))
}

function fixture(name: string): string[] {
  const file = repositoryFile(`src/protocols/directconnect/fixtures/${name}.pcap`)
  return flowsOf(readFileSync(file)).map(sightOf)
}

test('fixtures', () => {
  assert.deepEqual(fixture('nmdc-hub'), ['hub certain', 'results certain'])
  assert.deepEqual(fixture('nmdc-peer'), ['peer certain'])
  assert.deepEqual(fixture('adc-hub'), ['hub certain', 'results certain'])
  assert.deepEqual(fixture('adc-peer'), ['peer certain'])
  assert.deepEqual(fixture('adcs'), ['tls certain'])
  assert.deepEqual(fixture('adcs-peer'), ['no'])
})

test('the hub speaks first; a lock without Pk is likely', () => {
  assert.equal(tcp([[1, '$Lock EXTENDEDPROTOCOLabc Pk=YnHub|']]), 'hub certain')
  assert.equal(tcp([[1, "$Lock Sending_key_isn't_neccessary|"]]), 'hub likely')
  assert.equal(
    tcp([
      [1, '$Lo'],
      [1, 'ck EXTENDEDPROTOCOLabc Pk=YnHub|'],
    ]),
    'hub certain',
  )
})

test('a client at a web server is seen as what it is', () => {
  const flood: Talk = [
    [0, '$MyNick joe|$Lock EXTENDEDPROTOCOLABC Pk=DCPLUSPLUS0.68|'],
    [1, 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ]
  assert.equal(tcp(flood), 'peer certain')
  assert.equal(tcp(flood.slice(0, 1)), 'peer certain')
})

test('behind the first words: what a hub and a client say next, as eiskaltdcpp and PtokaX say it', () => {
  const hub: Talk = [
    [
      0,
      '$Version 1,0091|$GetNickList|$MyINFO $ALL alice lab client <EiskaltDC++ V:2.4.2,M:A,H:1/0/0,S:3>$ $100$lab@example.org$470000$|',
    ],
    [1, '$HubName Lab NMDC Hub|<PtokaX> This hub is running PtokaX DC Hub 0.5.2.2|'],
  ]
  assert.equal(tcp(hub, false), 'hub certain')
  assert.equal(tcp(hub.slice(1), false), 'hub certain')
  // What the hub packs is no reason to doubt what the client says.
  const packed: Talk = [[1, '$ZOn|x\xda\x53\xf1'], hub[0]!]
  assert.equal(tcp(packed, false), 'hub certain')
  assert.equal(
    tcp(
      [
        [1, '\xda\x53\xf1 \x02'],
        [0, '$GetNickList|'],
      ],
      false,
    ),
    'no',
  )
  assert.equal(tcp([[0, 'ISID AAAB\nIINF CT32 VEuhub/0.4.1 NILab\n']], false), 'hub certain')
  const peer =
    'CINF ID4HOZ6KCTYH4YM72Q43RK7NOV65M7ARGBI53LDRA TO1894583149\nCGET file files.xml.bz2 0 -1 ZL1\n'
  assert.equal(tcp([[0, peer]], false), 'peer certain')
  assert.equal(
    tcp([[1, '$Supports MiniSlots XmlBZList ADCGet |$Direction Download 2381|']], false),
    'peer certain',
  )
  // A log of a hub that is fetched, and words that only resemble.
  assert.equal(
    tcp(
      [
        [0, 'GET /hub.log HTTP/1.1\r\n'],
        [1, '$GetNickList|$Hello alice|'],
      ],
      false,
    ),
    'no',
  )
  assert.equal(tcp([[1, '$Supports everything|']], false), 'no')
  assert.equal(tcp([[1, 'ISID hello\n']], false), 'no')
})

test('first words that the capture cut are as telling as whole ones, if enough of them is there', () => {
  assert.equal(tcp([[1, '$Lock EXTENDEDPROTOCOLv[26Pto7']]), 'hub certain')
  assert.equal(tcp([[1, '$Lock EXTENDED']]), 'no')
  assert.equal(tcp([[0, '$MyNick alice|$Lock EXTENDEDPR']]), 'peer certain')
  assert.equal(tcp([[0, '$MyNick alice|$Lo']]), 'no')
  assert.equal(tcp([[0, 'HSUP ADBAS0 ADBASE ADTIGR ADUC']]), 'hub certain')
  assert.equal(tcp([[0, 'CSUP ADTIG']]), 'no')
  const cut = (said: string, size: number): string => {
    const look = lookAt(madeFlow('udp', [[0, bytesOf(said)]]))
    const [datagram] = look.datagrams
    const datagrams = [{ ...datagram!, bytes: datagram!.bytes.subarray(0, size) }]
    const sight = directconnect.recognise({ ...look, datagrams })
    return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
  }
  const adc = 'URES ULYRYXBH4CDEODK7RKGWAEAYPVM25AINVEWJO7Y SI20000 SL3 FN/stuff/recipe.txt'
  assert.equal(cut(adc, 54), 'results likely')
  assert.equal(cut(adc, 40), 'no')
  assert.equal(
    cut('$SR alice stuff\\Mountain Sunrise 4k.mkv\x05350000 2/3\x05TTH:X (h:411)|', 40),
    'results likely',
  )
  assert.equal(cut('$SR alice', 9), 'no')
})

test('from the middle one command is likely, two are certain, a word alone is nothing', () => {
  assert.equal(tcp([[1, '$Search 192.0.2.7:412 F?T?0?1?blue$train|']], false), 'hub likely')
  assert.equal(
    tcp(
      [
        [1, '$Search 192.0.2.7:412 F?T?0?1?blue$train|'],
        [1, '$ConnectToMe joe 192.0.2.7:412|'],
      ],
      false,
    ),
    'hub certain',
  )
  const adc = 'BMSG AAAB hello\nDCTM AAAC AAAB ADC/1.0 4100 1894583149\n'
  assert.equal(tcp([[1, adc]], false), 'hub certain')
  assert.equal(tcp([[0, '$Search engines|']], false), 'no')
})

test('near misses are not recognised', () => {
  const misses: readonly Talk[] = [
    [[0, '$MyNick joe|']],
    [[0, '$MyNick joe|$Look at this|']],
    [[0, '$Lock me|']],
    [[0, '$Lock \x00\x01\x02\x03\x04\x05\x06\x07\x08 Pk=|']],
    [[0, 'HSUP everybody\n']],
    [[0, 'CSUP ADx\n']],
    [[0, '$6\r\nfoobar\r\n']],
    [[0, 'BINF AAAB\n']],
    [[0, 'GET /$Lock HTTP/1.1\r\n\r\n']],
  ]
  for (const talk of misses) assert.equal(tcp(talk), 'no', JSON.stringify(talk))
  assert.equal(tcp([[0, 'BMSG hello everybody\n']], false), 'no')
  assert.equal(udp('$SR joe what a day|'), 'no')
  assert.equal(udp('$SR joe a\x05b\x05c|'), 'no')
  assert.equal(udp('URES hello world\n'), 'no')
})

test('results: a file, a folder, one whose end mark is missing', () => {
  const root = 'TTH:DMRMOKDXPQ4NOUYLXRJXMSDDWCXF3CRYFJT6XLQ'
  assert.equal(udp(`$SR joe a\\b.mp3\x051234 2/3\x05${root} (192.0.2.1:411)|`), 'results certain')
  assert.equal(udp('$SR joe music\\blue 2/3\x05Some Hub (192.0.2.1)|'), 'results certain')
  assert.equal(udp(`$SR joe b.mp3\x051234 2/3\x05${root} (192.0.2.1:411)`), 'results certain')
})

test('TLS is named where it goes to an endpoint that was told to have it', () => {
  const hello = bytesOf('\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00')
  const fits = directconnect.fits!(lookAt(madeFlow('tcp', [[0, hello]])))
  assert.deepEqual(
    fits.map(({ part, taughtAs }) => [part, taughtAs]),
    [['tls', ['peer-tls', 'hub-tls']]],
  )
  assert.deepEqual(directconnect.fits!(lookAt(madeFlow('tcp', [[0, bytesOf('GET /')]]))), [])
})

/** The families of a capture: what the truth calls so must be found, and nothing else. */
// biome-ignore format: a table
const CAPTURES: readonly (readonly [string, readonly string[]])[] = [
  ['dc-nmdc', ['hub certain', 'hub certain', 'hub certain', 'peer certain', 'peer certain', 'results certain']],
  ['dc-adc', ['hub certain', 'hub certain', 'peer certain', 'results certain']],
  // Between clients ncdc offers no protocol: those two flows say nothing of themselves.
  ['dc-adcs-tls', ['tls certain', 'tls certain', 'tls certain']],
  ['mixed-classic-p2p-oddports', ['hub certain', 'hub certain', 'peer certain', 'results certain']],
  ['other-apt-http', []],
  ['opennap', []],
]

for (const [name, wanted] of CAPTURES) {
  test(`directconnect: ${name}`, (context) => {
    const path = sharedCapture(`real/${name}.pcap`)
    if (path === undefined) return context.skip('the shared captures are not on this machine')
    const sights = flowsOf(readFileSync(path)).map(sightOf)
    assert.deepEqual(sights.filter((sight) => sight !== 'no').sort(), wanted)
  })
}
