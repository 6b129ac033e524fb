// A board's own script, sent at every move: what draws it came with the page, or is on its way.
const boards = (globalThis[BOARDS] ??= { early: new Set(), draw: board => boards.early.add(board) })

export default board => boards.draw(board)
