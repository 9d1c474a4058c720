/** `peerscope wall rules`: what a policy refuses, for programs that stand elsewhere. */
import {
  dnsmasqFile,
  piholeRegexes,
  rpzZone,
  suricataNames,
  unboundFile,
} from '../../services/wall/dns/exports.ts'
import {
  edl,
  ipsetRestore,
  nftSetFile,
  suricataDataset,
} from '../../services/wall/lists/exports.ts'
import type { Ranges } from '../../services/wall/lists/ranges.ts'
import { iptablesPorts } from '../../services/wall/rules-iptables.ts'
import { nftPorts } from '../../services/wall/rules-nft.ts'
import type { WallConfig } from '../../services/wall/schema.ts'
import type { RuleTarget } from '../choices.ts'
import { type ConfigFlags, readConfig } from '../config/config.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'
import { knownPorts, namesOf } from '../wall/card-parts.ts'
import { ListFiles } from '../wall/list-files.ts'

export interface WallRulesFlags extends ConfigFlags {
  readonly engine: RuleTarget
  readonly list?: string
  readonly local?: boolean
}

export function wallRulesCommand(flags: WallRulesFlags): ExitCode {
  const { wall } = readConfig(flags)
  const output = Output.open('-')
  output.write(textFor(flags, wall))
  output.close()
  return EXIT.ok
}

function textFor(flags: WallRulesFlags, wall: WallConfig): string {
  const { engine, list, local = wall.local } = flags
  const names = namesOf(wall)
  const { answer } = wall.names
  switch (engine) {
    case 'nft':
      return nftPorts(knownPorts(), local)
    case 'iptables':
      return iptablesPorts(knownPorts(), local)
    case 'dnsmasq':
      return dnsmasqFile(names, answer)
    case 'unbound':
      return unboundFile(names, answer)
    case 'rpz':
      // Greater with each day, as zones want it.
      return rpzZone(names, answer, Math.floor(Date.now() / 1000))
    case 'pihole':
      return piholeRegexes(names)
    case 'suricata-names':
      return suricataNames(names)
    case 'nft-set':
      return nftSetFile(...listOf(wall, list))
    case 'ipset':
      return ipsetRestore(...listOf(wall, list))
    case 'edl':
      return edl(listOf(wall, list)[1])
    case 'suricata-addresses': {
      const { text, leftOut } = suricataDataset(listOf(wall, list)[1])
      if (leftOut > 0) warn(`${leftOut} ranges are too large to be written address by address`)
      return text
    }
  }
}

function listOf(wall: WallConfig, wanted: string | undefined): readonly [string, Ranges] {
  const name = wanted ?? (wall.lists.length === 1 ? wall.lists[0]!.name : undefined)
  const config = wall.lists.find((each) => each.name === name)
  if (config === undefined) {
    const there = wall.lists.map((each) => each.name).join(', ') || 'none'
    throw new UsageError(`--list: which? The configuration has: ${there}`)
  }
  const faults: string[] = []
  const files = new ListFiles((text) => faults.push(text))
  files.use([config])
  const ranges = files.lists.rangesOf(config.name)
  if (ranges === undefined) throw new UsageError(faults.join('; '))
  return [config.name, ranges]
}
