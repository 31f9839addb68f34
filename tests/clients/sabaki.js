// Sabaki's own engine library, @sabaki/gtp, through everything Sabaki does with an engine.
// Arguments: the engine, the network.
'use strict'

const { ControllerStateTracker } = require('@sabaki/gtp')
const { check, expect, main, within } = require('./checks')
const { ask, start } = require('./engine')

/** How often an analysis is begun and ended; ROUNDS in the environment says otherwise. */
const ROUNDS = Number(process.env.ROUNDS || 30)

const play = (color, vertex) => ({ name: 'play', args: [color, vertex] })
const [engine, weights] = process.argv.slice(2)
let controller, tracker

main(async () => {
  await check('start: name, version, protocol and commands, asked for at once', starts)
  await check('sync: komi, size and moves', syncs)
  await check('sync back and forth takes moves back', takesBack)
  await check('sync: rectangles, handicap, set-up stones in any order', syncsOddPositions)
  await check('analysis: one line an update, every candidate on it', analyses)
  await check(`analysis ended ${ROUNDS} times by protocol_version`, endsAnalysis)
  await check('kata-genmove_analyze: the move is in the record', generatesWithAnalysis)
  await check('protocol_version during genmove waits for the move', queuesWhileThinking)
  await check('quit: gone within half a second', stops)
}, async () => {
  if (controller && controller.process) controller.process.kill('SIGKILL')
})

async function starts() {
  controller = start(engine, ['--weights', weights, '--seed', '1', '--no-resign'])
  tracker = new ControllerStateTracker(controller)
  const [name, version, protocol, commands] = await within(15, 'the start', Promise.all(
    ['name', 'version', 'protocol_version', 'list_commands'].map(command => ask(controller, command))))
  expect(name.length > 0 && /^\d+\.\d+/.test(version), `it calls itself ${name} ${version}`)
  expect(protocol === '2', `the protocol is ${protocol}`)
  const listed = new Set(commands.split('\n'))
  const used = ['undo', 'set_free_handicap', 'kata-analyze', 'lz-analyze', 'kata-genmove_analyze', 'lz-genmove_analyze',
    'rectangular_boardsize']
  for (const command of used) expect(listed.has(command), `${command} is not listed`)
  // Sabaki would prefer them, and read them as integers.
  for (const command of ['analyze', 'genmove_analyze']) expect(!listed.has(command), `${command} is listed`)
  await ask(controller, 'time_settings', 0, 1, 1)
  return `${name} ${version}`
}

async function sync(history, boardsize = [9, 9]) {
  await within(30, 'the sync', tracker.sync({ komi: 6.5, boardsize, history }))
}

async function syncs() {
  await sync([play('B', 'E5'), play('W', 'C3'), play('B', 'G7')])
  expect(await ask(controller, 'get_komi') === '6.5', 'komi did not survive the board size')
  await expectStones('B E5 W C3 B G7')
}

async function takesBack() {
  let sent = []
  const note = ({ command }) => sent.push(command.name)
  controller.on('command-sent', note)
  await sync([play('B', 'E5'), play('W', 'C3')])
  expect(sent.join(' ') === 'undo', `it was done by ${sent.join(' ')}`)
  sent = []
  await sync([play('B', 'E5'), play('W', 'C3'), play('B', 'PASS'), play('W', 'G3')])
  expect(sent.join(' ') === 'play play', `it was done by ${sent.join(' ')}`)
  controller.off('command-sent', note)
  await expectStones('B E5 W C3 B pass W G3')
}

async function syncsOddPositions() {
  await sync([play('B', 'A1'), play('W', 'M9')], [13, 9])
  await sync([{ name: 'set_free_handicap', args: ['C3', 'G7'] }, play('W', 'E5')])
  await sync([play('W', 'A2'), play('B', 'B1'), play('B', 'J9'), play('W', 'A1'), play('W', 'C1')])
  await sync([play('B', 'E5'), play('W', 'C3')])
}

/** The moves so far, as the engine has them, are these. */
async function expectStones(moves) {
  const sgf = await ask(controller, 'printsgf')
  const found = [...sgf.matchAll(/;([BW])\[(\w*)\]/g)].map(([, color, point]) => `${color} ${vertex(point)}`).join(' ')
  expect(found === moves, `the moves are ${found} and not ${moves}`)
}

function vertex(point) {
  if (!point || point === 'tt') return 'pass'
  return 'ABCDEFGHJ'[point.charCodeAt(0) - 97] + (9 - (point.charCodeAt(1) - 97))
}

/** Begins an analysis; `line` is called with every line. The promise is that of its whole reply. */
function analyse(line) {
  return tracker.queueCommand({ name: 'kata-analyze', args: ['B', '10'] }, ({ line: text }) => line(text))
}

async function analyses() {
  const lines = []
  let enough
  const seen = new Promise(resolve => { enough = resolve })
  const reply = analyse(line => { lines.push(line); if (lines.length === 4) enough() })
  await within(20, 'the third report', seen)
  await ask(controller, 'protocol_version')
  await within(1, 'the end of the reply', reply)
  const last = lines.filter(line => line.startsWith('info ')).pop()
  // As Sabaki takes it apart: blocks, keys in pairs, the variation last.
  const blocks = last.split(/\s*info\s+/).slice(1).map(block => {
    const [, pairs, pv] = block.match(/^(.*?) pv (.+)$/) || []
    expect(pv, `no variation ends '${block}'`)
    const words = pairs.split(' ')
    const keys = Object.fromEntries(words.map((word, i) => [word, words[i + 1]]).filter((_, i) => i % 2 === 0))
    for (const key of ['move', 'visits', 'winrate', 'scoreLead']) expect(key in keys, `no ${key} in '${block}'`)
    expect(/^\d+\.\d+$/.test(keys.winrate), `Sabaki would read ${keys.winrate} as hundredths of a percent`)
    return { ...keys, pv }
  })
  expect(blocks.length > 1, `only ${blocks.length} candidate`)
  return `${blocks.length} candidates, best ${blocks[0].move} ${(blocks[0].winrate * 100).toFixed(1)} %, ${blocks[0].scoreLead} points`
}

async function endsAnalysis() {
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    let begun
    const seen = new Promise(resolve => { begun = resolve })
    let closed
    const reply = analyse(line => line.startsWith('info ') && begun()).then(() => { closed = performance.now() })
    await within(20, 'the first report', seen)
    // In the midst of a batch, and not of the one that was reported.
    await new Promise(resolve => setTimeout(resolve, 20 + round % 30))
    const asked = performance.now()
    const answer = await ask(controller, 'protocol_version')
    await reply
    expect(answer === '2', `protocol_version was answered by ${answer}`)
    times.push(closed - asked)
  }
  times.sort((a, b) => a - b)
  const [median, worst] = [times[ROUNDS >> 1], times[ROUNDS - 1]]
  expect(median < 50 && worst < 100, `it took ${median.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms`)
  return `median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`
}

async function generatesWithAnalysis() {
  const before = tracker.state.history.length
  let reports = 0
  let move
  await within(30, 'the move', tracker.queueCommand({ name: 'kata-genmove_analyze', args: ['B', '50'] }, ({ line }) => {
    if (line.startsWith('info ')) reports++
    if (line.startsWith('play ')) move = line.slice(5).trim()
  }))
  expect(/^([A-HJ][1-9]|pass)$/.test(move), `the move is '${move}'`)
  expect(reports > 0, 'no report came before the move')
  expect(tracker.state.history.length === before + 1, 'Sabaki did not see the move')
  return move
}

async function queuesWhileThinking() {
  const order = []
  const thinking = ask(controller, 'genmove', 'W').then(move => { order.push('move'); return move })
  const asked = ask(controller, 'protocol_version').then(() => order.push('version'))
  const [move] = await Promise.all([thinking, asked])
  expect(order.join(' ') === 'move version', `the answers came as ${order.join(' ')}`)
  await sync([play('B', 'E5'), play('W', 'C3')])
  return move
}

async function stops() {
  analyse(() => {}).catch(() => {})
  await new Promise(resolve => setTimeout(resolve, 300))
  const exit = new Promise(resolve => controller.process.once('exit', (code, signal) => resolve(signal || code)))
  const asked = performance.now()
  controller.stop(3000)
  const status = await within(3, 'the end', exit)
  const time = performance.now() - asked
  expect(status === 0, `it ended with ${status}`)
  expect(time < 500, `it took ${time.toFixed(0)} ms`)
}
