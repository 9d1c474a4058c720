/**
 * First bytes of a TLS connection → whether it is a link of Tor.
 *
 * A relay's certificate has one common name `www.<chance>.net`, and its issuer one of
 * `www.<chance>.com`; the client asks for a third, `www.<chance>.com`. Chance is 8 to 20 (the client: 4
 * to 25) letters of base32. Each name of n letters has 5n bits of chance, but what counts is the shape:
 * nobody else's certificate has a lone name signed by a different lone name of this alphabet.
 *
 * TLS 1.3 seals the certificate. Then only the client's name is left, which proves nothing: such a
 * link is named only at an endpoint that was recognised before.
 */
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { askedName, type CertificateNames, certificateNames } from './tls-names.ts'

export const starts: Protocol['starts'] = {
  tcp: [0, 1, 2, 3].map((minor) => Uint8Array.of(0x16, 3, minor)),
}

const ASKED = /^www\.[a-z2-7]{4,25}\.com$/
const SUBJECT = /^www\.[a-z2-7]{8,20}\.net$/
/** Before the third link protocol (2011) issuers were called .net as well. */
const ISSUER = /^www\.[a-z2-7]{8,20}\.(com|net)$/

export function recognise(look: Look): Sight {
  if (!look.fromStart) return 'no'
  const [opener, other] = look.heads
  const asked = askedName(opener)
  // Cheap and early: nearly all connections ask for another kind of name.
  if (asked !== 'more' && asked !== 'none' && !ASKED.test(asked)) return 'no'
  const names = certificateNames(other)
  if (names === 'none') return 'no'
  if (asked === 'more' || names === 'more') return look.final ? 'no' : 'more'
  if (!areRelayNames(names)) return 'no'
  const { subject, issuer } = names
  const reasons = [`a certificate of ${subject}, signed by ${issuer}`]
  if (asked === 'none') return { part: 'link', sureness: 'likely', reasons }
  if (asked === subject || asked === issuer) return 'no'
  reasons.push(`the client asked for ${asked}`)
  // Chance of 20 letters has no digit once in 60 times; words never have one.
  const sure = /\d/.test(subject + issuer + asked) && issuer.endsWith('.com')
  return { part: 'link', sureness: sure ? 'certain' : 'likely', reasons }
}

export function areRelayNames({ subject, issuer }: CertificateNames): boolean {
  return SUBJECT.test(subject) && ISSUER.test(issuer) && subject !== issuer
}

const NO_FITS: readonly Fit[] = []
const SEALED: readonly Fit[] = [
  {
    part: 'link',
    taughtAs: ['link'],
    reason: 'TLS whose client asks for a name as Tor makes them up',
  },
]

/** A later link to the same relay, whose certificate is sealed or was not captured. */
export function fits(look: Look): readonly Fit[] {
  if (look.carrier !== 'tcp' || look.heads[0][0] !== 0x16) return NO_FITS
  return ASKED.test(askedName(look.heads[0])) ? SEALED : NO_FITS
}
