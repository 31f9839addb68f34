// The pages the engine writes, in Chromium without a window: a tree dump is unfolded and searched, a training report's
// games are stepped through, and nothing may be reported as an error or loaded from elsewhere.
// Arguments: the engine, the network, the folder for pages and pictures. CHROMIUM names the browser.
'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const puppeteer = require('puppeteer-core')
const { check, expect, main } = require('./checks')
const { ask, start } = require('./engine')

const [engine, weights, made] = process.argv.slice(2)
const TREE = path.join(made, 'tree.html')
const RUN = path.join(made, 'run')
const REPORT = path.join(RUN, 'report', 'index.html')
const SIZE = { width: 1280, height: 860 }
// The smallest run that has something to show.
const SETTINGS = `preset = "5x5"
seed = 1
[net]
blocks = 1
channels = 16
[play]
playouts = 8
first_games = 40
games = 40
shard_games = 20
threads = 1
[learn]
threads = 1
steps = 20
batch = 32
[gate]
mode = "skip"
[stop]
generations = 2
`

let browser, controller

main(async () => {
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    // The pages are our own, and containers often run as root.
    args: ['--no-sandbox', '--disable-gpu'],
    defaultViewport: SIZE,
  })
  console.log(`  ${await browser.version()}`)
  await check('tree --html writes a page', writeTree)
  await check('the tree unfolds, is searched, and shows positions', () => withPage(TREE, 'tree.png', usesTree))
  await check('--train and --report write a page', writeReport)
  await check('the report has its plots, and games to step through', () => withPage(REPORT, 'report.png', usesReport))
}, async () => {
  if (controller && controller.process) controller.process.kill('SIGKILL')
  if (browser) await browser.close()
})

/** Opens a page, uses it, takes a picture. Errors at anything the page complains about or loads. */
async function withPage(file, picture, use) {
  const page = await browser.newPage()
  const complaints = []
  page.on('console', message => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => {
    if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) complaints.push(`loads ${request.url()}`)
  })
  page.on('requestfailed', request => complaints.push(`cannot load ${request.url()}`))
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' })
  const remark = await use(page)
  await page.screenshot({ path: path.join(made, picture) })
  expect(complaints.length === 0, complaints.join('; '))
  await page.close()
  return remark
}

async function writeTree() {
  fs.rmSync(TREE, { force: true })
  controller = start(engine, ['--weights', weights, '--seed', '1', '--visits', '300', '--size', '13'])
  for (const move of ['b K10', 'w D4', 'b D10', 'w K4', 'b F3', 'w C6', 'b L6', 'w H3']) {
    await ask(controller, 'play', ...move.split(' '))
  }
  const best = await ask(controller, 'kata-search', 'b')
  await ask(controller, 'tree', '--html', TREE)
  await controller.stop()
  const size = fs.statSync(TREE).size
  return `best ${best}, ${(size / 1024).toFixed(0)} KiB`
}

async function usesTree(page) {
  const rows = () => page.$$eval('#tree [role=treeitem]', items => items.length)
  const expanded = value => page.$(`#tree [role=treeitem][aria-expanded=${value}] .fold`)
  const before = await rows()
  expect(before > 1, `only ${before} rows are shown`)
  expect(await page.$('#board line, #board path'), 'no board is drawn')

  const folded = await expanded('false')
  expect(folded, 'no node can be unfolded')
  await folded.click()
  const unfolded = await rows()
  expect(unfolded > before, `${before} rows before a node was unfolded, ${unfolded} after`)
  await (await expanded('true')).click()
  expect(await rows() < unfolded, 'folding changes nothing')

  // Down the main line, by its button and by keys; the board goes along.
  const stones = () => page.$eval('#board', board => board.innerHTML)
  const empty = await stones()
  await page.click('#main')
  await page.focus('#tree')
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key)
  expect(await stones() !== empty, 'the board does not follow')

  const move = await page.$eval('#tree [role=treeitem][aria-selected=true] .move', cell => cell.textContent.match(/[A-HJ-T]\d+/)[0])
  await page.type('#query', move)
  await page.keyboard.press('Enter')
  const found = await page.$eval('#found', text => text.textContent)
  expect(/^\d+ of \d+$/.test(found), `searching ${move} finds '${found}'`)
  // A few moves down, for the picture.
  const most = await rows()
  await page.click('#none')
  await page.focus('#tree')
  for (let press = 0; press < 7; press++) await page.keyboard.press('ArrowRight')
  return `${before} rows, ${most} in the end; ${move}: ${found}`
}

function writeReport() {
  fs.rmSync(RUN, { recursive: true, force: true })
  const settings = path.join(made, 'run.toml')
  fs.writeFileSync(settings, SETTINGS)
  const quiet = { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 }
  execFileSync(engine, ['--train', '--run', RUN, '--config', settings], quiet)
  execFileSync(engine, ['--report', RUN], quiet)
  expect(fs.existsSync(REPORT), `there is no ${REPORT}`)
}

async function usesReport(page) {
  const plots = await page.$$eval('svg', plots => plots.filter(plot => plot.getBoundingClientRect().width > 100).length)
  expect(plots >= 5, `only ${plots} plots are visible`)

  // The settings are folded at first.
  const folded = await page.$('details:not([open]) > summary')
  expect(folded, 'nothing can be unfolded')
  const height = () => page.evaluate(() => document.documentElement.scrollHeight)
  const before = await height()
  await folded.click()
  expect(await height() > before, 'unfolding changes nothing')

  // Games of a random network may be two passes: the one with the most stones.
  const shown = move => page.evaluate(move => {
    const stones = game => [...game.querySelectorAll('.st')]
    const [game] = [...document.querySelectorAll('.game')].sort((a, b) => stones(b).length - stones(a).length)
    const slider = game.querySelector('input')
    slider.value = Math.min(move, slider.max)
    slider.dispatchEvent(new Event('input'))
    return stones(game).filter(stone => getComputedStyle(stone).display !== 'none').length
  }, move)
  const [none, some] = [await shown(0), await shown(4)]
  expect(some > none, `${none} stones at the start, ${some} after moves`)
  return `${plots} plots, ${(await page.$$('.game')).length} games`
}
