/** The same names for resolvers that already stand in the network. */
import { bytesOf } from '../../../core/bytes.ts'
import type { Names } from './names.ts'

export type AnswerKind = 'refused' | 'local'

/**
 * dnsmasq. It has no REFUSED for a name: without an address it says that there is no such name.
 * Source: dnsmasq(8), --address and --server (`#`: the usual servers).
 */
export function dnsmasqFile(names: Names, answer: AnswerKind): string {
  const to = answer === 'local' ? ['127.0.0.1', '::1'] : ['']
  const lines = [
    ...names.permitted.map((name) => `server=/${name}/#`),
    ...names.refused.flatMap((name) => to.map((address) => `address=/${name}/${address}`)),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** unbound's own zones, which know REFUSED. Source: unbound.conf(5), local-zone. */
export function unboundFile(names: Names, answer: AnswerKind): string {
  const lines = ['server:']
  for (const name of names.permitted) lines.push(`  local-zone: "${name}." transparent`)
  for (const name of names.refused) {
    if (answer === 'refused') {
      lines.push(`  local-zone: "${name}." always_refuse`)
      continue
    }
    lines.push(`  local-zone: "${name}." redirect`)
    lines.push(`  local-data: "${name}. 60 IN A 127.0.0.1"`)
    lines.push(`  local-data: "${name}. 60 IN AAAA ::1"`)
  }
  return lines.map((line) => `${line}\n`).join('')
}

/**
 * A response policy zone, for unbound, BIND, Knot and PowerDNS. It has no REFUSED either: `CNAME .` says
 * that there is no such name. Source: draft-vixie-dnsop-dns-rpz, section 3.
 * @param serial  of the zone; greater than before where it changed
 */
export function rpzZone(names: Names, answer: AnswerKind, serial: number): string {
  const lines = [
    '$TTL 60',
    `@ SOA localhost. root.localhost. ${serial} 3600 600 86400 60`,
    '@ NS localhost.',
  ]
  for (const name of names.permitted) {
    for (const owner of [name, `*.${name}`]) lines.push(`${owner} CNAME rpz-passthru.`)
  }
  for (const name of names.refused) {
    for (const owner of [name, `*.${name}`]) {
      if (answer === 'refused') lines.push(`${owner} CNAME .`)
      else lines.push(`${owner} A 127.0.0.1`, `${owner} AAAA ::1`)
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** Pi-hole: regular expressions, a line each, for its deny list. */
export function piholeRegexes(names: Names): string {
  return names.refused.map((name) => `(\\.|^)${name.replaceAll('.', '\\.')}$\n`).join('')
}

/** The same for Pi-hole's allow list. */
export function piholePermitted(names: Names): string {
  return names.permitted.map((name) => `(\\.|^)${name.replaceAll('.', '\\.')}$\n`).join('')
}

/**
 * A Suricata dataset of type string, for `dns.query; dotprefix; endswith`: each name in base64, with
 * the dot that `dotprefix` puts before it.
 */
export function suricataNames(names: Names): string {
  return names.refused
    .map((name) => `${Buffer.from(bytesOf(`.${name}`)).toString('base64')}\n`)
    .join('')
}
