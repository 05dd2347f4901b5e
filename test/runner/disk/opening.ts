/** Opens a file of records, as the next process does, and prints what came of it. `node opening.ts FILE` */
import { AppError } from '../../../lib/errors.ts'
import { openRecordFile } from '../../../runner/disk/open-records.ts'

const [path = ''] = process.argv.slice(2)
try {
  const { file, payloads } = await openRecordFile(path, { maxPayload: 100, now: Date.now })
  await file.close()
  console.log(`opened ${payloads.join(' ')}`)
} catch (error) {
  console.log(error instanceof AppError ? error.line : error)
}
