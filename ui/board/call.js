// A board's own script, sent at every move: what draws it came with the page, or is on its way.
const boards = (globalThis[BOARDS] ??= { early: new Set(), draw: board => boards.early.add(board) })

// Returns nothing: what it returned Streamlit would call when it takes the board away.
export default board => void boards.draw(board)
