/** Hosts by address, with the name and the network that the configuration gives them. */
import { endpointText } from '../../../../core/address.ts'
import { useFrame, useHref } from '../frame.ts'
import { safe } from '../words.ts'

interface HostLinkProps {
  readonly ip: string
  readonly port?: number
}

export function HostLink({ ip, port }: HostLinkProps) {
  const { names } = useFrame()
  const href = useHref()
  const name = names.host(ip)
  return (
    <>
      <a class="mono" href={href({ screen: 'host', key: ip })}>
        {port === undefined ? ip : endpointText({ ip, port })}
      </a>
      {name !== undefined && <span class="host-name">{safe(name)}</span>}
    </>
  )
}

const POLICIES = { allow: 'P2P allowed', watch: 'P2P watched', forbid: 'P2P forbidden' } as const

/** Where the host stands, and what is thought of P2P there. */
export function NetworkTag({ ip }: { readonly ip: string }) {
  const { names } = useFrame()
  const network = names.network(ip)
  if (network === undefined) return null
  const isForbidden = network.policy === 'forbid'
  return (
    <small class={`tag ${isForbidden ? 'warn-text' : ''}`} title={POLICIES[network.policy]}>
      {isForbidden && <span aria-hidden="true">▲ </span>}
      {safe(network.name)}
      {isForbidden && ': forbidden'}
    </small>
  )
}
