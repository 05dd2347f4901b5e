/** The API's times, as the clock on the wall says them. */

const iso = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** Every ISO 8601 time of a text in local time; the day is left out when it is that of `now`. */
export function localTimes(text: string, now: Date): string {
  return text.replace(iso, (found) => {
    const time = new Date(found)
    const [day, today] = [dayOf(time), dayOf(now)]
    const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')
    return day === today ? clock : `${day} ${clock}`
  })
}

function dayOf(time: Date): string {
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-')
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
