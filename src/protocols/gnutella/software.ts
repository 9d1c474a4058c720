/** Programs by the four letters they sign with, and by what they say in User-Agent. */

// biome-ignore format: a table
const VENDORS: Readonly<Record<string, string>> = {
  // Query hits and GGEP VC: list of the Gnutella Developer Forum, src/core/guid.c of gtk-gnutella.
  ACQL: 'AcqLite',      ACQX: 'Acquisition', AGIO: 'Adagio',      AGNT: 'Agentella',
  ARES: 'Ares',         ATOM: 'AtomWire',    AZOO: 'AlienZ',      BARE: 'BearShare Lite',
  BEAR: 'BearShare',    BGNU: 'brandGNU',    COCO: 'CocoGnut',    COOL: 'CoolWare',
  CULT: 'Cultiv8r',     DRIP: 'driptella',   EVIL: 'Suicide',     FEVR: 'FileFever',
  FIRE: 'FireFly',      FISH: 'PEERahna',    FOXY: 'Foxy',        FRST: 'FrostWire',
  FZZN: 'Fuzzon',       GDNA: 'GnucDNA',     GIFT: 'giFT',        GNET: 'gNET',
  GNEW: 'Gnewtella',    GNOT: 'Gnotella',    GNTD: 'Gnet Daemon', GNTG: 'Gnutelligentsia',
  GNUC: 'Gnucleus',     GNUM: 'Gnuminous',   GNUT: 'Gnut',        GTKG: 'gtk-gnutella',
  HSLG: 'Hagelslag',    HUIT: 'Huitella',    JHOP: 'J-Hop',       KIWI: 'Kiwi',
  LIME: 'LimeWire',     LION: 'LionShare',   MACT: 'Mactella',    MESH: 'iMesh',
  MLDK: 'MLDonkey',     MMMM: 'Morpheus',    MNAP: 'MyNapster',   MRPH: 'Morpheus',
  MUTE: 'MUTE',         NAPS: 'NapShare',    NGET: 'Gnoogle',     OCFG: 'OpenCola',
  OPRA: 'Opera',        PEER: 'PeerProject', PHEX: 'Phex',        QAZA: 'Quazaa',
  QTEL: 'Qtella',       RAZA: 'Shareaza',    RAZB: 'Shareaza',    RAZL: 'ShareazaLite',
  SHNB: 'Shareaza',     SNOW: 'FrostWire',   SNUT: 'SwapNut',     STRM: 'Storm',
  SWAP: 'Swapper',      SWFT: 'Swift',       TFLS: 'TrustyFiles', TOAD: 'ToadNode',
  VPUT: 'Vputella',     WAST: 'Waste',       XOLO: 'XoloX',       XTLA: 'Xtella',
  ZIGA: 'Ziga',
}

/** The program behind a vendor code; an unknown code names itself. */
export function softwareOfVendor(vendor: string): string | undefined {
  if (!/^[\x21-\x7e]{4}$/.test(vendor)) return undefined
  return VENDORS[vendor.toUpperCase()] ?? vendor
}

export interface Software {
  readonly software?: string
  readonly version?: string
}

/** `gtk-gnutella/1.2.2 (2022; GTK2)`, `Shareaza 2.7.10.2`, `BearShare Pro 4.6.2`. */
export function softwareOfAgent(agent: string): Software {
  const name = agent.trim()
  if (name === '') return {}
  const match = /^(.{1,64}?)[/ ]+v?(\d[^\s;,()]{0,48})/i.exec(name)
  if (match === null) return { software: name.slice(0, 64) }
  return { software: match[1]!, version: match[2]! }
}

/**
 * Programs that speak Gnutella and little else over HTTP, as their User-Agent begins. Programs that
 * also speak BitTorrent or eDonkey are left out: their name alone says nothing.
 */
const AGENTS =
  /^(?:Gnutella|gtk-gnutella|LimeWire|BearShare|FrostWire|Gnucleus|GnucDNA|Phex|Qtella|XoloX|Acquisition|Cabos|Swapper|Mutella|Gnotella|Morpheus|Foxy|MLDonkey|Shareaza|PeerProject|Quazaa|giFT)\b/i

export function isServentAgent(agent: string | undefined): boolean {
  return agent !== undefined && AGENTS.test(agent)
}
