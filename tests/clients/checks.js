// What the scripts here share: checks with timings, and the end of a script.
'use strict'

/** Errors when `condition` does not hold. */
function expect(condition, message) {
  if (!condition) throw new Error(message)
}

/** Runs one check and prints how long it took; what it returns is a remark to print, if it is a string. */
async function check(name, work) {
  const started = performance.now()
  try {
    const remark = await work()
    const time = (performance.now() - started).toFixed(0)
    console.log(`  ok    ${name} (${time} ms)${typeof remark === 'string' ? `: ${remark}` : ''}`)
  } catch (error) {
    console.log(`  FAIL  ${name}: ${error.message}`)
    throw error
  }
}

/** Waits until `promise` is settled, at most `seconds`. */
async function within(seconds, what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${seconds} s`)), seconds * 1000)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Runs a script and ends the process: with 0 if nothing was thrown. `cleanUp` runs in any case. */
async function main(script, cleanUp = async () => {}) {
  let status = 0
  try {
    await script()
  } catch (error) {
    console.error(error.stack)
    status = 1
  }
  await cleanUp().catch(error => console.error(error.stack))
  process.exit(status)
}

module.exports = { check, expect, main, within }
