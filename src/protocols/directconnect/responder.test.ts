/** In both dialects a caller at a dark address says who he is and what he wants, and finds no slot. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { makeResponder } from './responder.ts'

const CALL = {
  caller: { ip: '192.0.2.9', port: 40_000 },
  called: { ip: '10.99.3.7', port: 1412 },
  self: 7,
  pair: 9,
}

function talk() {
  const responder = makeResponder(CALL)
  return (words: string) => {
    let left = bytesOf(words)
    let said = ''
    for (;;) {
      const { used, send, done } = responder.data!(left)
      said += send.map((bytes) => latin1(bytes)).join('')
      left = left.subarray(used)
      if (done || used === 0 || left.length === 0) return { said, left: left.length, done }
    }
  }
}

test('an NMDC client gets a key for his lock, and no slot', () => {
  const say = talk()
  const { said, done } = say('$MyNick eve|$Lock EXTENDEDPROTOCOLabc Pk=x|')
  assert.match(
    said,
    /^\$MyNick Peerscope\|\$Lock EXTENDEDPROTOCOL[A-Za-z0-9]{24} Pk=\S+\|\$Supports ADCGet TTHF \|\$Direction Upload \d+\|\$Key [\s\S]+\|$/,
  )
  assert.equal(done, false)
  assert.deepEqual(say('$Supports ADCGet |$Direction Download 99|$Key abc|'), {
    said: '',
    left: 0,
    done: false,
  })
  const root = 'LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ'
  const asked = say(`$ADCGET file TTH/${root} 0 -1|`)
  assert.deepEqual([asked.said, asked.done], ['$MaxedOut|', true])
})

test('an ADC client is told an id, and no slot; a login finds the hub full', () => {
  const say = talk()
  assert.match(say('CSUP ADBASE ADTIGR\n').said, /^CSUP ADBASE ADTIGR\nCINF ID[A-Z2-7]{39}\n$/)
  assert.equal(say('CINF IDAAAA TO123\n').said, '')
  assert.deepEqual(say('CGET file TTH/AAAA 0 -1\n'), {
    said: 'CSTA 153 no\\sslots\n',
    left: 0,
    done: true,
  })
  assert.deepEqual(talk()('HSUP ADBASE ADTIGR\n'), { said: 'ISTA 211 full\n', left: 0, done: true })
})

test('half a command is waited for', () => {
  assert.deepEqual(talk()('$MyNick ev'), { said: '', left: 10, done: false })
})
