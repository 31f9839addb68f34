// A whole game on 9x9 against GNU Go, both run by @sabaki/gtp, up to two passes and the same score.
// Arguments: the engine, the network. GNUGO names the other program.
'use strict'

const { check, expect, main, within } = require('./checks')
const { ask, start } = require('./engine')

const SIZE = 9
const KOMI = 7.5
const GNU_GO = process.env.GNUGO || 'gnugo'
// Stones left at the end are played out by GNU Go itself; area scoring makes that cost nothing.
const GNU_GO_ARGUMENTS = ['--mode', 'gtp', '--level', '4', '--seed', '1', '--chinese-rules', '--capture-all-dead', '--score', 'aftermath']

const VISITS = 40

const [engine, weights] = process.argv.slice(2)
const programs = []

main(async () => {
  for (const ownColor of ['B', 'W']) {
    await check(`a game with the engine as ${ownColor === 'B' ? 'Black' : 'White'}`, () => game(ownColor))
  }
}, async () => {
  programs.filter(program => program.process).forEach(program => program.process.kill('SIGKILL'))
})

async function game(ownColor) {
  const own = start(engine, ['--weights', weights, '--visits', VISITS, '--seed', 1, '--no-resign'].map(String))
  const gnuGo = start(GNU_GO, GNU_GO_ARGUMENTS)
  programs.push(own, gnuGo)
  for (const program of [own, gnuGo]) {
    await ask(program, 'boardsize', SIZE)
    await ask(program, 'clear_board')
    await ask(program, 'komi', KOMI)
  }
  await ask(own, 'kata-set-rules', 'chinese')

  const moves = []
  while (!(moves.length >= 2 && moves.slice(-2).every(move => move === 'pass'))) {
    expect(moves.length < 4 * SIZE * SIZE, `no end after ${moves.join(' ')}`)
    const color = moves.length % 2 ? 'W' : 'B'
    const [mover, other] = color === ownColor ? [own, gnuGo] : [gnuGo, own]
    const move = (await ask(mover, 'genmove', color)).toLowerCase()
    if (move === 'resign') {
      const winner = color === 'B' ? 'White' : 'Black'
      return expect(false, `${winner} would win by resignation after ${moves.length} moves, and nothing is scored`)
    }
    await ask(other, 'play', color, move)
    moves.push(move)
  }

  const [score, oracle] = [await ask(own, 'final_score'), await ask(gnuGo, 'final_score')]
  expect(/^(0|[BW]\+\d+(\.\d+)?)$/.test(score), `the score is '${score}'`)
  expect(points(score) === points(oracle), `the score is ${score}, GNU Go says ${oracle}; ${moves.join(' ')}`)
  // All of GNU Go's dead stones are off the board, so that nothing is left to disagree on.
  const dead = (await ask(own, 'final_status_list', 'dead')).split(/\s+/).filter(Boolean)
  const alive = (await ask(own, 'final_status_list', 'alive')).split(/\s+/).filter(Boolean)
  expect(dead.length + alive.length > 0, 'no stone has a status')
  await Promise.all([own, gnuGo].map(program => within(3, 'quit', program.stop())))
  return `${moves.length} moves, ${score}`
}

/** The score as Black's points more than White's. */
function points(score) {
  const [color, by] = score.split('+')
  return by === undefined ? 0 : (color === 'B' ? 1 : -1) * Number(by)
}
