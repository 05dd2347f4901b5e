import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  freshUpload,
  nextSend,
  onAck,
  onTaken,
  onTick,
  rewind,
  stalledMs,
  type Upload,
  uploadWindow,
} from '../../../runner/core/upload.ts'
import { result } from './machine.ts'

/** All that may be sent now: seqs, and 'result'; the broker takes it at once. */
function sendAll(from: Upload, now = 0): { sent: (number | 'result')[]; upload: Upload } {
  const sent: (number | 'result')[] = []
  let upload = from
  for (;;) {
    const next = nextSend(upload, now)
    if (next === undefined) return { sent, upload }
    sent.push(next.send.kind === 'chunk' ? next.send.seq : 'result')
    upload = onTaken(next.upload, now)
  }
}

const three: Upload = { ...freshUpload, available: 3 }
const complete: Upload = { ...three, result }

describe('D4: what is sent', () => {
  test('what is on disk, in order, once', () => {
    const { sent, upload } = sendAll(three)
    assert.deepEqual(sent, [0, 1, 2])
    assert.deepEqual(sendAll({ ...upload, available: 5 }).sent, [3, 4])
  })

  test('no further than a window ahead of the ack', () => {
    const { sent, upload } = sendAll({ ...freshUpload, available: 1000 })
    assert.equal(sent.length, uploadWindow)
    assert.deepEqual(sendAll(onAck(upload, 2, 0)).sent, [uploadWindow, uploadWindow + 1])
  })

  test('the result after the last chunk, once (D5)', () => {
    assert.deepEqual(sendAll(complete).sent, [0, 1, 2, 'result'])
    assert.deepEqual(sendAll(sendAll(complete).upload).sent, [])
  })

  test('the result alone of what has no log', () => {
    assert.deepEqual(sendAll({ ...freshUpload, result: { ...result, chunks: 0 } }).sent, ['result'])
  })

  test('the result alone if the server asks for what is gone', () => {
    const { upload } = sendAll(complete)
    const asked = rewind({ ...upload, first: 2 }, 1, 0)
    assert.deepEqual(sendAll(asked).sent, ['result'])
    assert.deepEqual(
      sendAll({ ...asked, result: null }).sent,
      [],
      'and nothing while it still runs',
    )
  })
})

test('D5: what the disk has lost is not waited for: the result says that it is gone', () => {
  const { sent, upload } = sendAll({ ...complete, available: 2 })
  assert.deepEqual(sent, [0, 1, 'result'])
  const again = nextSend({ ...upload, resultSent: false }, 0)?.send
  assert.deepEqual(again, { kind: 'result', result: { ...result, dropped: 3 } })
  const whole = nextSend(sendAll({ ...complete, result: null }).upload, 0)
  assert.equal(whole, undefined)
  const last = nextSend({ ...sendAll(three).upload, result }, 0)?.send
  assert.deepEqual(last, { kind: 'result', result }, 'and nothing of the kind of a whole log')
})

describe('D4: acks', () => {
  const { upload } = sendAll(complete)

  test('are cumulative', () => {
    assert.equal(onAck(upload, 2, 5).acked, 2)
    assert.deepEqual(sendAll(onAck(upload, 2, 5)).sent, [])
  })

  test('that say the same again change nothing', () => {
    const acked = onAck(upload, 2, 5)
    assert.equal(onAck(acked, 2, 9), acked)
  })

  test('beyond what was sent in this session move that, too', () => {
    const resumed = rewind(complete, 0, 0)
    assert.deepEqual(sendAll(onAck(resumed, 2, 0)).sent, [2, 'result'])
  })

  test('below what was acked: the log is sent again from there, and its result (D5)', () => {
    const acked = onAck(upload, 3, 5)
    assert.deepEqual(sendAll(onAck(acked, 0, 6)).sent, [0, 1, 2, 'result'])
  })
})

describe('D4: silence', () => {
  test('what is not acked in time is sent again from the ack', () => {
    const upload = onAck(sendAll(complete).upload, 1, 1000)
    assert.equal(onTick(upload, 1000 + stalledMs - 1), upload)
    assert.deepEqual(sendAll(onTick(upload, 1000 + stalledMs)).sent, [1, 2, 'result'])
  })

  test('so is a result that is not acked', () => {
    const upload = onAck(sendAll(complete).upload, 3, 1000)
    assert.deepEqual(sendAll(onTick(upload, 1000 + stalledMs)).sent, ['result'])
  })

  test('what is still on its way to the broker is not lost, however slow the link is', () => {
    let upload = nextSend(three, 0)?.upload as Upload
    upload = nextSend(upload, 0)?.upload as Upload
    assert.equal(onTick(upload, 60_000), upload)
    upload = onTaken(upload, 60_000)
    assert.equal(onTick(upload, 120_000), upload, 'one is there, the other is not')
    upload = onTaken(upload, 120_000)
    assert.equal(onTick(upload, 120_000 + stalledMs - 1), upload)
    assert.deepEqual(sendAll(onTick(upload, 120_000 + stalledMs)).sent, [0, 1, 2])
  })

  test('time in which nothing was in flight does not count', () => {
    const acked = onAck(sendAll(three).upload, 3, 0)
    const later = sendAll({ ...acked, available: 4 }, 60_000).upload
    assert.equal(onTick(later, 60_000 + stalledMs - 1), later)
  })

  test('with nothing in flight nothing is sent again', () => {
    const acked = onAck(sendAll(three).upload, 3, 0)
    assert.equal(onTick(acked, 60_000), acked)
  })
})

test('D6: a new session starts from where the server stands, whatever was sent before', () => {
  const { upload } = sendAll(complete)
  assert.deepEqual(sendAll(rewind(upload, 2, 0)).sent, [2, 'result'])
})
