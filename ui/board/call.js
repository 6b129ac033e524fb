// A board's own script, sent at every move: what draws it came with the page, or is on its way. It returns nothing: what it
// returned Streamlit would call when it takes the board away.
export default board => {
  if (BOARDS.draw) BOARDS.draw(board)
  else BOARDS.early.add(board)
}
