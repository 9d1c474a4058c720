/**
 * Which program a peer id names. Twenty bytes, chosen by the client; the first six or eight follow
 * one of a handful of habits, the rest is chance. What is read here is a claim, not a proof.
 *
 *   -qB4520-............   Azureus style: two letters, four version characters
 *   T03I-----...........   Shadow style: one letter, up to five version characters, `-` to fill
 *   M7-2-3--............   Mainline style: letters and numbers with dashes between
 *   exbc<major><minor>..   BitComet before 0.6x; `LORD` after it means BitLord
 *
 * Source: BEP 20; further codes from the client lists of libtorrent (identify_client) and
 * Transmission (clients.cc), and from the clients' own sources.
 */
import { latin1 } from '../../core/text.ts'

/** `{ software: 'qBittorrent', version: '4.5.2' }`; the version is left out where none is told. */
export interface PeerIdClient {
  readonly software: string
  readonly version?: string
}

/**
 * How the four characters after an Azureus-style code are to be read:
 * dots    a.b.c.d, trailing zeros after the second place left out
 * three   a.b.c, the fourth is a build letter
 * two     ab.cd, decimal pairs
 * comet   a.bc out of 0abc
 * tr      Transmission, which changed its ways twice
 */
type Style = 'dots' | 'three' | 'two' | 'comet' | 'tr'

// biome-ignore format: a table
const AZUREUS: Readonly<Record<string, readonly [string, Style]>> = {
  '7T': ['aTorrent', 'dots'],           'A~': ['Ares', 'dots'],
  AB: ['AnyEvent::BitTorrent', 'dots'], AG: ['Ares', 'dots'],
  AN: ['Ares', 'dots'],                 AR: ['Arctic', 'dots'],
  AT: ['Artemis', 'dots'],              AV: ['Avicora', 'dots'],
  AX: ['BitPump', 'dots'],              AZ: ['Azureus', 'dots'],
  BB: ['BitBuddy', 'dots'],             BC: ['BitComet', 'comet'],
  BE: ['baretorrent', 'dots'],          BF: ['Bitflu', 'dots'],
  BG: ['BTG', 'dots'],                  BI: ['BiglyBT', 'dots'],
  BL: ['BitCometLite', 'comet'],        BM: ['BitMagnet', 'dots'],
  BN: ['Baidu Netdisk', 'dots'],        BO: ['BitsOnWheels', 'dots'],
  BP: ['BitTorrent Pro', 'dots'],       BR: ['BitRocket', 'dots'],
  BS: ['BTSlave', 'dots'],              BT: ['BitTorrent', 'three'],
  BW: ['BitTorrent Web', 'three'],      BX: ['BittorrentX', 'dots'],
  CD: ['Enhanced CTorrent', 'two'],     CT: ['CTorrent', 'two'],
  cT: ['CuteTorrent', 'dots'],          DE: ['Deluge', 'dots'],
  DP: ['Propagate Data Client', 'dots'], EB: ['EBit', 'dots'],
  ES: ['electric sheep', 'dots'],       FC: ['FileCroc', 'dots'],
  FD: ['Free Download Manager', 'dots'], FG: ['FlashGet', 'two'],
  FL: ['Folx', 'dots'],                 FT: ['FoxTorrent', 'dots'],
  FW: ['FrostWire', 'dots'],            FX: ['Freebox BitTorrent', 'dots'],
  GR: ['GetRight', 'dots'],             GS: ['GSTorrent', 'dots'],
  GT: ['anacrolix/torrent', 'dots'],    HK: ['Hekate', 'dots'],
  HL: ['Halite', 'dots'],               HM: ['hMule', 'dots'],
  HN: ['Hydranode', 'dots'],            IL: ['iLivid', 'dots'],
  JS: ['Justseed.it', 'dots'],          JT: ['JavaTorrent', 'dots'],
  KG: ['KGet', 'dots'],                 KT: ['KTorrent', 'dots'],
  LC: ['LeechCraft', 'dots'],           LH: ['LH-ABC', 'dots'],
  LK: ['Linkage', 'dots'],              LP: ['Lphant', 'dots'],
  LT: ['libtorrent (Rasterbar)', 'dots'], Lr: ['LibreTorrent', 'dots'],
  LW: ['LimeWire', 'dots'],             lt: ['libTorrent (rakshasa)', 'dots'],
  MG: ['MediaGet', 'dots'],             MK: ['Meerkat', 'dots'],
  MO: ['MonoTorrent', 'dots'],          MP: ['MooPolice', 'dots'],
  MR: ['Miro', 'dots'],                 MT: ['MoonlightTorrent', 'dots'],
  NB: ['Net::BitTorrent', 'dots'],      NE: ['BT Next Evolution', 'dots'],
  NX: ['Net Transport', 'dots'],        OS: ['OneSwarm', 'dots'],
  OT: ['OmegaTorrent', 'dots'],         PB: ['Protocol::BitTorrent', 'dots'],
  PC: ['CacheLogic', 'dots'],           PD: ['Pando', 'dots'],
  PE: ['PeerProject', 'dots'],          PI: ['PicoTorrent', 'dots'],
  PT: ['Popcorn Time', 'dots'],         pX: ['pHoeniX', 'dots'],
  QD: ['QQDownload', 'dots'],           QT: ['Qt 4 Torrent example', 'dots'],
  qB: ['qBittorrent', 'dots'],          RM: ['RUM Torrent', 'dots'],
  RS: ['Rufus', 'dots'],                RT: ['Retriever', 'dots'],
  RZ: ['RezTorrent', 'dots'],           rQ: ['rqbit', 'dots'],
  'S~': ['Shareaza (beta)', 'dots'],    SB: ['SwiftBit', 'dots'],
  SD: ['Xunlei', 'dots'],               SG: ['GS Torrent', 'dots'],
  SM: ['SoMud', 'dots'],                SN: ['ShareNET', 'dots'],
  SP: ['BitSpirit', 'three'],           SS: ['SwarmScope', 'dots'],
  ST: ['SymTorrent', 'dots'],           SZ: ['Shareaza', 'dots'],
  st: ['sharktorrent', 'dots'],         TB: ['Torch', 'dots'],
  TE: ['terasaur Seed Bank', 'dots'],   TL: ['Tribler', 'dots'],
  TN: ['TorrentDotNET', 'dots'],        TR: ['Transmission', 'tr'],
  TS: ['Torrentstorm', 'dots'],         TT: ['TuoTu', 'dots'],
  UE: ['µTorrent Embedded', 'three'],   UL: ['uLeecher!', 'dots'],
  UM: ['µTorrent Mac', 'three'],        UT: ['µTorrent', 'three'],
  UW: ['µTorrent Web', 'three'],        VG: ['Vagaa', 'dots'],
  WD: ['WebTorrent Desktop', 'two'],    WS: ['HTTP Seed', 'dots'],
  WT: ['BitLet', 'dots'],               WW: ['WebTorrent', 'two'],
  WY: ['FireTorrent', 'dots'],          XC: ['XTorrent', 'dots'],
  XF: ['Xfplay', 'dots'],               XL: ['Xunlei', 'dots'],
  XS: ['XSwifter', 'dots'],             XT: ['XanTorrent', 'dots'],
  XX: ['Xtorrent', 'dots'],             ZO: ['Zona', 'dots'],
  ZT: ['ZipTorrent', 'dots'],
}

/** Shadow style; the letter alone is little, so the whole pattern must hold. */
// biome-ignore format: a table
const SHADOW: Readonly<Record<string, string>> = {
  A: 'ABC', O: 'Osprey Permaseed', Q: 'BTQueue', R: 'Tribler', S: "Shadow's client",
  T: 'BitTornado', U: 'UPnP NAT BitTorrent',
}

/** Fixed beginnings that follow no habit. Version: the characters that the group takes. */
// biome-ignore format: a table
const FIXED: readonly (readonly [RegExp, string])[] = [
  [/^-ML(\d+(?:\.\d+)*)/, 'MLDonkey'],             // -ML2.7.2-kgjjfkd
  [/^A2-(\d+-\d+-\d+)-/, 'aria2'],                 // aria2 BtRuntime: A2-1-36-0-
  [/^TIX(\d{4})-/, 'Tixati'],                      // TIX0289-
  [/^-BOW(\w{3})-/, 'BitsOnWheels'],               // BEP 20 names the prefix
  [/^-aria2-/, 'aria2'],                           // before 1.0
  [/^-G3/, 'G3 Torrent'],
  [/^-FG(\d{4})/, 'FlashGet'],
  [/^OP(\w{4})/, 'Opera'],                         // OP7685
  [/^XBT(\d{3})/, 'XBT Client'],                   // XBT054d
  [/^Mbrst(\d-\d-\d)/, 'burst!'],
  [/^Plus/, 'Plus!'],
  [/^btpd\/(\d+\.\d+)/, 'BT Protocol Daemon'],
  [/^DNA(\d{6})/, 'BitTorrent DNA'],
  [/^LIME/, 'LimeWire'],
  [/^martini/, 'Martini Man'],
  [/^Pando/, 'Pando'],
  [/^PEERAPP/, 'PeerApp'],
  [/^a0[0\d]---/, 'Swarmy'],
  [/^Deadman Walking-/, 'Deadman'],
  [/^eX/, 'eXeem'],
  [/^346-/, 'TorrentTopia'],
  [/^271-/, 'GreedBT'],
  [/^-WS-/, 'HTTP Seed'],
]

/** Mainline style: `M` is the reference client, `Q` Queen Bee. */
const MAINLINE = /^([MQ])(\d{1,2})-(\d{1,2})-(\d{1,2})-/

/**
 * @param bytes  the peer id, 20 bytes; fewer are read as far as they go
 * @returns      undefined where no habit is recognised (all chance, or hidden on purpose)
 */
export function clientOfPeerId(bytes: Uint8Array): PeerIdClient | undefined {
  if (bytes.length < 8) return undefined
  const id = latin1(bytes, 0, 20)
  return (
    fixed(id) ?? azureus(id) ?? comet(bytes, id) ?? mainline(id) ?? shadow(id) ?? spirit(bytes, id)
  )
}

function fixed(id: string): PeerIdClient | undefined {
  for (const [pattern, software] of FIXED) {
    const match = pattern.exec(id)
    if (match === null) continue
    const version = match[1]
    return version === undefined ? { software } : { software, version: dotted(software, version) }
  }
  return undefined
}

/** Versions of the fixed beginnings, as their programs write them elsewhere. */
function dotted(software: string, version: string): string {
  if (software === 'Tixati') return `${Number(version.slice(0, 2))}.${version.slice(2)}`
  if (software === 'XBT Client') return [...version].join('.')
  return version.replaceAll('-', '.')
}

function azureus(id: string): PeerIdClient | undefined {
  if (!/^-[A-Za-z0-9~]{2}[A-Za-z0-9.]{4}/.test(id)) return undefined
  const code = id.slice(1, 3)
  const known = AZUREUS[code]
  // A known code is believed without the closing dash: several clients leave it out.
  if (known === undefined && id[7] !== '-') return undefined
  const characters = id.slice(3, 7)
  if (known === undefined) {
    return { software: `unknown (${code})`, version: version(characters, 'dots') }
  }
  return { software: known[0], version: version(characters, known[1]) }
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function version(characters: string, style: Style): string {
  const numbers = [...characters].map((character) => Math.max(0, DIGITS.indexOf(character)))
  const [a = 0, b = 0, c = 0, d = 0] = numbers
  switch (style) {
    case 'three':
      return `${a}.${b}.${c}`
    case 'two':
      return `${Number(characters.slice(0, 2))}.${Number(characters.slice(2))}`
    case 'comet':
      return `${b}.${c}${d}`
    case 'tr':
      return transmission(characters)
    case 'dots':
      if (d !== 0 && /[A-Za-z]/.test(characters[3]!)) return `${a}.${b}.${c}${characters[3]}`
      return d !== 0 ? `${a}.${b}.${c}.${d}` : `${a}.${b}.${c}`
  }
}

/** 000x is 0.x, 00xx is 0.xx, until 3 abcx is a.bc, from 4 on abcx is a.b.c; x = Z, X, B: not a release. */
function transmission(v: string): string {
  const mark = /[ZXB]/.test(v[3]!) ? '+' : ''
  if (v.startsWith('000')) return `0.${v[3]}`
  if (v.startsWith('00')) return `0.${v.slice(2)}`
  return v[0]! < '4' ? `${v[0]}.${v.slice(1, 3)}${mark}` : `${v[0]}.${v[1]}.${v[2]}${mark}`
}

/** `exbc` or `FUTB`, then two version bytes; `LORD` at 6 marks BitLord. */
function comet(bytes: Uint8Array, id: string): PeerIdClient | undefined {
  if (!/^(exbc|FUTB|xUTB)/.test(id)) return undefined
  const software = id.startsWith('LORD', 6) ? 'BitLord' : 'BitComet'
  return { software, version: `${bytes[4]}.${String(bytes[5]).padStart(2, '0')}` }
}

function mainline(id: string): PeerIdClient | undefined {
  const match = MAINLINE.exec(id)
  if (match === null) return undefined
  const software = match[1] === 'M' ? 'BitTorrent (mainline)' : 'Queen Bee'
  return { software, version: `${match[2]}.${match[3]}.${match[4]}` }
}

function shadow(id: string): PeerIdClient | undefined {
  const match = /^([AOQRSTU])([0-9A-Za-z.]{1,5})(-+)/.exec(id)
  if (match === null || match[2]!.length + match[3]!.length < 5) return undefined
  const numbers = [...match[2]!].map((character) => Math.max(0, DIGITS.indexOf(character)))
  return { software: SHADOW[match[1]!]!, version: numbers.join('.') }
}

/** BitSpirit wrote its version into byte 1 and `BS` after it. */
function spirit(bytes: Uint8Array, id: string): PeerIdClient | undefined {
  if (!id.startsWith('BS', 2) || bytes[0] !== 0) return undefined
  return { software: 'BitSpirit', version: `${bytes[1] === 0 ? 1 : bytes[1]}` }
}
