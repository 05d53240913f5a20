package sqlite

// ClearGap lets tests look for what lies between the rows of a page.
var ClearGap = clearGap
