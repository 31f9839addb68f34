// GTP programs as Sabaki runs them.
'use strict'

const { Controller } = require('@sabaki/gtp')
const { expect, within } = require('./checks')

/** A controller whose standard error is kept, so that a failure can be explained. */
function start(path, args) {
  const controller = new Controller(path, args)
  controller.messages = []
  controller.on('stderr', ({ content }) => controller.messages.push(content))
  controller.start()
  return controller
}

/** Sends a command that has to succeed and returns the reply's text. */
async function ask(controller, name, ...args) {
  const command = [name, ...args].join(' ')
  const reply = await within(300, command, controller.sendCommand({ name, args: args.map(String) }))
  expect(!reply.error, `'${command}' was refused: ${reply.content}`)
  return reply.content.trim()
}

module.exports = { ask, start }
